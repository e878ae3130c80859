"""Where each track lies on the sphere of embeddings."""

from __future__ import annotations

import numpy as np

from vcn.types import FloatArray, IntArray


def mean_directions(values: FloatArray, track_index: IntArray, n_tracks: int) -> FloatArray:
    """(T, D) mean of the normalised embeddings of each track, of length 1; 0 where it has none.

    Args:
        values: (N, D) embeddings.
        track_index: (N,) the track of each, from 0 to T - 1.
        n_tracks: T.
    """
    length = np.linalg.norm(values, axis=1, keepdims=True)
    out = np.zeros((n_tracks, values.shape[1]), np.float32)
    np.add.at(out, track_index, values / np.maximum(length, 1e-12))
    norm = np.linalg.norm(out, axis=1, keepdims=True)
    mean: FloatArray = out / np.maximum(norm, 1e-12)
    return mean
