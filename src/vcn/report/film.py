"""The film that a result is about, where it still is."""

from __future__ import annotations

from pathlib import Path

from vcn.errors import InputError
from vcn.report.read import FilmFile
from vcn.video import content_hash


def film_of(result: FilmFile, given: Path | None = None) -> Path:
    """Path of the film, with the content that the result was made from.

    Args:
        result: What `read_result` gave.
        given: Where the film is, if it was moved.

    Raises:
        InputError: It is not there, or it is another film, or it was changed.
    """
    named = Path(result.video.path)
    places = (named, result.path.parent / named, result.path.parent / named.name)
    path = given or next((one for one in places if named.name and one.is_file()), None)
    if path is None:
        raise InputError(
            f"the film {named} of {result.path} is not there", "Say where it is with --film."
        )
    wanted = result.video.content_hash
    if wanted is not None and content_hash(path) != wanted:
        raise InputError(
            f"{path} is not the film that {result.path} was made from, or it was changed since",
            "Give that film with --film, or run `vcn cluster` on this one.",
        )
    return path
