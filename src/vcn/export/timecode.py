"""Time as the film's own house counts it: hours, minutes, seconds and frames.

Timecode numbers frames. At 29.97 and 59.94 it is a thousandth slower than the clock;
drop-frame timecode leaves out numbers (never frames) so that it keeps up (SMPTE ST 12-1).
The arithmetic is that of the package `timecode`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from vcn.errors import UsageError
from vcn.export.spans import Span
from vcn.report.read import FilmVideo
from vcn.types.rate import NTSC, STANDARD, Rate, editing_rate, snapped

if TYPE_CHECKING:
    from timecode.timecode import Timecode

_DROPPING = frozenset({30 * NTSC, 60 * NTSC, 120 * NTSC})
_TIMECODE = re.compile(r"(\d{1,2})([:;])(\d\d)([:;])(\d\d)([:;.,])(\d{2,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FrameCount:
    """Counts the frames of an editor's timeline on which the film begins at `first`."""

    rate: Fraction
    """Frames a second."""
    drop: bool
    """Drop-frame timecode."""
    first: int
    """Frames from 00:00:00:00 to the film's first frame."""
    media_first: int
    """The same as the film's file has it: where an editor finds its first frame."""
    own: bool
    """True where frame i of the film is frame i of the timeline; else the nearest is
    taken by time."""

    @property
    def base(self) -> int:
        """Frames that timecode counts in a second: 30 for 29.97."""
        return round(self.rate)

    def frame(self, video: FilmVideo, frame: int, seconds: float) -> int:
        """Frame of the timeline, from the film's first, that shows a frame of the film."""
        if self.own:
            return frame
        return round((seconds - video.start_seconds) * float(self.rate))

    def range(self, video: FilmVideo, span: Span) -> tuple[int, int]:
        """First frame of an appearance and one past its last, at least one frame."""
        start = self.frame(video, span.start_frame, span.start_seconds)
        return start, max(self.frame(video, span.stop_frame, span.end_seconds), start + 1)

    def text(self, frame: int) -> str:
        """Timecode of a frame counted from the film's first; at 24 hours it begins again."""
        return str(_timecode(self.rate, self.drop, frames=self.first + frame + 1))

    def length(self, frames: int) -> str:
        """A duration as timecode."""
        return str(_timecode(self.rate, self.drop, frames=frames + 1))

    def passes_midnight(self, n_frames: int) -> bool:
        """True where so many frames go beyond 24 hours."""
        # Drop-frame leaves out 2 of 30 numbers in nine minutes of ten.
        dropped = self.base // 15 * 9 * 6 * 24 if self.drop else 0
        return self.first + n_frames > 24 * 3600 * self.base - dropped


def frame_count(
    video: FilmVideo, start_timecode: str | None, rate: str | None
) -> tuple[FrameCount, tuple[str, ...]]:
    """How an editor counts this film, and notes on what that cannot say.

    Args:
        video: The film.
        start_timecode: Of its first frame, in place of its own.
        rate: Frames a second of the editor's timeline, in place of the film's.

    Raises:
        UsageError: The rate or the timecode is not valid.
    """
    film_rate = Rate(video.nominal_rate, not video.variable_rate)
    used = editing_rate(film_rate) if rate is None else parse_rate(rate)
    own = film_rate.constant and used == film_rate.nominal
    notes = []
    if not own:
        what = (
            f"the film's rate is {float(film_rate.nominal):.5g}"
            if film_rate.constant
            else f"the film's rate varies, {float(video.frame_rate):.5g} on average"
        )
        notes.append(
            f"{what}: each mark is on the nearest frame of a timeline with {float(used):.5g} "
            "frames a second (another: --rate)"
        )
    try:
        media, drop = _parse(video.timecode, used)
    except UsageError:
        media, drop = _parse(None, used)
        notes.append(f"the film's own timecode {video.timecode} does not fit: it is left out")
    first = media
    if start_timecode is not None:
        first, drop = _parse(start_timecode, used)
    count = FrameCount(used, drop, first, media, own)
    if start_timecode is None and video.timecode is None and drop:
        notes.append("drop-frame timecode; for non-drop: --start-timecode 00:00:00:00")
    if count.passes_midnight(count.frame(video, video.n_frames, video.end_seconds)):
        notes.append("timecode begins again at 00:00:00:00 after 24 hours")
    return count, tuple(notes)


def parse_rate(text: str) -> Fraction:
    """A rate as people write it: 25, 29.97, 30000/1001.

    Raises:
        UsageError: It is none.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    near = [standard for standard in STANDARD if abs(standard - rate) < Fraction(1, 100)]
    rate = min(near, key=lambda standard: abs(standard - rate), default=snapped(rate))
    if not 1 <= rate <= 999:
        raise UsageError(f"{text[:40]!r} is no frame rate", "Write it as 25, 29.97 or 30000/1001.")
    return rate


def _parse(text: str | None, rate: Fraction) -> tuple[int, bool]:
    """Frames since midnight and whether timecode is drop-frame."""
    if text is None:
        return 0, rate in _DROPPING
    base = round(rate)
    parts = _TIMECODE.fullmatch(text.strip())
    if parts is None:
        raise UsageError(
            f"{text[:40]!r} is not a timecode",
            "Write it as 01:00:00:00, drop-frame as 01:00:00;00.",
        )
    hours, minutes, seconds, frames = (int(parts[i]) for i in (1, 3, 5, 7))
    drop = parts[6] != ":" or ";" in (parts[2], parts[4])
    if drop and rate not in _DROPPING:
        raise UsageError(
            f"{text!r} is drop-frame timecode, which {float(rate):.5g} frames a second do not have",
            "Write it with colons, or give --rate 29.97 or 59.94.",
        )
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        raise UsageError(
            f"{text!r} is not a timecode at {base} frames a second", "Write it as 01:00:00:00."
        )
    plain = f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frames:02d}"
    found = _timecode(rate, drop, start=plain)
    if str(found) != plain:
        raise UsageError(
            f"drop-frame timecode has no {plain}", "It leaves out the first frames of a minute."
        )
    return found.frames - 1, drop


def _timecode(
    rate: Fraction, drop: bool, *, start: str | None = None, frames: int | None = None
) -> Timecode:
    from timecode.timecode import Timecode

    # Without drop-frame all that counts is how many frames a second has.
    named = f"{float(rate):.2f}" if drop else str(round(rate))
    return Timecode(named, start, frames=frames)
