"""What the body of each track looks like, by a re-identification model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vcn.nets.body import BodyModel
from vcn.types import Crops, Float64Array, FloatArray, IntArray

_BATCH = 16


def embed_bodies(crops: Crops, model: BodyModel, advance: Callable[[int], None]) -> FloatArray:
    """(N, B) the feature of the person of each crop.

    Args:
        crops: With `bodies`.
        model: Of the pack.
        advance: Called with the number of pictures done since the last call.
    """
    assert crops.bodies is not None
    parts = [np.zeros((0, model.spec.embedding_dim), np.float32)]
    for start in range(0, len(crops), _BATCH):
        parts.append(model.embed(np.asarray(crops.bodies[start : start + _BATCH])))
        advance(len(parts[-1]))
    return np.concatenate(parts)


def mean_bodies(features: FloatArray, track_index: IntArray, n_tracks: int) -> FloatArray:
    """The mean direction of the features of each track.

    Args:
        features: (N, B).
        track_index: (N,) the track of each.
        n_tracks: T.

    Returns:
        (T, B) of length 1; zeros for a track without a feature.
    """
    total = np.zeros((n_tracks, features.shape[1]))
    np.add.at(total, track_index, _directions(features.astype(np.float64)))
    mean: FloatArray = _directions(total).astype(np.float32)
    return mean


def _directions(rows: Float64Array) -> Float64Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Float64Array = rows / np.where(length > 0, length, 1)
    return found
