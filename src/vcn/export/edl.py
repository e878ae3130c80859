"""Markers for editors: a CMX3600 edit decision list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from vcn.errors import DataError, UsageError
from vcn.export.spans import Span
from vcn.report.read import FilmFile


def as_edl(
    film: FilmFile, spans: Sequence[Span], names: Mapping[int, str], start_timecode: str
) -> str:
    """One event a span, with the marker comment that DaVinci Resolve reads."""
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
