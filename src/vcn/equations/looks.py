"""How much the picture of a face differs from the one before it, without a model.

Aligned crops of one face a tenth of a second apart are nearly the same picture; where
another face takes its place they are not, whatever the cut, the shot detector or the
tracker made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from vcn.types import FloatArray, FrameTime, ImageArray

SIDE = 24
"""Pixels of a look: fine enough for features, too coarse for noise and small tremors."""


class Shown(Protocol):
    """A frame of the film."""

    @property
    def time(self) -> FrameTime:
        """Its time."""
        ...

    @property
    def image(self) -> ImageArray:
        """(H, W, 3) RGB, displayed pixels."""
        ...


def look(crop: ImageArray) -> FloatArray:
    """The light of an aligned crop, (SIDE * SIDE,), mean 0, length 1 (0 where it is even)."""
    small = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32).ravel()
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    return np.asarray(grey / length if length > 1.0 else np.zeros_like(grey))


def unlike(first: FloatArray, second: FloatArray) -> float:
    """1 - correlation of two looks: 0 for the same picture, about 1 for unrelated ones."""
    return 1.0 - float(first @ second)


class Aligner(Protocol):
    """Cuts the aligned crop of a face out of a frame."""

    def __call__(self, image: ImageArray, landmarks: FloatArray) -> ImageArray:
        """(S, S, 3) crop of the face with (5, 2) landmarks in (H, W, 3) `image`."""
        ...


def first_like(
    between: Sequence[Shown],
    before: tuple[FloatArray, FloatArray],
    now: tuple[FloatArray, FloatArray],
    align: Aligner,
    frame: int,
) -> int:
    """The first of the frames between two detections that shows the second, not the first.

    Args:
        between: Frames that were not searched, in order.
        before: (5, 2) landmarks and look of the earlier detection.
        now: Those of the later one.
        align: Cuts crops.
        frame: Of the later detection: the answer where all the others show the first.
    """
    for candidate in between:
        as_before, as_now = (
            unlike(look(align(candidate.image, landmarks)), seen)
            for landmarks, seen in (before, now)
        )
        if as_now < as_before:
            return candidate.time.index
    return frame
