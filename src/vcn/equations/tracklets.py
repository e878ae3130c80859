"""Multi-Face 3.2: hard positives and hard negatives, mined from the crops of a track."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, IntArray

N_VIEWS = 3
"""Tracklets of a track: the anchor and two hard positives (Multi-Face 3.2)."""


def unit_rows(values: Float64Array) -> Float64Array:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 0, length, 1.0)


def mine_views(crops: Float64Array) -> tuple[IntArray, ...]:
    """Multi-Face 3.2: which crops make the anchor tracklet and the two hard positives.

    k = floor(N / 3). The farthest pair gives the anchor (the earlier one: our choice) and
    the first positive; the k crops nearest to the anchor, itself counted, are its
    tracklet and are used up; then the k of the rest nearest to the first positive; then
    those of the remaining crop that is farthest from the anchor. Up to two crops stay
    unused. Of equal distances the earliest crop counts.

    Args:
        crops: (N, D) embeddings, N >= 3; compared at length 1.

    Returns:
        Three arrays of k crops: anchor, first and second positive.
    """
    unit = unit_rows(np.asarray(crops, np.float64))
    k = len(unit) // N_VIEWS
    distance = ((unit[:, None] - unit[None]) ** 2).sum(axis=2)  # exact: ties stay ties
    anchor, first = (int(i) for i in np.unravel_index(distance.argmax(), distance.shape))
    free = np.arange(len(unit))
    views = []
    for centre in (anchor, first, -1):
        if centre < 0:
            centre = int(free[distance[anchor, free].argmax()])
        # A crop is nearest to itself, whatever its copies.
        order = np.lexsort((free, free != centre, distance[centre, free]))
        taken = free[order[:k]]
        views.append(taken)
        free = np.setdiff1d(free, taken)
    return tuple(views)


def tracklet_means(crops: Float64Array, views: tuple[IntArray, ...]) -> Float64Array:
    """(V, D) the mean of each tracklet of Multi-Face 3.2, at length 1."""
    return unit_rows(np.stack([crops[view].mean(axis=0) for view in views]))


def hard_negative(anchor: Float64Array, means: Float64Array) -> int:
    """Multi-Face 3.2: the co-occurring track nearest to the anchor tracklet.

    Args:
        anchor: (D,) of length 1.
        means: (c, D) means of the co-occurring tracks, c >= 1; compared at length 1.

    Returns:
        Row of `means`; of equal distances the first.
    """
    return int(((unit_rows(means) - anchor) ** 2).sum(axis=1).argmin())
