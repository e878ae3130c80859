"""Clustering anew after each answer: the clusterer's own rule, with what is certain as odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.equations.linkage import Tree, average_linkage
from vcn.equations.relinkage import relinkage
from vcn.methods.vcn.link import EVEN, Joint, loss_of, mean_of_pairs, settle
from vcn.types import UNKNOWN, BoolArray, Certain, Clustering, Float64Array, IntArray

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


def sums_of(odds: Float64Array, item: IntArray, n: int) -> Float64Array:
    """(n, T) sum of the odds of each track with the tracks of each item; -1 is of none."""
    from scipy.sparse import csr_array

    known = np.flatnonzero(item != UNKNOWN)
    ones = np.ones(len(known))
    sums: Float64Array = csr_array((ones, (item[known], known)), shape=(n, len(item))) @ odds
    return sums


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


@dataclass(frozen=True, slots=True)
class Linked:
    """People where the odds are even, and what it takes to find them again."""

    labels: IntArray
    """(T,) from 0, -1 for tracks that are not used."""
    shaping: IntArray
    """(S,) tracks that shape people."""
    loss: Float64Array
    """(S, S) minus their log-odds."""
    merges: Tree


def link_again(
    odds: Float64Array,
    use: BoolArray | None = None,
    shaping: BoolArray | None = None,
    joint: Joint = mean_of_pairs,
    before: Linked | None = None,
) -> Linked:
    """People where the odds are even, as the clusterer finds them.

    Args:
        odds: (T, T) of `certain_odds`.
        use: (T,) tracks to cluster; the others are unknown. None: all.
        shaping: (T,) tracks that shape people; the others that are used may join one. None: all.
        joint: Log-odds of groups of tracks.
        before: People before the last answer, by the same rule: where it is about the same
            tracks, only what the answer can reach is linked anew.
    """
    used = np.ones(len(odds), np.bool_) if use is None else use
    first = used if shaping is None else used & shaping
    tracks = np.flatnonzero(first)
    loss = -(odds if len(tracks) == len(odds) else odds[np.ix_(tracks, tracks)])
    np.fill_diagonal(loss, 0)
    rule = loss_of(joint)
    if before is not None and np.array_equal(before.shaping, tracks):
        changed = np.flatnonzero((loss != before.loss).any(axis=1))
        merges = relinkage(loss, before.merges, changed, rule, -EVEN)
    else:
        merges = average_linkage(loss, joint=rule, limit=-EVEN)
    labels = np.full(len(odds), UNKNOWN, np.int64)
    labels[tracks] = merges.labels(len(merges.first))
    late = np.flatnonzero(used & ~first)
    if len(late):  # what is certain is in the odds
        none = np.zeros(odds.shape, np.bool_)
        settle(labels, odds.astype(np.float32), Certain(none, none), late, joint)
    return Linked(Clustering.from_labels(labels).labels, tracks, loss, merges)


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
