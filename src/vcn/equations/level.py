"""Which level of a tree of merges explains the distances best: the silhouette.

Rousseeuw (1987) compares the mean distance of a track to its own cluster, a, with that
to the nearest other cluster, b: (b - a) / max(a, b), and 0 for a track alone. It needs
no threshold, for both are measured by one metric on one film.
"""

from __future__ import annotations

import numpy as np

from vcn.equations.linkage import Tree
from vcn.types import Float64Array, IntArray


def silhouettes(loss: Float64Array, labels: IntArray) -> Float64Array:
    """Silhouette of each item in the losses of one clustering.

    Args:
        loss: (n, n) symmetric and not negative; the diagonal is ignored.
        labels: (n,) any integers, at least two different ones.

    Returns:
        (n,) in [-1, 1].
    """
    _, label = np.unique(labels, return_inverse=True)
    n, k = len(label), int(label.max()) + 1
    member = np.zeros((n, k))
    member[np.arange(n), label] = 1
    clean = loss.copy()
    np.fill_diagonal(clean, 0)
    return _silhouettes(clean @ member, member.sum(axis=0), label)


def _silhouettes(sums: Float64Array, size: Float64Array, label: IntArray) -> Float64Array:
    """From (n, k) sums of losses to clusters of (k,) sizes; a cluster of size 0 is none."""
    n = len(label)
    rows = np.arange(n)
    own_sum = sums[rows, label]
    own_size = size[label]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(size > 0, sums / size, np.inf)
    means[rows, label] = np.inf
    b = means.min(axis=1)
    a = own_sum / np.maximum(own_size - 1, 1)
    top = np.maximum(a, b)
    some = (own_size > 1) & (top > 0)
    return np.where(some, (b - a) / np.where(some, top, 1), 0.0)


def best_level(loss: Float64Array, tree: Tree, max_levels: int = 256) -> tuple[int, Float64Array]:
    """The number of merges after which the mean silhouette is largest.

    Args:
        loss: (n, n) as for `silhouettes`.
        tree: Merges of the same items.
        max_levels: Levels looked at: all, or a geometric series of cluster counts.

    Returns:
        The number of merges, leaving at least two clusters, and (M + 1,) the score of
        each level (NaN where it was not looked at). With fewer than three items, or no
        merges, the number is 0.
    """
    n, merges = tree.n, len(tree.first)
    scores = np.full(merges + 1, np.nan)
    last = min(merges, n - 2)
    if n < 3 or last < 1:
        return 0, scores
    counts = np.arange(n - last, n)
    if len(counts) > max_levels:
        counts = np.unique(np.geomspace(counts[0], counts[-1], max_levels).round().astype(int))
    wanted = set((n - counts).tolist())
    sums = loss.copy()
    np.fill_diagonal(sums, 0)
    size = np.ones(n)
    label = np.arange(n)
    for number in range(1, last + 1):
        a, b = int(tree.first[number - 1]), int(tree.second[number - 1])
        sums[:, a] += sums[:, b]
        sums[:, b] = 0
        size[a] += size[b]
        size[b] = 0
        label[label == b] = a
        if number in wanted:
            alive = np.flatnonzero(size)
            position = np.zeros(n, np.int64)
            position[alive] = np.arange(len(alive))
            scores[number] = float(
                _silhouettes(sums[:, alive], size[alive], position[label]).mean()
            )
    # Of equal scores the later: fewer people.
    best = np.flatnonzero(scores >= np.nanmax(scores) - 1e-12)
    return int(best[-1]), scores
