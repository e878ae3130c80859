"""Faces that are too small where the whole picture is looked at.

A detector sees a picture at its working size; a face of 40 pixels in a picture of 1920 is 13
there, and is missed. So large pictures are also searched in tiles at their own size: on a
GPU in every frame, on a CPU at the start of a shot and every few seconds. A face that was
found in a tile only is looked for again around its place in every search, so that the
tracker sees it as often as all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vcn.config import DetectConfig
from vcn.detectors import Detections, Detector
from vcn.detectors.geometry import suppress
from vcn.equations.boxes import iou_table
from vcn.types import BoolArray, FloatArray, ImageArray, IntArray

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture."""

_STEP = 32
"""Regions are multiples of this, the coarsest stride of the detectors: nothing is resized."""
_MOST_TILES = 6
"""Tiles side by side: those of larger pictures than 4K are reduced."""
_DOUBLE = 0.3
"""Overlap from which two detections are one face."""


class _Known(NamedTuple):
    """A face that only a tile or a region shows."""

    xyxy: FloatArray
    seconds: float
    """When it was last seen."""
    looked: float
    """When its surroundings were last searched."""


class Finder:
    """Searches frame after frame of one film, in order.

    Args:
        detector: Sees pictures at its working size.
        config: Working size, and how small faces are looked for.
        width: Of the picture, as `height`.
        height: In pixels.
        always: Search every frame in tiles (a GPU does).
    """

    def __init__(
        self, detector: Detector, config: DetectConfig, width: int, height: int, always: bool
    ) -> None:
        self._detector = detector
        self._config = config
        self._size = (width, height)
        self._always = always
        scale = max(1.0, max(width, height) / config.max_side)
        self._small = config.small_side * scale
        self._tiles = tiles(width, height, config.max_side, self._small)
        self._budget = config.small_share * width * height / scale**2
        self._known: list[_Known] = []
        self._last: float | None = None
        self._fresh = True

    def restart(self) -> None:
        """A new shot begins with the next frame."""
        self._fresh = True
        self._known = []

    def find(self, images: Sequence[ImageArray], seconds: Sequence[float]) -> list[Detections]:
        """The faces of a few frames of one shot.

        Args:
            images: (H, W, 3) RGB each.
            seconds: Their times.
        """
        if not images:
            return []
        found = self._detector.detect(images)
        if not self._config.small_faces or len(self._tiles) < 2:
            return found
        pairs = zip(images, seconds, found, strict=True)
        return [self._look_closer(image, now, whole) for image, now, whole in pairs]

    def pass_over(self, seconds: float) -> None:
        """A frame that would be searched, and is searched elsewhere.

        Args:
            seconds: Its time.
        """
        if self._config.small_faces and len(self._tiles) > 1:
            self._is_due(seconds)

    def _look_closer(self, image: ImageArray, now: float, whole: Detections) -> Detections:
        due = self._is_due(now)
        regions = self._tiles if due else self._regions(whole)
        parts = self._search(image, regions)
        near = _within(parts.xyxy, whole.xyxy)
        parts = _take(parts, ~near)
        both = Detections(*(np.concatenate(pair) for pair in zip(whole, parts, strict=True)))
        both = _take(both, suppress(both.xyxy, both.score, _DOUBLE))
        self._remember(parts, both, now, regions)
        return both

    def _is_due(self, now: float) -> bool:
        """Whether all tiles are to be searched."""
        since = np.inf if self._last is None else now - self._last
        wait = self._config.small_gap_seconds if self._fresh else self._config.small_seconds
        due = self._always or since >= wait or since < 0
        if due:
            self._last, self._fresh = now, False
        return due

    def _search(self, image: ImageArray, regions: Sequence[Region]) -> Detections:
        """Small faces in some regions, in pixels of the picture."""
        found = []
        sizes = sorted({(x2 - x1, y2 - y1) for x1, y1, x2, y2 in regions})
        for size in sizes:
            same = [r for r in regions if (r[2] - r[0], r[3] - r[1]) == size]
            pictures = [np.ascontiguousarray(image[y1:y2, x1:x2]) for x1, y1, x2, y2 in same]
            for region, part in zip(same, self._detector.detect(pictures), strict=True):
                found.append(self._of_picture(part, region))
        empty = Detections(
            np.empty((0, 4), np.float32),
            np.empty((0, 5, 2), np.float32),
            np.empty(0, np.float32),
        )
        every = Detections(*(np.concatenate(column) for column in zip(empty, *found, strict=True)))
        return _take(every, suppress(every.xyxy, every.score, _DOUBLE))

    def _of_picture(self, part: Detections, region: Region) -> Detections:
        """Whole faces of a region, as small as they are looked for there."""
        x1, y1, x2, y2 = region
        width, height = self._size
        side = np.sqrt((part.xyxy[:, 2:] - part.xyxy[:, :2]).prod(axis=1))
        edge = np.array([x2 - x1, y2 - y1, x2 - x1, y2 - y1])
        cut = np.stack(
            [
                (part.xyxy[:, 0] < 1) & (x1 > 0),
                (part.xyxy[:, 1] < 1) & (y1 > 0),
                (part.xyxy[:, 2] > edge[0] - 1) & (x2 < width),
                (part.xyxy[:, 3] > edge[1] - 1) & (y2 < height),
            ]
        ).any(axis=0)
        kept = _take(part, ~cut & (side >= self._config.least_side) & (side <= self._small))
        corner = np.array([x1, y1], np.float32)
        return Detections(kept.xyxy + np.tile(corner, 2), kept.landmarks + corner, kept.score)

    def _regions(self, whole: Detections) -> list[Region]:
        """Around the faces that only tiles showed: whose turn it is, as far as time allows.

        A track lives on for longer than it takes to go round many faces. Whom the whole picture
        shows this time needs no closer look.
        """
        regions: list[Region] = []
        left = self._budget
        shown = whole.xyxy[whole.score >= self._config.threshold].astype(np.float64)
        for known in sorted(self._known, key=lambda one: one.looked):
            box = known.xyxy
            if (iou_table(box[None].astype(np.float64), shown) >= _DOUBLE).any():
                continue
            if any(_holds(region, box) for region in regions):
                continue
            region = around(box, *self._size)
            pixels = (region[2] - region[0]) * (region[3] - region[1])
            # In a very large picture one may be more than all: it has its turn alone.
            if pixels <= left or not regions:
                regions.append(region)
                left -= pixels
        return regions

    def _remember(
        self, parts: Detections, found: Detections, now: float, regions: Sequence[Region]
    ) -> None:
        """Where to look closer next time."""
        sure = parts.xyxy[parts.score >= self._config.threshold]
        seen = [_Known(box, now, now) for box in sure]
        for known in self._known:
            looked = now if any(_holds(r, known.xyxy) for r in regions) else known.looked
            again = _overlaps(known.xyxy, found.xyxy)
            if again.any() and not _overlaps(known.xyxy, sure).any():
                best = found.xyxy[int(np.argmax(again))]
                if np.sqrt((best[2:] - best[:2]).prod()) <= self._small:
                    seen.append(_Known(best, now, looked))
            elif not again.any() and now - known.seconds < self._config.small_gap_seconds:
                seen.append(known._replace(looked=looked))
        self._known = seen


def tiles(width: int, height: int, side: int, overlap: float) -> list[Region]:
    """Regions of one size that cover a picture; the smallest number near `side`.

    Args:
        width: Of the picture, as `height`.
        height: In pixels.
        side: Of a tile, about.
        overlap: A face of this size lies whole in one of them.
    """
    (lefts, w), (tops, h) = (_spread(length, side, overlap) for length in (width, height))
    return [(x, y, x + w, y + h) for y in tops for x in lefts]


def _spread(length: int, side: int, overlap: float) -> tuple[list[int], int]:
    """Beginnings of the parts of one axis, and their length."""
    n = min(max(round(length / side), 1), _MOST_TILES)
    part = min(length, int(np.ceil((length + (n - 1) * overlap) / n / _STEP)) * _STEP)
    return np.linspace(0, length - part, n).round().astype(int).tolist(), part


def around(box: FloatArray, width: int, height: int) -> Region:
    """A region around a face, as wide as three of it and some more, inside the picture."""
    side = float((box[2:] - box[:2]).max())
    length = int(np.ceil((3 * side + _STEP) / _STEP)) * _STEP
    middle = (box[:2] + box[2:]) / 2
    w, h = min(length, width), min(length, height)
    x = int(np.clip(middle[0] - w / 2, 0, width - w))
    y = int(np.clip(middle[1] - h / 2, 0, height - h))
    return x, y, x + w, y + h


def _holds(region: Region, box: FloatArray) -> bool:
    """Whether a face and its surroundings lie in a region."""
    room = (box[2:] - box[:2]) / 2
    low, high = box[:2] - room, box[2:] + room
    return bool((low >= region[:2]).all() and (high <= region[2:]).all())


def _overlaps(box: FloatArray, others: FloatArray) -> BoolArray:
    """(n,) of booleans: which of (n, 4) boxes share a part with a box."""
    return np.asarray((others[:, :2] < box[2:]).all(axis=1) & (others[:, 2:] > box[:2]).all(axis=1))


def _within(parts: FloatArray, whole: FloatArray) -> BoolArray:
    """(n,) of booleans: whose middle lies in a face of the whole picture that is larger."""
    middle = (parts[:, :2] + parts[:, 2:]) / 2
    inside = (middle[:, None] > whole[None, :, :2]) & (middle[:, None] < whole[None, :, 2:])
    area, other = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (parts, whole))
    larger = other[None, :] > 2 * area[:, None]
    return np.asarray((inside.all(axis=2) & larger).any(axis=1))


def _take(found: Detections, rows: BoolArray | IntArray) -> Detections:
    return Detections(*(column[rows] for column in found))
