"""From the odds of pairs to people: average linkage of log ratios, cut where odds are even."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vcn.equations.linkage import average_linkage
from vcn.types import (
    UNKNOWN,
    BoolArray,
    Certain,
    Clustering,
    Float64Array,
    FloatArray,
    IntArray,
    Merge,
)

EVEN = 0.0
"""Log-odds at which two tracks are as likely one person as two."""

Joint = Callable[[Float64Array, Float64Array], Float64Array]
"""Log-odds of two groups, from the mean of their pairs and the number of pairs."""


def mean_of_pairs(log_odds: Float64Array, pairs: Float64Array) -> Float64Array:  # noqa: ARG001
    """All pairs of two groups say what one of them says."""
    return log_odds


def loss_of(joint: Joint) -> Joint:
    """The same for average linkage, which merges the smallest: losses, minus the log-odds."""

    def loss(mean: Float64Array, pairs: Float64Array) -> Float64Array:
        return -joint(-mean, pairs)

    return loss


def link(
    log_odds: FloatArray,
    certain: Certain,
    shaping: BoolArray,
    joining: BoolArray,
    joint: Joint = mean_of_pairs,
) -> Clustering:
    """People from log-odds: merge what is more likely one person than two, likeliest first.

    Args:
        log_odds: (T, T) that two tracks are one person.
        certain: Pairs that are one or two people whatever the odds are.
        shaping: (T,) tracks good enough to shape people.
        joining: (T,) the others that may join a person afterwards, each on its own, where the
            odds are better than even; those left that are so with each other are people too.
        joint: Log-odds of groups of tracks.

    Returns:
        The clustering, with the merges; the rest is unknown.
    """
    labels = np.full(len(log_odds), UNKNOWN)
    tracks = np.flatnonzero(shaping)
    found, history = _people(log_odds, certain, tracks, joint)
    labels[tracks] = found
    late = np.flatnonzero(joining & ~shaping)
    history += settle(labels, log_odds, certain, late, joint)
    return Clustering.from_labels(labels, history)


def settle(
    labels: IntArray, log_odds: FloatArray, certain: Certain, late: IntArray, joint: Joint
) -> tuple[Merge, ...]:
    """Let late tracks join people, or be people with each other; in place.

    Returns:
        The merges of the latter.
    """
    _join(labels, log_odds, certain, late, joint)
    left = late[labels[late] == UNKNOWN]
    if len(left) < 2:
        return ()
    among, merges = _people(log_odds, certain, left, joint)
    several = np.bincount(among, minlength=len(left))[among] > 1
    labels[left[several]] = labels.max(initial=-1) + 1 + among[several]
    return tuple(merge for merge in merges if labels[merge.first] != UNKNOWN)


def _people(
    log_odds: FloatArray, certain: Certain, tracks: IntArray, joint: Joint
) -> tuple[IntArray, tuple[Merge, ...]]:
    """(n,) cluster of each of some tracks, and the merges."""
    if len(tracks) == 0:
        return np.zeros(0, np.int64), ()
    group = _groups(certain.same[np.ix_(tracks, tracks)])
    n = int(group.max()) + 1
    size = np.bincount(group, minlength=n).astype(np.float64)
    part = np.ix_(tracks, tracks)
    odds: Float64Array = log_odds[part].astype(np.float64)
    forbidden = certain.different[part]
    if n < len(tracks):
        member = np.zeros((len(tracks), n))
        member[np.arange(len(tracks)), group] = 1
        odds = (member.T @ odds @ member) / np.outer(size, size)
        forbidden = (member.T @ forbidden @ member) > 0
        np.fill_diagonal(forbidden, False)

    tree = average_linkage(-odds, forbidden, size, loss_of(joint), -EVEN)
    named = np.zeros(n, np.int64)
    named[group[::-1]] = tracks[::-1]
    history = tuple(
        Merge(1, int(named[a]), int(named[b]), float(at), -EVEN)
        for a, b, at in zip(tree.first, tree.second, tree.loss, strict=True)
    )
    return tree.labels(len(tree.first))[group], history


def _groups(same: BoolArray) -> IntArray:
    """(n,) connected components, numbered by first appearance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, found = connected_components(coo_array(same), directed=False)
    return Clustering.from_labels(found).labels


def _join(
    labels: IntArray, log_odds: FloatArray, certain: Certain, late: IntArray, joint: Joint
) -> None:
    """Let late tracks join people, each on its own; in place."""
    if not len(late) or not (labels >= 0).any():
        return
    names = np.unique(labels[labels >= 0])
    member = (labels[:, None] == names).astype(np.float32)  # (T, K)
    size = member.sum(axis=0)
    mean = joint(log_odds[late] @ member / size, size)
    mean[certain.different[late] @ member > 0] = -np.inf
    mean = np.where(certain.same[late] @ member > 0, np.inf, mean)
    best = mean.argmax(axis=1)
    joins = mean[np.arange(len(late)), best] > EVEN
    labels[late[joins]] = names[best[joins]]
