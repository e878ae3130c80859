"""Boxes: x1, y1, x2, y2."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray

AnyFloat = Float64Array | FloatArray


def iou_table(first: AnyFloat, second: AnyFloat) -> Float64Array:
    """(A, B) intersection over union of (A, 4) and (B, 4) boxes."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = (first[:, 2:] - first[:, :2]).prod(axis=1)[:, None]
    union = area + (second[:, 2:] - second[:, :2]).prod(axis=1)[None, :] - shared
    out: Float64Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return out
