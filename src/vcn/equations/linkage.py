"""Average linkage (Sokal and Michener 1958) of losses, best pair first.

VCN 3.7: "akin to Hierarchical Agglomerative Clustering".

The loss is no metric: nothing here uses a triangle inequality, and the diagonal is not
read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vcn.equations.neighbours import graph_of, nearest_in
from vcn.types import BoolArray, Float64Array, FloatArray, IntArray


class Tree(NamedTuple):
    """Merges in the order in which they are made."""

    first: IntArray
    """(M,) a cluster, named by its smallest member; it keeps the name."""
    second: IntArray
    """(M,) the cluster that joins it."""
    loss: Float64Array
    """(M,) mean loss over the pairs of members, or what `joint` makes of it."""
    n: int
    """Number of items."""

    def labels(self, n_merges: int) -> IntArray:
        """(n,) name of the cluster of each item after the first `n_merges`."""
        name = np.arange(self.n)
        for a, b in zip(
            self.first[:n_merges][::-1].tolist(),
            self.second[:n_merges][::-1].tolist(),
            strict=True,
        ):
            name[b] = name[a]  # backwards, so that a has its final name already
        return name


def average_linkage(
    loss: Float64Array,
    forbidden: BoolArray | None = None,
    size: Float64Array | None = None,
    joint: Callable[[Float64Array, Float64Array], Float64Array] | None = None,
    limit: float = np.inf,
) -> Tree:
    """Merge the two clusters of least loss until one is left.

    Args:
        loss: (n, n) symmetric; its diagonal is ignored.
        forbidden: (n, n) symmetric: pairs that may not end up in one cluster.
        size: (n,) what each item counts for; 1 where None.
        joint: Loss of clusters, from the mean loss over their pairs and the number of pairs;
            None: the mean itself.
        limit: No merge at a larger loss is made.

    Returns:
        The merges; fewer than n - 1 where pairs are forbidden or too far. Of equal losses the
        pair with the smallest members comes first.
    """
    n = len(loss)
    mean = np.array(loss, dtype=np.float64)
    np.fill_diagonal(mean, np.inf)
    if forbidden is not None:
        mean[forbidden] = np.inf
    size = np.ones(n) if size is None else np.array(size, dtype=np.float64)
    work = mean if joint is None else joint(mean, np.outer(size, size))
    nearest = work.argmin(axis=1) if n else np.zeros(0, np.int64)
    least = work[np.arange(n), nearest]
    first, second, at = [], [], []
    for _ in range(n - 1):
        i = int(least.argmin())
        value = float(least[i])
        if not np.isfinite(value) or value > limit:
            break
        j = int(nearest[i])
        a, b = min(i, j), max(i, j)
        first.append(a)
        second.append(b)
        at.append(value)
        row = (size[a] * mean[a] + size[b] * mean[b]) / (size[a] + size[b])
        row[a] = np.inf
        size[a] += size[b]
        mean[a], mean[:, a] = row, row
        mean[b], mean[:, b] = np.inf, np.inf
        if joint is not None:
            row = joint(row, size[a] * size)
            work[a], work[:, a] = row, row
            work[b], work[:, b] = np.inf, np.inf
        least[b] = np.inf
        # Rows whose nearest was a or b look again; others only compare with the new a.
        stale = np.flatnonzero(((nearest == a) | (nearest == b)) & np.isfinite(least))
        stale = np.union1d(stale, [a])
        nearest[stale] = work[stale].argmin(axis=1)
        least[stale] = work[stale, nearest[stale]]
        closer = np.flatnonzero((row < least) | ((row == least) & (a < nearest)))
        nearest[closer] = a
        least[closer] = row[closer]
        least[b] = np.inf
    return Tree(np.array(first, np.int64), np.array(second, np.int64), np.array(at, np.float64), n)


def nearest_merges(
    means: FloatArray, weight: Float64Array, n_left: int, exact: int, block: int = 512
) -> IntArray:
    """Merge nearest neighbours, closest first, until few groups are left.

    For films of very many tracks: a matrix of all pairs would not fit. In a round each
    group is linked to its nearest, of which the closer half of the links count; linked
    groups become one, at their mean. Distances are those between means, |a - b|^2,
    a block of rows at a time; of very many groups the nearest is asked of a graph.

    Args:
        means: (n, D).
        weight: (n,) what each mean counts for.
        n_left: Stop when so many groups are left.
        exact: Groups up to which all pairs are computed.
        block: Rows and columns of a tile of the distance matrix.

    Returns:
        (n,) group of each item, numbered from 0.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    group = np.arange(len(means))
    centre = np.array(means, dtype=np.float32)
    mass = np.array(weight, dtype=np.float64)
    while len(centre) > max(1, n_left):
        n = len(centre)
        nearest = _nearest(centre, block) if n <= exact else _about_nearest(centre)
        distance = ((centre - centre[nearest]) ** 2).sum(axis=1)
        # So few links that no fewer than n_left groups can be left.
        links = np.argsort(distance, kind="stable")[: max(1, min(n // 2, n - n_left))]
        graph = coo_array((np.ones(len(links)), (links, nearest[links])), shape=(n, n))
        count, label = connected_components(graph, directed=False)
        sums = np.zeros((count, centre.shape[1]))
        np.add.at(sums, label, centre * mass[:, None])
        mass = np.bincount(label, weights=mass, minlength=count).astype(np.float64)
        centre = (sums / mass[:, None]).astype(np.float32)
        group = label[group].astype(np.int64)
    return group


def _about_nearest(points: FloatArray) -> IntArray:
    """(n,) position of a near other point, nearly always of the nearest."""
    two = nearest_in(graph_of(points), points, 2)
    own = np.arange(len(points))
    # A copy of a point may come before it.
    near = np.where(two[:, 0] == own, two[:, 1], two[:, 0])
    return np.where(near < len(points), near, (own + 1) % len(points))


def _nearest(points: FloatArray, block: int) -> IntArray:
    """(n,) position of the nearest other point; of equal ones the first."""
    n = len(points)
    # One product gives |a|^2 + |b|^2 - 2 a . b; that of a and b is that of b and a.
    square, one = (points**2).sum(axis=1, keepdims=True), np.ones((n, 1), points.dtype)
    left = np.hstack((-2 * points, square, one))
    right = np.ascontiguousarray(np.hstack((points, one, square)).T)  # (D + 2, n)
    least = np.full(n, np.inf, points.dtype)
    out = np.empty(n, np.int64)

    def offer(begin: int, tile: FloatArray, other: int) -> None:
        """The rows of a tile are points from `begin`, its columns others from `other`."""
        value = tile.min(axis=1)
        nearer = np.flatnonzero(value < least[begin : begin + len(tile)])
        if len(nearer):
            least[begin + nearer] = value[nearer]
            out[begin + nearer] = other + tile[nearer].argmin(axis=1)

    for start in range(0, n, block):
        for other in range(start, n, block):
            tile = left[start : start + block] @ right[:, other : other + block]
            if other == start:
                np.fill_diagonal(tile, np.inf)
            else:
                offer(other, tile.T, start)
            offer(start, tile, other)
    return out
