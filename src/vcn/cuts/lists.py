"""An editor's own list of cuts: PySceneDetect's CSV, an EDL, or one time a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import dropwhile
from pathlib import Path

from vcn.errors import DataError
from vcn.types import FrameTime, VideoInfo
from vcn.types.rate import snapped
from vcn.video import Frame

_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d)([:;])(\d\d\d?)", re.ASCII)
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)", re.ASCII)
_EVENT = re.compile(
    r"\d+\s+\S+\s+(?P<channel>\S+)\s+(?P<kind>[CDWK]\S*)\s+(?:(?P<length>\d+)\s+)?"
    r"\S+\s+\S+\s+(?P<start>\d+:\d\d:\d\d[:;]\d\d\d?)\s+\S+",
    re.ASCII,
)
"""An event of a CMX3600 list; `start` is where it begins in the programme."""
_SCENES = "Scene Number"
_FORMS = "Write one time a line, 12.48 or 0:00:12.48 or 00:00:12:12, or give PySceneDetect's CSV \
or an EDL."
_LATE_SECONDS = 1
"""How far after the film's end a cut may lie: containers round their length."""


class ListedCuts:
    """Cuts at given times; the frame next to a time starts the shot.

    Args:
        seconds: Since the film's first frame.
    """

    delay = 1

    def __init__(self, seconds: Sequence[Fraction]) -> None:
        self._left = sorted(seconds, reverse=True)
        self._first: FrameTime | None = None
        self._before: FrameTime | None = None

    def push(self, frame: Frame) -> Sequence[int]:
        """As `CutDetector.push`."""
        before, self._before = self._before, frame.time
        if before is None:
            self._first = frame.time
            return []
        edge = (self._seconds(before) + self._seconds(frame.time)) / 2
        return self._until(edge, before.index)

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        return []

    def _until(self, edge: Fraction, index: int) -> list[int]:
        found = False
        while self._left and self._left[-1] < edge:
            self._left.pop()
            found = True
        return [index] if found else []

    def _seconds(self, time: FrameTime) -> Fraction:
        assert self._first is not None
        return (time.pts - self._first.pts) * time.time_base


def read_cuts(path: Path, info: VideoInfo) -> list[Fraction]:
    """The times of the cuts in a list, in seconds since the film's first frame.

    Args:
        path: The list.
        info: The film: its rate counts timecode, and its own timecode is where an EDL's
            programme begins; without one it begins with the first event.

    Raises:
        DataError: The list cannot be read, or is that of a longer film.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the list of cuts {path} cannot be read: {error}", _FORMS) from error
    rate = snapped(info.frame_rate)
    if any(line.startswith((_SCENES, f'"{_SCENES}')) for line in lines[:2]):
        cuts = _scenes(path, lines)
    elif any(_EVENT.match(line.strip()) for line in lines):
        cuts = _events(lines, rate, info.timecode)
    else:
        cuts = _times(path, lines, rate)
    end = None if info.duration is None else Fraction(info.duration) + _LATE_SECONDS
    if end is not None and cuts and max(cuts) > end:
        last = float(max(cuts))
        raise DataError(
            f"{path} has a cut at {last:.2f} s, and the film lasts {info.duration:.2f} s",
            "Is it the list of another film?",
        )
    return cuts


def _scenes(path: Path, lines: Sequence[str]) -> list[Fraction]:
    """PySceneDetect's list of scenes; a first line with all timecodes may come before it."""
    rows = csv.DictReader(dropwhile(lambda line: _SCENES not in line, lines))
    try:
        return [Fraction(row["Start Time (seconds)"]) for row in rows]
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{path} has no column `Start Time (seconds)` with numbers", _FORMS
        ) from error


def _events(lines: Sequence[str], rate: Fraction, timecode: str | None) -> list[Fraction]:
    """Where the pictures of an EDL begin; a transition is cut in its middle."""
    events = [event for line in lines if (event := _EVENT.match(line.strip()))]
    shown = [event for event in events if {"V", "B"} & set(event["channel"].upper())]
    starts = [_frames(event["start"], rate) for event in shown]
    own = None if timecode is None else _frames(timecode, rate)
    zero = min(starts, default=0) if own is None or own > min(starts, default=0) else own
    return [
        Fraction(start - zero + (0 if event["kind"] == "C" else int(event["length"] or 0) // 2))
        / rate
        for start, event in zip(starts, shown, strict=True)
    ]


def _times(path: Path, lines: Sequence[str], rate: Fraction) -> list[Fraction]:
    found = []
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        clock = _CLOCK.fullmatch(text)
        if _TIMECODE.fullmatch(text):
            found.append(Fraction(_frames(text, rate)) / rate)
        elif clock:
            hours, minutes, seconds = (Fraction(part or 0) for part in clock.groups())
            found.append(3600 * hours + 60 * minutes + seconds)
        else:
            raise DataError(f"line {number} of {path} is no time: {text[:40]!r}", _FORMS)
    return found


def _frames(timecode: str, rate: Fraction) -> int:
    """Frames since 00:00:00:00 (SMPTE ST 12-1)."""
    match = _TIMECODE.fullmatch(timecode)
    assert match is not None
    hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
    base = round(rate)
    total = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ";":  # drop-frame leaves out numbers in nine minutes of ten
        passed = 60 * hours + minutes
        total -= base // 15 * (passed - passed // 10)
    return total
