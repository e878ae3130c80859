"""Who is on screen when, for other programs: a table of spans, or markers for editors.

A span is a stretch of frames without a gap on which a person is present. Names come from
the report ("Names as JSON") or from clusters.json; a person without one is "Person 3".
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from vcn.errors import DataError, UsageError
from vcn.report.document import person_label, result_key
from vcn.report.read import FilmFile, FilmTrack

Format = Literal["csv", "edl"]

_MAX_NAMES_BYTES = 1 << 20
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Span:
    """One person, on screen without a break."""

    person: int
    start_frame: int
    stop_frame: int
    """One past the last frame."""
    start_seconds: float
    end_seconds: float


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
        return _csv(found, called)
    return _edl(film, found, called, start_timecode)


def spans_of(film: FilmFile, person: int) -> list[Span]:
    """The union of a person's tracks, in order."""
    tracks = sorted((film.tracks[t] for t in film.people[person].tracks), key=_start)
    spans: list[Span] = []
    for track in tracks:
        if spans and track.start_frame <= spans[-1].stop_frame:
            before = spans.pop()
            last = track if track.stop_frame > before.stop_frame else before
            spans.append(
                Span(person, before.start_frame, last.stop_frame, before.start_seconds,
                     last.end_seconds)
            )  # fmt: skip
        else:
            spans.append(
                Span(person, track.start_frame, track.stop_frame, track.start_seconds,
                     track.end_seconds)
            )  # fmt: skip
    return spans


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


def _start(track: FilmTrack) -> tuple[int, int]:
    return track.start_frame, track.id


def _csv(spans: Sequence[Span], names: Mapping[int, str]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(
        ["person", "name", "start_seconds", "end_seconds", "start", "end", "start_frame",
         "stop_frame"]
    )  # fmt: skip
    for span in spans:
        table.writerow(
            [span.person, names[span.person], span.start_seconds, span.end_seconds,
             _clock(span.start_seconds), _clock(span.end_seconds), span.start_frame,
             span.stop_frame]
        )  # fmt: skip
    return text.getvalue()


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss.mmm, to the nearest millisecond."""
    ms = round(abs(seconds) * 1000)
    sign = "-" if seconds < 0 and ms else ""
    return f"{sign}{ms // 3_600_000}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _edl(
    film: FilmFile, spans: Sequence[Span], names: Mapping[int, str], start_timecode: str
) -> str:
    rate = film.video.frame_rate
    if not 1 <= rate <= 1000:
        raise DataError(f"{film.path} does not know the frame rate", "Export csv instead.")
    base = round(rate)  # 24 for 23.976, 30 for 29.97: timecode counts frames, not seconds
    offset = _parse_timecode(start_timecode, base)
    title = _one_line(Path(film.video.path).name)
    lines = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""]
    for number, span in enumerate(spans, start=1):
        start = offset + _frame_at(film, span.start_seconds, rate)
        stop = max(offset + _frame_at(film, span.end_seconds, rate), start + 1)
        first, after = _timecode(start, base), _timecode(start + 1, base)
        lines += [
            f"{number:03d}  001      V     C        {first} {after} {first} {after}",
            f" |C:ResolveColorBlue |M:{_one_line(names[span.person])} |D:{stop - start}",
            "",
        ]
    return "\r\n".join(lines) + "\r\n"


def _frame_at(film: FilmFile, seconds: float, rate: Fraction) -> int:
    return round((seconds - film.video.start_seconds) * float(rate))


def _timecode(frame: int, base: int) -> str:
    seconds, frames = divmod(frame, base)
    hours = seconds // 3600 % 24
    return f"{hours:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def _parse_timecode(text: str, base: int) -> int:
    parts = text.split(":")
    if len(parts) == 4 and all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts):
        hours, minutes, seconds, frames = (int(p) for p in parts)
        if hours < 24 and minutes < 60 and seconds < 60 and frames < base:
            return ((hours * 60 + minutes) * 60 + seconds) * base + frames
    raise UsageError(
        f"{text!r} is not a timecode at {base} frames a second", "Write it as 01:00:00:00."
    )


def _one_line(text: str) -> str:
    """Without what would end a comment: line breaks and the bars between its parts."""
    return "".join(c if c.isprintable() else " " for c in text).replace("|", "/").strip()
