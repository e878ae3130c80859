"""How far apart directions are: voices, bodies."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray


def cosine_distances(directions: FloatArray) -> Float64Array:
    """Cosine distance of each two, or NaN: cannot say.

    Args:
        directions: (G, D) of length 1, zero for those of which nothing is known.

    Returns:
        (G, G) symmetric, from 0 to 2; 0 on the diagonal of those that are known.
    """
    rows = directions.astype(np.float64)
    distance: Float64Array = np.clip(1 - rows @ rows.T, 0, 2)
    np.fill_diagonal(distance, 0)
    unknown = np.flatnonzero(~rows.any(axis=1))
    distance[unknown] = distance[:, unknown] = np.nan
    return distance
