"""Which face of a run was meant by a place in the film."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from vcn.config import CorrectionsConfig
from vcn.corrections.entries import Box, Place
from vcn.equations.boxes import AnyFloat, iou_table
from vcn.types import BoolArray, Float64Array, FloatArray, Shot, Timeline, Track

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
        faces: list[tuple[int, int]] = []
        boxes: list[FloatArray] = []
        for number in sorted(candidates):
            first, last = self._ends[number]
            track = self._tracks[number]
            if track.shot != shot or last < low or first > high:
                continue
            near = min(max(frame, first), last)
            row = min(int(np.searchsorted(track.frame, near)), len(track) - 1)
            faces.append((number, int(track.frame[row])))
            boxes.append(track.xyxy[row])
        if not faces:
            return None
        overlaps = _overlaps(np.stack(boxes), place.xyxy).tolist()
        for (number, at), overlap in zip(faces, overlaps, strict=True):
            if overlap < self._config.least_overlap:
                continue
            away = abs(self._seconds[at] - self._seconds[frame]) / max(reach, 1e-9)
            score = overlap - 0.5 * away + 1  # one that is there goes before one that is near
            if score > best_score:
                best, best_score = (number, at), score
        return best


def _overlaps(boxes: FloatArray, box: Box) -> Float64Array:
    """(N,) intersection over union; at least 1/4 where each box holds the other's centre.

    The second rule is for detectors whose boxes differ much in height: chin to brow beside
    neck to hair.

    Args:
        boxes: (N, 4).
        box: What they are compared with.
    """
    one = np.array([box], np.float64)
    share = iou_table(boxes.astype(np.float64), one)[:, 0]
    both = _hold_centres(boxes, one) & _hold_centres(one, boxes)
    least: Float64Array = np.where(both, np.maximum(share, 0.25), share)
    return least


def _hold_centres(boxes: AnyFloat, others: AnyFloat) -> BoolArray:
    """(N,) whether each box holds the centre of the other."""
    centre = (others[:, :2] + others[:, 2:]) / 2
    inside = (boxes[:, :2] <= centre) & (centre <= boxes[:, 2:])
    return np.asarray(inside.all(axis=1), np.bool_)
