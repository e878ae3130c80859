"""Which face of a run was meant by a place in the film."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from vcn.config import CorrectionsConfig
from vcn.corrections.entries import Box, Place
from vcn.types import Shot, Timeline, Track

_BUCKET = 64
"""Frames in one entry of the index."""


class Finder:
    """The faces of one run, found by place.

    Args:
        tracks: Of the run.
        timeline: Of the film.
        shots: Of the run.
        config: How near is near enough.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        timeline: Timeline,
        shots: Sequence[Shot],
        config: CorrectionsConfig,
    ) -> None:
        self._tracks = tracks
        self._seconds = (timeline.pts * float(timeline.time_base)).tolist()
        self._starts = [shot.start for shot in shots]
        self._config = config
        self._found: dict[Place, tuple[int, int] | None] = {}
        self._ends = [(int(t.frame[0]), int(t.frame[-1])) for t in tracks]
        self._near: dict[int, list[int]] = defaultdict(list)
        for number, (first, last) in enumerate(self._ends):
            for bucket in range(first // _BUCKET, last // _BUCKET + 1):
                self._near[bucket].append(number)

    def find(self, place: Place) -> tuple[int, int] | None:
        """Track and frame of the face at a place; None: there is none."""
        if place not in self._found:
            self._found[place] = self._search(place)
        return self._found[place]

    def _search(self, place: Place) -> tuple[int, int] | None:
        if not self._seconds:
            return None
        # Half a millisecond: the frame that begins at a time that was rounded is meant.
        frame = max(bisect_right(self._seconds, place.seconds + 5e-4) - 1, 0)
        reach = self._config.reach_seconds
        shot = bisect_right(self._starts, frame) - 1
        best, best_score = None, 0.0
        low = bisect_right(self._seconds, self._seconds[frame] - reach - 1e-9)
        high = bisect_right(self._seconds, self._seconds[frame] + reach) - 1
        candidates = {
            track
            for bucket in range(low // _BUCKET, high // _BUCKET + 1)
            for track in self._near.get(bucket, ())
        }
        for number in sorted(candidates):
            first, last = self._ends[number]
            track = self._tracks[number]
            if track.shot != shot or last < low or first > high:
                continue
            near = min(max(frame, first), last)
            row = min(int(np.searchsorted(track.frame, near)), len(track) - 1)
            at = int(track.frame[row])
            overlap = _overlap(tuple(track.xyxy[row].tolist()), place.xyxy)
            if overlap < self._config.least_overlap:
                continue
            away = abs(self._seconds[at] - self._seconds[frame]) / max(reach, 1e-9)
            score = overlap - 0.5 * away + 1  # one that is there goes before one that is near
            if score > best_score:
                best, best_score = (number, at), score
        return best


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union; at least 1/4 where each box holds the other's centre.

    The second rule is for detectors whose boxes differ much in height: chin to brow beside
    neck to hair.
    """
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inside = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside
    share = inside / union
    if share < 0.25 and _holds_centre(a, b) and _holds_centre(b, a):
        return 0.25
    return share


def _holds_centre(a: Box, b: Box) -> bool:
    x, y = (b[0] + b[2]) / 2, (b[1] + b[3]) / 2
    return a[0] <= x <= a[2] and a[1] <= y <= a[3]
