"""FINCH: clustering by first neighbours (Sarfraz et al., CVPR 2019), from its paper.

Two samples are linked if one is the first neighbour of the other or if both have the
same first neighbour (its Eq. 1); connected components are a partition. The same on the
means of its clusters gives the next, coarser one (its Algorithm 1), until one cluster
is left. The paper leaves the choice of a partition to its user.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.methods import TrackFilm
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering, Float64Array, IntArray

_BLOCK = 1024


def first_neighbours(points: Float64Array) -> IntArray:
    """The nearest other row of each row by cosine similarity, the first among equals.

    Args:
        points: (n, D), n >= 2.

    Returns:
        (n,) row numbers.
    """
    length = np.linalg.norm(points, axis=1, keepdims=True)
    unit = points / np.where(length > 0, length, 1.0)
    out = np.empty(len(unit), np.int64)
    for start in range(0, len(unit), _BLOCK):
        similarity = unit[start : start + _BLOCK] @ unit.T
        rows = np.arange(len(similarity))
        similarity[rows, start + rows] = -np.inf
        out[start : start + _BLOCK] = similarity.argmax(axis=1)
    return out


def partitions(points: Float64Array) -> list[IntArray]:
    """All partitions of FINCH, the finest first; the last one is a single cluster.

    Args:
        points: (n, D).

    Returns:
        (n,) labels each, with strictly fewer clusters from one to the next.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    labels: IntArray = np.arange(len(points))
    means = points
    n_clusters = len(points)
    found: list[IntArray] = []
    while n_clusters > 1:
        # Eq. 1: i ~ first(i). Equal first neighbours need no edge of their own, since
        # both are connected to that neighbour.
        first = first_neighbours(means)
        edges = (np.ones(n_clusters), (np.arange(n_clusters), first))
        graph = coo_array(edges, shape=(n_clusters, n_clusters))
        n_clusters, component = connected_components(graph, directed=False)
        labels = component[labels].astype(np.int64)
        found.append(labels)
        means = np.zeros((n_clusters, points.shape[1]))
        np.add.at(means, labels, points)
        means /= np.bincount(labels, minlength=n_clusters)[:, None]
    return found or [labels]


@dataclass(frozen=True, slots=True)
class Finch:
    """One partition of FINCH on track means."""

    partition: int
    """From 1, the finest; beyond the last one, the last."""
    name: str = "finch"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        means, tracks = track_means(film)
        found = partitions(means)
        return spread(found[min(self.partition, len(found)) - 1], tracks, film.n_tracks)
