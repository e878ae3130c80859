"""What all detectors share: working sizes, suppression of doubles, clean results."""

from __future__ import annotations

import numpy as np

from vcn.detectors.base import Detections
from vcn.types import FloatArray, IntArray


def working_size(width: int, height: int, max_side: int, multiple: int = 32) -> tuple[int, int]:
    """Width and height to give to a model, near the picture's shape.

    A picture is never enlarged beyond the next multiple: that costs time and adds nothing.

    Args:
        width: Of the picture, as `height`.
        height: In pixels.
        max_side: The longer side is at most about this.
        multiple: The model's coarsest stride: both sides are multiples of it.
    """
    scale = min(1.0, max_side / max(width, height))
    near = (max(1, round(side * scale / multiple)) * multiple for side in (width, height))
    return next(near), next(near)


def suppress(xyxy: FloatArray, score: FloatArray, overlap: float) -> IntArray:
    """Greedy non-maximum suppression.

    Args:
        xyxy: (n, 4).
        score: (n,).
        overlap: Intersection over union from which the weaker box is dropped.

    Returns:
        (k,) indices of the boxes that are kept, best first.
    """
    area = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    order = np.argsort(-score, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        corner = np.maximum(xyxy[best, :2], xyxy[rest, :2])
        other = np.minimum(xyxy[best, 2:], xyxy[rest, 2:])
        shared = np.prod(np.maximum(other - corner, 0), axis=1)
        union = area[best] + area[rest] - shared
        # Without a division: boxes of no area have no overlap, not NaN.
        order = rest[shared < overlap * union]
    return np.array(kept, dtype=np.int64)


def clean(
    xyxy: FloatArray, landmarks: FloatArray, score: FloatArray, width: int, height: int
) -> Detections:
    """Detections clipped to the picture, best first, without what lies outside it.

    Args:
        xyxy: (n, 4) pixels.
        landmarks: (n, 5, 2) pixels.
        score: (n,).
        width: Of the picture, as `height`.
        height: In pixels.
    """
    xyxy = np.clip(xyxy, 0, np.array([width, height, width, height])).astype(np.float32)
    ok = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1])
    ok &= np.isfinite(landmarks).all(axis=(1, 2)) & np.isfinite(score)
    order = np.flatnonzero(ok)
    order = order[np.argsort(-score[order], kind="stable")]
    return Detections(
        xyxy=xyxy[order],
        landmarks=landmarks[order].astype(np.float32),
        score=np.clip(score[order], 0, 1).astype(np.float32),
    )
