"""Who is on screen when, for other programs: a file a format.

A span is a stretch of frames without a gap on which a person is present. Names come from
the report ("Names as JSON") or from clusters.json; a person without one is "Person 3".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from vcn.errors import UsageError
from vcn.export.edl import as_edl
from vcn.export.names import read_names
from vcn.export.spans import Span, spans_of
from vcn.export.table import as_csv
from vcn.report.document import person_label
from vcn.report.read import FilmFile

__all__ = ["Format", "Span", "export", "read_names", "spans_of"]

Format = Literal["csv", "edl"]


def export(
    film: FilmFile,
    form: Format,
    *,
    names: Mapping[int, str] | None = None,
    people: Sequence[int] | None = None,
    start_timecode: str = "00:00:00:00",
) -> str:
    r"""The spans of people as text.

    ``csv``: person, name, start_seconds, end_seconds, start, end (h:mm:ss.mmm),
    start_frame, stop_frame; one line a span, by time. ``edl``: one CMX3600 event a span
    with the marker comment that DaVinci Resolve reads ("|C:ResolveColorBlue |M:name
    |D:frames"); other editors show it as a comment. Its timecode counts frames at the
    film's average rate, non-drop; in a film of variable rate it is the nearest frame.

    Args:
        film: What `read_result` gave.
        form: ``csv`` or ``edl``.
        names: Names of people by id; they go before those in clusters.json.
        people: Ids of the people to export; all where None.
        start_timecode: Timecode of the film's first frame (``edl`` only).

    Raises:
        UsageError: The format, a person or the timecode is not valid.
        DataError: ``edl`` for a film whose frame rate is not known.
    """
    if form not in get_args(Format):
        raise UsageError(f"no format {form!r}", f"Use one of {', '.join(get_args(Format))}.")
    chosen = sorted(set(range(len(film.people)) if people is None else people))
    for person in chosen:
        if not 0 <= person < len(film.people):
            raise UsageError(
                f"{film.path} has no person {person}", f"It has {len(film.people)}, from 0."
            )
    given = names or {}
    called = {p: given.get(p) or film.people[p].name or person_label(p) for p in chosen}
    found = [span for person in chosen for span in spans_of(film, person)]
    found.sort(key=lambda span: (span.start_frame, span.person))
    if form == "csv":
        return as_csv(found, called)
    return as_edl(film, found, called, start_timecode)
