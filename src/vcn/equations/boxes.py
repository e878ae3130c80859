"""Boxes: x1, y1, x2, y2."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray

AnyFloat = Float64Array | FloatArray


def iou_table(first: AnyFloat, second: AnyFloat) -> Float64Array:
    """(A, B) intersection over union of (A, 4) and (B, 4) boxes."""
    return iou(first[:, None], second[None])


def iou(first: AnyFloat, second: AnyFloat) -> Float64Array:
    """(...) intersection over union of (..., 4) and (..., 4) boxes, one by one."""
    low = np.maximum(first[..., :2], second[..., :2])
    high = np.minimum(first[..., 2:], second[..., 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = (first[..., 2:] - first[..., :2]).prod(axis=-1)
    union = areas + (second[..., 2:] - second[..., :2]).prod(axis=-1) - shared
    out: Float64Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return out
