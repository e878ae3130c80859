"""Who is heard, and who is seen without a face, as clusters.json has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vcn.report.checked import CheckedObject


@dataclass(frozen=True, slots=True)
class FilmUtterance:
    """Speech without a pause."""

    start_seconds: float
    end_seconds: float
    person: int | None
    """Who is heard."""
    track: int | None
    """The face that is seen to speak."""
    voice: int | None
    """Where nobody is named: which of the voices without a face."""
    probability: float


@dataclass(frozen=True, slots=True)
class FilmFigure:
    """A person through part of a shot who shows no face."""

    shot: int
    start_frame: int
    stop_frame: int
    """One past the last frame."""
    start_seconds: float
    end_seconds: float
    xyxy: tuple[float, float, float, float]
    """The person's box in the first frame, displayed pixels."""
    person: int | None
    track: int | None
    """The face that the same body shows at another moment of the shot."""
    probability: float


def utterance_of(item: CheckedObject) -> FilmUtterance:
    """Read and check what was said.

    Raises:
        DataError: It says something that cannot be.
    """
    made = FilmUtterance(
        item.number("start_seconds"),
        item.number("end_seconds"),
        item.integer_or_none("person"),
        item.integer_or_none("track"),
        item.integer_or_none("voice"),
        item.number("probability"),
    )
    if made.start_seconds >= made.end_seconds or not 0 <= made.probability <= 1:
        item.fail("the end must lie after the start, and a probability from 0 to 1")
    return made


def figure_of(item: CheckedObject, n_shots: int) -> FilmFigure:
    """Read and check who was seen.

    Raises:
        DataError: It says something that cannot be.
    """
    made = FilmFigure(
        item.integer("shot"),
        item.integer("start_frame"),
        item.integer("stop_frame", 1),
        item.number("start_seconds"),
        item.number("end_seconds"),
        item.xyxy("xyxy"),
        item.integer_or_none("person"),
        item.integer_or_none("track"),
        item.number("probability"),
    )
    if made.start_frame >= made.stop_frame or made.start_seconds > made.end_seconds:
        item.fail("the end must lie after the start")
    if not 0 <= made.probability <= 1 or made.shot >= n_shots:
        item.fail("a figure has a probability from 0 to 1, and a shot that is there")
    return made


def check_named(
    root: CheckedObject,
    field: str,
    found: Sequence[FilmUtterance | FilmFigure],
    n_people: int,
    n_tracks: int,
) -> None:
    """Refuse people and tracks who are not in the file.

    Raises:
        DataError: There is one.
    """
    for position, one in enumerate(found):
        if (one.person or 0) >= max(n_people, 1) or (one.track or 0) >= max(n_tracks, 1):
            root.fail(f"{field}[{position}] names somebody who is not there")
