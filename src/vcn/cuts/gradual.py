"""Dissolves and wipes, which no detector of PySceneDetect finds.

In a dissolve from A to B every frame lies on the way from A to B, (1 - x) A + x B, and x
rises; in a wipe every point of the picture shows A or B, and more and more of them B (and
where the boundary is straight, nothing changes but along it: `wipes.py`). Under
motion, of the camera or of people, a picture between two others is neither. So for a few
lengths the frames at a quarter, half and three quarters of the last so many frames are
compared with their ends, at 16 x 9 points, where little moves.

A camera that moves over a still scene can look like that too; but then each half of the
change is the same picture, moved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vcn.cuts.picture import GRID, Small, followed, still
from vcn.cuts.wipes import is_swept
from vcn.types import FloatArray

LENGTHS = (0.16, 0.24, 0.32, 0.48, 0.64, 0.96, 1.28, 1.92)
"""Seconds: the lengths that are tried. Film editors count 4 to 48 frames."""
_FEWEST = 4
"""Frames of the shortest transition: fewer have no quarters."""
_QUARTERS = (0.25, 0.5, 0.75)
_LEAST_CHANGE = 12.0
"""Mean difference between the two ends, levels a point and colour."""
_LARGEST_STEP = 0.4
"""Of the whole change, in one frame: more is a cut."""
_DISSOLVE = ((0.07, 0.9), (0.15, 0.8), (0.27, 0.6))
"""What may be left of the change after the best dissolve is taken out (root mean square),
and the correlation of the two ends up to which that holds: clearly another picture where
people move, a similar one where nothing does (two portraits in front of one dark ground: .81)."""
_WIPE = (0.15, 0.4)
"""The same for wipes: the mean distance from the nearer end."""
_WIPE_FEWEST = 8
_SWEPT = 0.8
"""Correlation of the two ends up to which a boundary that goes over the picture is a wipe: what
passes before the camera leaves the same picture behind."""
_RISE = 0.05
"""Of the whole change, from one quarter to the next, at least."""
_EDGE = 0.15
"""Of the whole change: at half of the time neither nearly nothing nor nearly all is done."""
_CAMERA = 0.95
"""Correlation of the middle with both ends, each laid over it as the camera moves, from which
the change is the camera's: .98 and more in the pans and zooms of the example film that were
taken for dissolves. With .95 and with .97 the dissolves and wipes found in four generated films
are the same as without (tests/support/transitions.py, seeds 0 to 3)."""
_EXPLAINED = 0.5
"""Of what two pictures do not have in common as they lie, what may be left where the camera's
motion lays them: in a dissolve between pictures that are alike no motion explains anything."""
_PATIENCE = 3
"""Frames without a sign after which a transition is over."""


@dataclass(frozen=True, slots=True)
class _Sign:
    change: float
    middle: int
    """The frame at which half of the change is done."""
    end: int


class GradualCuts:
    """Tells the middle of dissolves and wipes, when they are over.

    Args:
        frame_rate: Frames a second, about.
        delay: Most frames that may come after a cut before it is told.
    """

    def __init__(self, frame_rate: float, delay: int) -> None:
        lengths = {round(seconds * frame_rate) for seconds in LENGTHS}
        self._lengths = sorted(length for length in lengths if length >= _FEWEST)
        self._delay = delay
        longest = max(self._lengths, default=0)
        self._seen: deque[FloatArray] = deque(maxlen=longest + 1)
        self._smalls: deque[Small] = deque(maxlen=longest + 1)
        self._steps: deque[float] = deque(maxlen=longest + 1)
        self._best: _Sign | None = None
        self._told = -1

    def push(self, small: Small, since: int) -> Sequence[int]:
        """Look at the next frame.

        Args:
            small: It.
            since: The earliest frame that a transition may begin with: after a cut or a
                blank picture.

        Returns:
            As `CutDetector.push`.
        """
        if not self._lengths:
            return []
        before = self._seen[-1] if self._seen else small.grid
        self._seen.append(small.grid)
        self._smalls.append(small)
        self._steps.append(float(np.abs(small.grid - before).mean()))
        if self._best is not None and self._best.middle < since - 1:
            self._best = None  # it was a cut
        found: _Sign | None = None
        earliest = max(since, self._told)
        lengths = [n for n in self._lengths if small.index - n >= earliest and n < len(self._seen)]
        for length, change in zip(lengths, self._changes(lengths), strict=True):
            if change >= _LEAST_CHANGE and (found is None or change > found.change):
                found = self._sign(small.index, length, change) or found
        best = self._best
        if found is not None and (best is None or found.change >= best.change):
            self._best = best = found
        if best is None:
            return []
        if small.index - best.end < _PATIENCE and small.index - best.middle < self._delay:
            return []
        self._best, self._told = None, best.end - 1
        return [best.middle]

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        return [] if self._best is None else [self._best.middle]

    def _changes(self, lengths: Sequence[int]) -> list[float]:
        """How much the picture changed over each length."""
        if not lengths:
            return []
        before = np.stack([self._seen[-1 - length] for length in lengths])
        changes: list[float] = np.abs(before - self._seen[-1]).mean(axis=1).tolist()
        return changes

    def _sign(self, index: int, length: int, change: float) -> _Sign | None:
        """Whether the last `length` frames are a transition."""
        first, last = self._seen[-1 - length], self._seen[-1]
        way = last - first
        if max(list(self._steps)[-length:]) > _LARGEST_STEP * change:
            return None
        alike = _correlation(first, last)
        if alike > _DISSOLVE[0][1]:
            return None
        between = [self._seen[-1 - length + round(q * length)] for q in _QUARTERS]
        frames = np.stack(list(self._seen)[-1 - length :])
        if not _is_dissolve(first, way, between, alike) and not (
            length >= _WIPE_FEWEST
            and alike <= _SWEPT
            and (
                _is_wipe(first, last, between, alike)
                or is_swept(frames.reshape(length + 1, -1, 3), GRID[0])
            )
        ):
            return None
        if self._is_camera(length):
            return None
        done = (frames - first) @ way / float(way @ way)
        return _Sign(change, index - length + int(np.abs(done - 0.5).argmin()), index)

    def _is_camera(self, length: int) -> bool:
        """Whether the camera's motion explains the last `length` frames."""
        ends, middle = (self._smalls[-1 - length], self._smalls[-1]), -1 - length + length // 2
        return all(_moved(end, self._smalls[middle]) for end in ends)


def _moved(end: Small, middle: Small) -> bool:
    """Whether two pictures are one, and the camera moved."""
    found = followed(end, middle)
    return found >= _CAMERA and 1 - found <= _EXPLAINED * (1 - still(end, middle))


def _is_dissolve(
    first: FloatArray, way: FloatArray, between: Sequence[FloatArray], alike: float
) -> bool:
    """Whether the frames between lie on the way, one after the other."""
    power = float(way @ way)
    shares, left = [], 0.0
    for frame in between:
        gone = frame - first
        share = float(gone @ way) / power
        rest = gone - share * way
        shares.append(share)
        left = max(left, float(np.sqrt(rest @ rest / power)))
    rises = all(b > a + _RISE for a, b in pairwise(shares)) and _EDGE < shares[1] < 1 - _EDGE
    return rises and any(left <= most and alike <= likest for most, likest in _DISSOLVE)


def _is_wipe(
    first: FloatArray, last: FloatArray, between: Sequence[FloatArray], alike: float
) -> bool:
    """Whether each point of the frames between is as at one of the ends."""
    most, likest = _WIPE
    if alike > likest:
        return False
    weight = _distance(first, last)
    total = float(weight.sum())
    shares = [0.0]
    for frame in between:
        from_first, from_last = _distance(frame, first), _distance(frame, last)
        if float(np.minimum(from_first, from_last).sum()) > most * total:
            return False
        shares.append(float(weight[from_first > from_last].sum()) / total)
    return all(b > a + 2 * _RISE for a, b in pairwise([*shares[1:], 1.0])) and shares[1] > 0.02


def _distance(a: FloatArray, b: FloatArray) -> FloatArray:
    """(P,) between two pictures, point by point."""
    distance: FloatArray = np.abs(a - b).reshape(-1, 3).sum(axis=1)
    return distance


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b) / float(np.sqrt((a @ a) * (b @ b)) + 1e-3)
