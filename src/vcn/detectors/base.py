"""What a detector is, and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from vcn.types import FloatArray, ImageArray


class Detections(NamedTuple):
    """The faces of one picture, best first."""

    xyxy: FloatArray
    """(n, 4) pixels of the picture that was given, clipped to it."""
    landmarks: FloatArray
    """(n, 5, 2) x, y of: the eye at the left of the picture, the other eye, nose tip, the mouth
    corners in the same order; pixels of the picture."""
    score: FloatArray
    """(n,) in [0, 1]."""


class Detector(Protocol):
    """Finds faces. `threshold` and the working size are given at construction."""

    batched: bool
    """True when the model takes several pictures of one size at once."""

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        """Detect faces in (H, W, 3) RGB pictures of one size; one result for each."""
        ...
