"""Clustering anew after each answer: the clusterer's own rule, with what is certain as odds."""

from __future__ import annotations

import numpy as np

from vcn.equations.linkage import average_linkage
from vcn.methods.vcn.link import EVEN, Joint, mean_of_pairs
from vcn.types import UNKNOWN, BoolArray, Clustering, Float64Array, IntArray

_CERTAIN = 1e9
"""Far beyond any odds: 4,096 tracks on each side cannot outvote one certain pair."""


def closed(n: int, same: IntArray) -> IntArray:
    """(n,) group of each track when the pairs of `same` are joined."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(same), np.int8)
    graph = coo_array((ones, (same[:, 0], same[:, 1])), shape=(n, n))
    group: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return group


def certain_odds(
    log_odds: Float64Array, same: IntArray, different: IntArray, together: IntArray
) -> Float64Array:
    """Log-odds in which what is certain is beyond doubt.

    Args:
        log_odds: (T, T) natural-log odds that two tracks are one person.
        same: (M, 2) pairs that are one person.
        different: (M, 2) pairs that are two; it goes before `together`.
        together: (M, 2) pairs that share a frame, where that means two people.
    """
    odds = np.array(log_odds, np.float64)
    for pairs, value in ((together, -_CERTAIN), (different, -_CERTAIN)):
        odds[pairs[:, 0], pairs[:, 1]] = odds[pairs[:, 1], pairs[:, 0]] = value
    if len(same):
        group = closed(len(odds), same)
        count = np.bincount(group)
        for number in np.flatnonzero(count > 1):
            members = np.flatnonzero(group == number)
            odds[np.ix_(members, members)] = _CERTAIN
        # What is different of one is different of all that are the same person.
        for a, b in different.tolist():
            x, y = np.flatnonzero(group == group[a]), np.flatnonzero(group == group[b])
            odds[np.ix_(x, y)] = odds[np.ix_(y, x)] = -_CERTAIN
    return odds


def cluster_odds(
    odds: Float64Array, use: BoolArray | None = None, joint: Joint = mean_of_pairs
) -> IntArray:
    """People where the odds are even, as the clusterer finds them.

    Args:
        odds: (T, T) of `certain_odds`.
        use: (T,) tracks to cluster; the others are unknown. None: all.
        joint: Log-odds of groups of tracks.

    Returns:
        (T,) labels from 0, -1 for tracks that are not used.
    """
    tracks = np.arange(len(odds)) if use is None else np.flatnonzero(use)
    labels = np.full(len(odds), UNKNOWN, np.int64)
    if len(tracks) < 2:
        labels[tracks] = 0
        return labels

    def loss(mean: Float64Array, pairs: Float64Array) -> Float64Array:
        return -joint(-mean, pairs)

    merges = average_linkage(-odds[np.ix_(tracks, tracks)], joint=loss, limit=-EVEN)
    labels[tracks] = merges.labels(len(merges.first))
    return Clustering.from_labels(labels).labels


def tree(odds: Float64Array) -> tuple[IntArray, IntArray, Float64Array]:
    """The merges of average linkage: two nodes each, and minus the mean log-odds.

    Node n + i is the one that merge i made.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    loss = -odds
    np.fill_diagonal(loss, 0)
    merges = linkage(squareform(loss, checks=False), "average")
    return merges[:, 0].astype(np.int64), merges[:, 1].astype(np.int64), merges[:, 2]
