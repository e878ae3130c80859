"""What the body of each track looks like, by a re-identification model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vcn.nets.body import BodyModel
from vcn.types import Crops, FloatArray

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
