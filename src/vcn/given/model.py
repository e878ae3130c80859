"""Given tracks, as the pass over the film asks for them: frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from vcn.types import FloatArray, IntArray

Box = tuple[str, int, tuple[float, float, float, float]]
"""Id, frame from 0, and left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Run:
    """One id without a break: it becomes one track."""

    id: str
    """As the file has it; an id that was away for long has several runs."""
    frame: IntArray
    """(n,) strictly increasing; between them the box moves along a line."""
    xyxy: FloatArray
    """(n, 4) displayed pixels."""

    def at(self, frame: int) -> FloatArray:
        """(4,) the box on a frame of the run."""
        corners = [np.interp(frame, self.frame, self.xyxy[:, k]) for k in range(4)]
        return np.array(corners, np.float32)


@dataclass(frozen=True)
class GivenTracks:
    """All runs of a file, in the order of their first frames."""

    path: Path
    runs: tuple[Run, ...]

    @cached_property
    def _first(self) -> IntArray:
        return np.array([run.frame[0] for run in self.runs], np.int64)

    @cached_property
    def _last(self) -> IntArray:
        return np.array([run.frame[-1] for run in self.runs], np.int64)

    @cached_property
    def _looks(self) -> frozenset[int]:
        middle = [int(run.frame[len(run.frame) // 2]) for run in self.runs]
        return frozenset({*self._first.tolist(), *middle})

    @property
    def n_frames(self) -> int:
        """One past the last frame of any track."""
        return int(self._last.max(initial=-1)) + 1

    def on(self, frame: int) -> Sequence[int]:
        """The runs that are on screen."""
        found: list[int] = np.flatnonzero((self._first <= frame) & (frame <= self._last)).tolist()
        return found

    def goes_over(self, frame: int) -> bool:
        """True where a run is there both before a frame and on it: no cut, says the file."""
        return bool(((self._first < frame) & (frame <= self._last)).any())

    def wants(self, frame: int) -> bool:
        """True on frames that must be looked at, so that a short run has a face too."""
        return frame in self._looks
