"""Stretches of a film on which somebody is present without a break."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vcn.report.read import FilmFile, FilmTrack

Frames = tuple[int, int]
"""A range: the first frame and one past the last."""
_EPSILON = 1e-6
"""Of a frame, and of a second: less than any time stamp resolves."""


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody, on screen without a break."""

    subject: int
    """Position in `Excerpt.subjects`; the id of the person where `spans_of` made it."""
    start_frame: int
    stop_frame: int
    """One past the last frame."""
    start_seconds: float
    end_seconds: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end_seconds - self.start_seconds


class FrameTimes:
    """When each frame begins, from what a result says of some of them.

    Exact at the edges of shots and tracks and on sampled boxes; between them frames are
    spread evenly, which is exact too unless the rate varies.
    """

    def __init__(self, film: FilmFile) -> None:
        known: dict[float, float] = {0: film.video.start_seconds}
        known[film.video.n_frames] = film.video.end_seconds
        ends: dict[int, float] = {}
        for shot in film.shots:
            known[shot.start_frame] = shot.start_seconds
            ends[shot.stop_frame] = shot.end_seconds
        for track in film.tracks:
            known[track.start_frame] = track.start_seconds
            ends[track.stop_frame] = track.end_seconds
            known.update((box.frame, box.seconds) for box in track.boxes)
        for frame, end in ends.items():
            if known.setdefault(frame, end) > end + _EPSILON:  # a hole: two times, one frame
                known[frame - _EPSILON] = end
        self._ends = ends
        self._frames = np.array(sorted(known), np.float64)
        self._seconds = np.array([known[frame] for frame in sorted(known)], np.float64)
        self.holes = sorted(f for f, end in ends.items() if self(f) > end + _EPSILON)
        """Frames before which nothing was recorded for a while."""

    def __call__(self, frame: int) -> float:
        """Seconds in the stream's own clock; the number of frames is the end of the film."""
        return float(np.interp(frame, self._frames, self._seconds))

    def end(self, frame: int) -> float:
        """When the frame before this one leaves the screen."""
        return self._ends.get(frame, self(frame))

    def span(self, subject: int, frames: Frames) -> Span:
        """A range of frames with its times."""
        return Span(subject, *frames, self(frames[0]), self.end(frames[1]))


def spans_of(film: FilmFile, person: int) -> list[Span]:
    """The union of a person's tracks, in order."""
    times = FrameTimes(film)
    tracks = (film.tracks[t] for t in film.people[person].tracks)
    return [times.span(person, frames) for frames in split(presence(tracks), times.holes)]


def presence(tracks: Iterable[FilmTrack]) -> list[Frames]:
    """The frames on which at least one of the tracks is on screen."""
    return union((track.start_frame, track.stop_frame) for track in tracks)


def union(ranges: Iterable[Frames]) -> list[Frames]:
    """Disjoint ranges in order; those that touch are one."""
    found: list[Frames] = []
    for start, stop in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def split(ranges: Iterable[Frames], at: Sequence[int]) -> list[Frames]:
    """The ranges, ended and begun anew at some frames (in order)."""
    found: list[Frames] = []
    for start, stop in ranges:
        inside = at[bisect_right(at, start) : bisect_left(at, stop)]
        found += pairwise([start, *inside, stop])
    return found


def intersection(first: Sequence[Frames], second: Sequence[Frames]) -> list[Frames]:
    """The frames that are in both; each side disjoint and in order."""
    found: list[Frames] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, stop = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < stop:
            found.append((start, stop))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return found


def widened(ranges: Sequence[Frames], parts: Sequence[Frames]) -> list[Frames]:
    """Each range becomes all the parts (disjoint, in order) that it touches."""
    starts, stops = [start for start, _ in parts], [stop for _, stop in parts]
    found: list[Frames] = []
    for start, stop in ranges:
        found += parts[bisect_right(stops, start) : bisect_left(starts, stop)]
    # Two scenes that touch stay two: an editor wants a marker for each.
    return sorted(set(found))


def merged(ranges: Sequence[Frames], gap: float, times: FrameTimes) -> list[Frames]:
    """Two ranges with less than `gap` seconds between them become one."""
    found: list[Frames] = []
    for start, stop in ranges:
        if found and times(start) - times.end(found[-1][1]) < gap:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def with_handles(ranges: Sequence[Frames], handles: int, n_frames: int) -> list[Frames]:
    """Each range begins and ends so many frames further out, inside the film."""
    wide = [(max(start - handles, 0), min(stop + handles, n_frames)) for start, stop in ranges]
    return union(wide) if handles else wide
