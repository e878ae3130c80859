"""The names of people that were typed into the report."""

from __future__ import annotations

import json
from pathlib import Path

from vcn.errors import DataError
from vcn.report.document import result_key
from vcn.report.read import FilmFile

_MAX_NAMES_BYTES = 1 << 20
_MAX_NAME = 1000


def read_names(path: Path, film: FilmFile) -> dict[int, str]:
    """The names that were exported from the report of this result.

    Raises:
        DataError: The file cannot be read, or its names belong to another result: a new run
            may number people otherwise.
    """
    hint = "Export it with the button `Names as JSON` in the report."
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_NAMES_BYTES + 1)
        value = (
            json.loads(content.decode("utf-8-sig")) if len(content) <= _MAX_NAMES_BYTES else None
        )
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", hint) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON", hint) from error
    names = value.get("names") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(names, dict):
        raise DataError(f"{path} does not hold names", hint)
    key = result_key(film.video.content_hash, (person.tracks for person in film.people))
    if value.get("result") != key:
        raise DataError(f"{path} holds names for another result than {film.path}", hint)
    found = {}
    ids = {str(person.id): person.id for person in film.people}
    for person, name in names.items():
        if name is None:
            continue
        if person not in ids or not isinstance(name, str) or len(name) > _MAX_NAME:
            raise DataError(f"{path} has no valid name for person {person[:20]!r}", hint)
        found[ids[person]] = " ".join(name.split())
    return found
