"""RAD-Net, Algorithm 1: few features that are typical and unlike each other.

Source: Liu et al. 2023, IV-F1, after density peaks (Rodriguez and Laio 2014).
"""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray, IntArray


def density_sample(values: FloatArray, n: int, near: float) -> IntArray:
    """Choose the `n` features of a track with the highest product of density and distance.

    Args:
        values: (M, D) of length 1.
        n: Number to choose, q of the paper.
        near: Similarity above which a feature counts as near, tau of the paper.

    Returns:
        (min(n, M),) rows, increasing. Equal scores: the earlier one.
    """
    if len(values) <= n:
        return np.arange(len(values))
    similarity = values.astype(np.float64) @ values.T.astype(np.float64)
    density = np.where(similarity > near, similarity, 0).sum(axis=1)
    # The most similar sample of higher density; of equal ones the earlier is the denser.
    order = np.lexsort((np.arange(len(density)), -density))
    rank = np.empty(len(density), np.int64)
    rank[order] = np.arange(len(density))
    denser = rank[None, :] < rank[:, None]
    closest = np.where(denser, similarity, -np.inf).max(axis=1)
    distance = np.where(np.isfinite(closest), 1 - closest, 1.0)  # the densest of all: 1
    score = _scaled(density) * _scaled(distance)
    return np.sort(np.argsort(-score, kind="stable")[:n])


def _scaled(values: Float64Array) -> Float64Array:
    """From 0 to 1; all 1 where they are equal."""
    low, high = values.min(), values.max()
    out: Float64Array = (values - low) / (high - low) if high > low else np.ones_like(values)
    return out
