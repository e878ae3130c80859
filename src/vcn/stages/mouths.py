"""How much mouths move: what tells who speaks, while the film goes by.

A face is brought to one place and size by its landmarks, so that a head that moves is no
mouth that moves. Measured from one search to the next, a tenth of a second apart on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vcn.types import FloatArray, ImageArray, IntArray

FACE_SIDE = 56
"""Pixels of an aligned face: at half the size of ArcFace's crops the jitter of landmarks is
about a pixel."""
FACE_TEMPLATE: FloatArray = np.array(
    [(19.15, 25.85), (36.77, 25.75), (28.01, 35.87), (20.77, 46.18), (35.36, 46.10)], np.float32
)
"""ArcFace's, at that size."""
_MOUTH = (slice(38, 56), slice(14, 43))
_EYES = (slice(14, 32), slice(14, 43))
_SHIFT = 2
"""Pixels by which a part may be moved to fit the one before: landmarks are not exact."""
_LEAST_LIGHT = 8.0
"""Deviation of light in a face under which nothing can be told."""


@dataclass(frozen=True, slots=True)
class MouthMotion:
    """What was seen of the mouths of a film: M searches of a face that was followed."""

    frame: IntArray
    """(M,) in no order."""
    xyxy: FloatArray
    """(M, 4) the box, as it is in its track: by it the track is found again."""
    moved: FloatArray
    """(M, 2) change of mouth and of eyes since the search before, in deviations of the
    light of the face; -1 where there was none before."""


class MouthWatch:
    """Follows the mouth of one face."""

    def __init__(self) -> None:
        self._before: ImageArray | None = None

    def look(self, face: ImageArray) -> tuple[float, float]:
        """Change of mouth and of eyes since the last look; (-1, -1): nothing can be told.

        Args:
            face: (FACE_SIDE, FACE_SIDE, 3) RGB, aligned to `FACE_TEMPLATE`.
        """
        grey: ImageArray = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        before, self._before = self._before, grey
        light = float(grey.std())
        if before is None or light < _LEAST_LIGHT:
            return -1.0, -1.0
        return _change(grey, before, _MOUTH) / light, _change(grey, before, _EYES) / light


def _change(face: ImageArray, before: ImageArray, part: tuple[slice, slice]) -> float:
    """Least mean difference of a part to the picture before, over small shifts."""
    rows, columns = part
    inner = face[
        rows.start + _SHIFT : min(rows.stop, FACE_SIDE) - _SHIFT,
        columns.start + _SHIFT : columns.stop - _SHIFT,
    ].astype(np.float32)
    outer = before[part].astype(np.float32)
    # Squared differences at all shifts at once.
    found = cv2.matchTemplate(outer, inner, cv2.TM_SQDIFF)
    return float(np.sqrt(max(float(found.min()), 0.0) / inner.size))
