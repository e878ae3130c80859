"""A small picture of each frame, and what two of them have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from vcn.types import FloatArray, ImageArray
from vcn.video import Frame

_GREY = (64, 36)
"""Width and height at which two pictures are laid over each other."""
GRID = (16, 9)
"""Width and height at which a transition is followed: motion is small there."""
_FLAT = 8
"""Levels of grey by which the pixels of a blank picture may differ from its own."""
_FLAT_SHARE = 0.97
_LARGEST_SHIFT = 0.6
"""Of the picture's side; what overlaps less says nothing."""
_ECC_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-3)
"""Most steps, and the gain in correlation below which no more are made."""


@dataclass(frozen=True, slots=True)
class Small:
    """What is kept of one frame."""

    index: int
    seconds: float
    bgr: ImageArray
    """(h, w, 3)"""
    grey: FloatArray
    """(36, 64) blurred."""
    grid: FloatArray
    """(9 * 16 * 3,)"""
    light: float
    """Mean of grey."""
    is_blank: bool
    """One colour all over, but for black bars above and below: a fade's end, a flash."""

    @classmethod
    def of(cls, frame: Frame, width: int) -> Small:
        """Reduce a frame to a width."""
        return cls.of_image(frame.small(width), frame.time.index, frame.time.seconds)

    @classmethod
    def of_image(cls, rgb: ImageArray, index: int, seconds: float) -> Small:
        """Of an RGB picture that is small already."""
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        grey = cv2.resize(
            cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), _GREY, interpolation=cv2.INTER_AREA
        )
        middle = grey[_GREY[1] // 6 : -(_GREY[1] // 6)]
        # (257,) pixels below each level
        below = np.append(0, np.cumsum(np.bincount(middle.ravel(), minlength=256)))
        flat = int((below[2 * _FLAT + 1 :] - below[: -2 * _FLAT - 1]).max())
        blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
        grid = cv2.resize(rgb, GRID, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        blank = flat >= _FLAT_SHARE * middle.size
        return cls(index, seconds, bgr, blurred, grid, cv2.mean(grey)[0], blank)


def likeness(a: Small, b: Small) -> float:
    """Correlation of two pictures as they lie, or as the camera's motion would lay them.

    1 whatever the brightness and contrast if nothing else changed, about 0 for two
    pictures that have nothing to do with each other, 0 with a blank one.
    """
    # With a window OpenCV writes into what it is given.
    shift, _ = cv2.phaseCorrelate(a.grey.copy(), b.grey.copy(), _window())
    best = _correlation(a.grey, b.grey)
    height, width = a.grey.shape
    x, y = round(shift[0]), round(shift[1])
    if (x or y) and abs(x) <= _LARGEST_SHIFT * width and abs(y) <= _LARGEST_SHIFT * height:
        left, top = max(x, 0), max(y, 0)
        right, bottom = width + min(x, 0), height + min(y, 0)
        there = b.grey[top:bottom, left:right]
        here = a.grey[top - y : bottom - y, left - x : right - x]
        best = max(best, _correlation(here, there))
    return best


def still(a: Small, b: Small) -> float:
    """Correlation of two pictures as they lie."""
    return _correlation(a.grey, b.grey)


def followed(a: Small, b: Small) -> float:
    """Correlation of two pictures where the camera's motion lays one over the other.

    As `likeness`, but the camera may zoom and turn as well: the affine map is found by
    maximising the correlation itself (Evangelidis and Psarakis 2008), from no motion and from
    the shift that phase correlation finds.
    """
    shift, _ = cv2.phaseCorrelate(a.grey.copy(), b.grey.copy(), _window())
    best = 0.0
    for x, y in ((0.0, 0.0), shift):
        start = np.array([[1, 0, x], [0, 1, y]], np.float32)
        try:
            found, _ = cv2.findTransformECC(
                a.grey, b.grey, start, cv2.MOTION_AFFINE, _ECC_STEPS, None, 1
            )
        except cv2.error:  # the two have nothing in common: it does not converge
            continue
        best = max(best, float(found))
    return best


@cache
def _window() -> FloatArray:
    window: FloatArray = cv2.createHanningWindow(_GREY, cv2.CV_32F)
    return window


def _correlation(a: FloatArray, b: FloatArray) -> float:
    a, b = a - a.mean(), b - b.mean()
    power = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / power if power > 1e-3 * a.size else 0.0
