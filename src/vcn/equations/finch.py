"""FINCH: clustering by first neighbours (Sarfraz, Sharma, Stiefelhagen, CVPR 2019).

Two samples are linked if one is the first neighbour of the other or if both have the
same first neighbour (its Eq. 1); connected components are a partition. The same on the
means of its clusters gives the next, coarser one (its Algorithm 1). Stop, early exit and
the fixed number of clusters are those of the authors' code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from vcn.types import BoolArray, Float64Array, IntArray

Distance = Literal["cosine", "euclidean"]

_BLOCK = 1024


class Links(NamedTuple):
    """Pairs of samples, i < j, each once and in order."""

    pairs: IntArray
    """(L, 2)."""
    distance: Float64Array
    """(L,)."""

    def of(self, kept: BoolArray) -> Links:
        """Those of the given mask."""
        return Links(self.pairs[kept], self.distance[kept])


Allowed = Callable[[IntArray], BoolArray]
"""Which of (M, 2) pairs may be linked at all."""


def distances(rows: Float64Array, points: Float64Array, distance: Distance) -> Float64Array:
    """(R, n) exact distances of FINCH; a point of length 0 has cosine distance 1."""
    from scipy.spatial.distance import cdist

    if distance == "cosine":
        return 1 - _unit(rows) @ _unit(points).T
    found: Float64Array = cdist(rows, points)
    return found


def first_neighbours(
    points: Float64Array, distance: Distance, forbidden: BoolArray | None = None
) -> IntArray:
    """FINCH, kappa: the nearest other row of each row, the first among equals.

    Args:
        points: (n, D).
        distance: Which.
        forbidden: (n, n) pairs that are no neighbours.

    Returns:
        (n,) row numbers; -1 where there is no other row.
    """
    n = len(points)
    out = np.full(n, -1, np.int64)
    for start in range(0, n, _BLOCK):
        block = distances(points[start : start + _BLOCK], points, distance)
        rows = np.arange(len(block))
        block[rows, start + rows] = np.inf
        if forbidden is not None:
            block[forbidden[start : start + _BLOCK]] = np.inf
        nearest = block.argmin(axis=1)
        found = np.isfinite(block[rows, nearest])
        out[start + rows[found]] = nearest[found]
    return out


def links(points: Float64Array, kappa: IntArray, distance: Distance) -> Links:
    """FINCH Eq. 1: i ~ j if j = kappa_i, kappa_j = i, or kappa_i = kappa_j.

    Args:
        points: (n, D).
        kappa: (n,) first neighbours; -1: none.
        distance: Which.
    """
    has = np.flatnonzero(kappa >= 0)
    found = [np.column_stack((has, kappa[has]))]
    order = has[np.argsort(kappa[has], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(kappa[order])) + 1):
        first, second = np.triu_indices(len(group), 1)
        found.append(np.column_stack((group[first], group[second])))
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0).astype(np.int64)
    return Links(pairs, _pair_distances(points, pairs, distance))


def _pair_distances(points: Float64Array, pairs: IntArray, distance: Distance) -> Float64Array:
    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    if distance == "cosine":
        return np.asarray(1 - (_unit(a) * _unit(b)).sum(axis=1))
    return np.asarray(np.sqrt(((a - b) ** 2).sum(axis=1)))


def _unit(points: Float64Array) -> Float64Array:
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(length > 0, length, 1.0))


def components(n: int, pairs: IntArray) -> IntArray:
    """(n,) connected component of each sample, numbered by first appearance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def cluster_means(points: Float64Array, labels: IntArray) -> Float64Array:
    """(n_clusters, D) mean of all samples of each cluster."""
    n = int(labels.max(initial=-1)) + 1
    means = np.zeros((n, points.shape[1]))
    np.add.at(means, labels, points)
    return np.asarray(means / np.bincount(labels, minlength=n)[:, None])


Step = Callable[[IntArray, float | None], tuple[IntArray, float | None]]
"""From labels and the longest link of the first partition, None before it, to the labels
of the next partition and that link."""


def hierarchy(n: int, step: Step, start: IntArray | None = None) -> list[IntArray]:
    """Algorithm 1 of FINCH with the stop of its authors' code.

    A partition of one cluster or of no fewer clusters than the one before is dropped and
    ends it; one with a single cluster fewer is kept and ends it. The first is always kept.

    Args:
        n: Number of samples.
        step: Makes the next partition.
        start: (n,) the clusters to begin with; None: each sample on its own.

    Returns:
        (n,) labels each, the finest first.
    """
    labels: IntArray = np.arange(n) if start is None else start
    if n == 0:
        return [labels]
    longest: float | None = None
    found: list[IntArray] = []
    while True:
        before = int(labels.max()) + 1
        labels, longest = step(labels, longest)
        after = int(labels.max()) + 1
        if found and (after == 1 or after >= before):
            return found
        found.append(labels)
        if after == 1 or (len(found) > 1 and after >= before - 1):
            return found


def partitions(
    points: Float64Array, distance: Distance, *, early_exit: bool = True
) -> list[IntArray]:
    """FINCH Algorithm 1: all partitions.

    Args:
        points: (n, D).
        distance: Which; the authors recommend cosine.
        early_exit: Links longer than the longest of the first partition are cut in all
            later ones.

    Returns:
        (n,) labels each, with fewer clusters from one to the next.
    """

    def step(labels: IntArray, longest: float | None) -> tuple[IntArray, float | None]:
        means = cluster_means(points, labels)
        found = links(means, first_neighbours(means, distance), distance)
        if longest is None:
            longest = float(found.distance.max(initial=0))
        elif early_exit:
            found = found.of(found.distance <= longest)
        return components(len(means), found.pairs)[labels], longest

    return hierarchy(len(points), step)


def fixed_number(
    points: Float64Array, n_clusters: int, distance: Distance, *, early_exit: bool = True
) -> IntArray:
    """FINCH Algorithm 2: a partition into a number of clusters that is given.

    The coarsest partition of at least that many; in it the closest linked pair is merged,
    one at a time. Where even the first has fewer, it is the first.

    Args:
        points: (n, D).
        n_clusters: K.
        distance: Which.
        early_exit: As for `partitions`.

    Returns:
        (n,) labels.
    """
    found = partitions(points, distance, early_exit=early_exit)
    labels = at_least(found, n_clusters)
    while len(points) and labels.max() + 1 > n_clusters:
        means = cluster_means(points, labels)
        # The closest linked pair is the closest pair of all: each is the other's first.
        kappa = first_neighbours(means, distance)
        pairs = np.column_stack((np.arange(len(means)), kappa))
        closest = pairs[_pair_distances(means, pairs, distance).argmin()]
        labels = components(len(means), closest[None])[labels]
    return labels


def at_least(found: list[IntArray], n_clusters: int) -> IntArray:
    """The coarsest partition of at least `n_clusters`, or the finest."""
    enough = [labels for labels in found if labels.max(initial=-1) + 1 >= n_clusters]
    return (enough or found[:1])[-1]
