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


def _silhouettes(
    sums: Float64Array,
    size: Float64Array,
    label: IntArray,
    within: Float64Array | None = None,
    alone: float | None = None,
) -> Float64Array:
    """From (n, k) sums of losses to clusters of (k,) sizes; a cluster of size 0 is none.

    `within` (n,) replaces the mean loss to the own cluster, a; `alone` is that of an item
    alone, which has none (None: its silhouette is 0).
    """
    n = len(label)
    rows = np.arange(n)
    own_size = size[label]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(size > 0, sums / size, np.inf)
    means[rows, label] = np.inf
    b = means.min(axis=1)
    a = sums[rows, label] / np.maximum(own_size - 1, 1) if within is None else within
    if alone is not None:
        a = np.where(own_size > 1, a, alone)
    top = np.maximum(a, b)
    some = ((own_size > 1) | (alone is not None)) & (top > 0)
    return np.where(some, (b - a) / np.where(some, top, 1), 0.0)


class _Halves:
    """The two clusters that each cluster was merged from last, as the tree grows.

    The silhouette forgives a merger of two people of whom one has few tracks, for a is
    a mean over both. With the mean loss to the farther half in its place it does not.
    """

    def __init__(self, sums: Float64Array) -> None:
        n = len(sums)
        # (n, n) sums of losses to the first and the second half of each cluster
        self._sums = (sums.copy(), np.zeros((n, n)))
        self._size = (np.ones(n), np.zeros(n))
        self._second = np.zeros(n, np.bool_)  # items in the second half of their cluster

    def merge(
        self, a: int, b: int, label: IntArray, sums: Float64Array, size: Float64Array
    ) -> None:
        """Cluster b joins a; labels, sums and sizes are those before."""
        for half, name in enumerate((a, b)):
            self._sums[half][:, a] = sums[:, name]
            self._size[half][a] = size[name]
        self._second[label == a] = False
        self._second[label == b] = True

    def farther(self, label: IntArray) -> Float64Array:
        """(n,) mean loss of each item to the half of its cluster that is farther."""
        rows = np.arange(len(label))
        sums = np.stack([part[rows, label] for part in self._sums])  # (2, n)
        size = np.stack([part[label] for part in self._size])
        size[self._second.astype(np.int64), rows] -= 1  # itself
        return np.asarray(np.where(size > 0, sums / np.maximum(size, 1), 0).max(axis=0))


def best_level(
    loss: Float64Array,
    tree: Tree,
    allowed: tuple[int, int] | None = None,
    alone: float | None = None,
    max_levels: int = 256,
) -> tuple[int, Float64Array]:
    """The number of merges after which the two mean silhouettes are largest together.

    One is Rousseeuw's; for the other, a is the mean loss to the farther of the two
    halves that the cluster was merged from last.

    Args:
        loss: (n, n) as for `silhouettes`.
        tree: Merges of the same items.
        allowed: Least and most merges; None: from one up to leaving two clusters.
        alone: What stands for a of a track alone; None: its silhouette is 0, as
            Rousseeuw has it, and merging it with anybody nearer than others is a gain.
        max_levels: Levels looked at. Of more, first a geometric series of cluster counts
            (a quarter of `max_levels`), then as many around the best of it.

    Returns:
        The number of merges, and (M + 1,) the score of each level (NaN where it was not
        looked at, or has no score: a single cluster). Where no level has one, the number
        is the most that is allowed.
    """
    n, merges = tree.n, len(tree.first)
    scores = np.full(merges + 1, np.nan)
    low, high = (1, n - 2) if allowed is None else allowed
    high = min(high, merges)
    low, last = min(low, high), min(high, n - 2)
    if last < low or n < 3:
        return max(high, 0), scores
    counts = np.arange(n - last, n - low + 1)
    if len(counts) <= max_levels:
        _score(loss, tree, n - counts, scores, alone)
    else:
        quarter = max(3, max_levels // 4)
        grid = np.unique(np.geomspace(counts[0], counts[-1], quarter).round().astype(np.int64))
        _score(loss, tree, n - grid, scores, alone)
        best = int(np.nanargmax(scores[n - grid]))
        near = np.unique(
            np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], quarter)
            .round()
            .astype(np.int64)
        )
        _score(loss, tree, n - near, scores, alone)
    # Of equal scores the later: fewer people.
    highest = np.flatnonzero(scores >= np.nanmax(scores) - 1e-12)
    return int(highest[-1]), scores


def _score(
    loss: Float64Array, tree: Tree, levels: IntArray, scores: Float64Array, alone: float | None
) -> None:
    """Fill in the scores of some levels, going through the merges once."""
    n = tree.n
    wanted = set(levels.tolist())
    sums = loss.copy()
    np.fill_diagonal(sums, 0)
    size = np.ones(n)
    label = np.arange(n)
    halves = _Halves(sums)
    for number in range(max(wanted) + 1):
        if number > 0:
            a, b = int(tree.first[number - 1]), int(tree.second[number - 1])
            halves.merge(a, b, label, sums, size)
            sums[:, a] += sums[:, b]
            sums[:, b] = 0
            size[a] += size[b]
            size[b] = 0
            label[label == b] = a
        if number in wanted:
            alive = np.flatnonzero(size)
            position = np.zeros(n, np.int64)
            position[alive] = np.arange(len(alive))
            now = (sums[:, alive], size[alive], position[label])
            plain = _silhouettes(*now, None, alone)
            halved = _silhouettes(*now, halves.farther(label), alone)
            scores[number] = float((plain + halved).mean() / 2)
