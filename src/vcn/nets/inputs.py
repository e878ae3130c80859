"""What the heads are given: which embeddings are usable, and their statistics."""

from __future__ import annotations

import numpy as np

from vcn.types import BoolArray, FloatArray


def usable_rows(values: FloatArray) -> BoolArray:
    """(N,) rows that hold an embedding: finite and not zero."""
    finite = np.isfinite(values)
    size = np.where(finite, np.abs(values), 0).max(axis=1, initial=0)
    return np.asarray(finite.all(axis=1) & (size > 0), np.bool_)


def input_statistics(
    values: FloatArray, ok: BoolArray, standardise: bool
) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation by which the input of the heads is standardised.

    Args:
        values: (N, D) base embeddings.
        ok: (N,) rows to count.
        standardise: False gives 0 and 1: the heads see the embeddings as they are.

    Returns:
        (D,) mean and (D,) positive deviation; a dimension that does not vary has
        deviation 1.
    """
    width = values.shape[1]
    if not standardise or not ok.any():
        return np.zeros(width, np.float32), np.ones(width, np.float32)
    chosen = values[ok].astype(np.float64)
    mean, std = chosen.mean(axis=0), chosen.std(axis=0)
    varies = std > 1e-6 * max(1e-30, float(np.abs(chosen).max()))
    return mean.astype(np.float32), np.where(varies, std, 1.0).astype(np.float32)
