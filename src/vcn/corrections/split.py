"""Tracks cut in parts where a person said that they hold two people."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from vcn.types import IntArray, Track
from vcn.types.arrays import set_fields


class Splits:
    """The tracks of a run after splitting. The parts of a track follow each other.

    Args:
        tracks: Of the run.
        at: (track, first frame of the later part).
    """

    def __init__(self, tracks: tuple[Track, ...], at: Iterable[tuple[int, int]]) -> None:
        frames: dict[int, list[int]] = defaultdict(list)
        for number, frame in at:
            track = tracks[number]
            row = int(np.searchsorted(track.frame, frame))
            if 0 < row < len(track):
                frames[number].append(int(track.frame[row]))
        self._frames = {number: sorted(set(found)) for number, found in frames.items()}
        self.at = tuple((n, frame) for n in sorted(self._frames) for frame in self._frames[n])
        """The splits that were made."""
        made: list[Track] = []
        parent: list[int] = []
        self._first: list[int] = []
        for number, track in enumerate(tracks):
            self._first.append(len(made))
            if number not in self._frames:
                made.append(track if track.id == len(made) else _numbered(track, len(made)))
                parent.append(number)
                continue
            rows = np.searchsorted(track.frame, self._frames[number])
            edges = [0, *rows.tolist(), len(track)]
            for a, b in pairwise(edges):
                made.append(
                    Track(
                        len(made),
                        track.shot,
                        track.frame[a:b],
                        track.xyxy[a:b],
                        track.score[a:b],
                        track.observed[a:b],
                        track.given,
                    )
                )
                parent.append(number)
        self.tracks = tuple(made)
        self.parent: IntArray = np.array(parent, np.int64)

    def part(self, track: int, frame: int) -> int:
        """The track, after splitting, that holds a frame of a track of the run."""
        return self._first[track] + bisect_right(self._frames.get(track, []), frame)

    def parts(self, track: IntArray, frame: IntArray) -> IntArray:
        """`part` of many rows, say of crops."""
        out = np.array(self._first, np.int64)[track] if len(track) else np.empty(0, np.int64)
        for number, frames in self._frames.items():
            rows = np.flatnonzero(track == number)
            out[rows] += np.searchsorted(frames, frame[rows], side="right")
        return out


def _numbered(track: Track, number: int) -> Track:
    """The same track with another id: its arrays were checked when it was made."""
    other = copy.copy(track)
    set_fields(other, id=number)
    return other
