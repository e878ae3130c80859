"""Tracks that a greedy merge put into the wrong cluster move to the nearest one.

Agglomeration never takes a merge back: a track that joined early, when the clusters were
small, may lie nearer to another cluster once they are complete. This is the assignment
step of k-means (Lloyd 1982), with mean losses in place of distances to centroids.
"""

from __future__ import annotations

import numpy as np

from vcn.types import BoolArray, Float64Array, IntArray

_MAX_ROUNDS = 10


def reassign(loss: Float64Array, labels: IntArray, forbidden: BoolArray | None = None) -> IntArray:
    """Move each item to the cluster of least mean loss, until none moves.

    In a round every item is looked at against the clusters of the round before. Clusters
    of one or two lose nothing, and those of one gain nothing: the number of people is
    not asked here.

    Args:
        loss: (n, n) symmetric; the diagonal is ignored.
        labels: (n,) any integers.
        forbidden: (n, n) symmetric: pairs that may not be in one cluster.

    Returns:
        (n,) labels, from those given.
    """
    names, label = np.unique(labels, return_inverse=True)
    n, k = len(label), len(names)
    if k < 2:
        return np.asarray(labels)
    clean = loss.copy()
    np.fill_diagonal(clean, 0)
    rows = np.arange(n)
    for _ in range(_MAX_ROUNDS):
        member = np.zeros((n, k))
        member[rows, label] = 1
        size = member.sum(axis=0)
        sums = clean @ member  # (n, k)
        means = sums / np.maximum(size, 1)
        own = sums[rows, label] / np.maximum(size[label] - 1, 1)
        means[:, size < 2] = np.inf
        if forbidden is not None:
            means[(forbidden @ member) > 0] = np.inf
        means[rows, label] = np.inf
        best = means.argmin(axis=1)
        moves = np.flatnonzero((means[rows, best] < own) & (size[label] > 2))
        moved = label.copy()
        for item in moves[np.argsort(means[moves, best[moves]] - own[moves], kind="stable")]:
            there = moved == best[item]
            if forbidden is None or not forbidden[item, there].any():
                moved[item] = best[item]
        if np.array_equal(moved, label):
            break
        label = moved
    return np.asarray(names[label])
