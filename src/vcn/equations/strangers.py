"""How far strangers are from each other in a film, and which levels of a tree that allows.

The silhouette (`level.py`) compares clusters with each other and knows no scale. Where
most people have one or two tracks it merges strangers, and one person it must cut in
two. The distance of strangers, who are most of the pairs of a film, is the scale.

This is no equation of a paper but of vcn (`METHOD.md`, 4). Its shares are in `ClusterConfig`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vcn.equations.linkage import Tree
from vcn.types import Float64Array, IntArray

_MAX_ROUNDS = 10


class Strangers(NamedTuple):
    """How far people are from each other, and the people that say so."""

    distance: float
    labels: IntArray
    """(n,) clusters when merges stop at the share `same` of it."""


def strangers(distance: Float64Array, tree: Tree, same: float, least: float = 0.0) -> Strangers:
    """Find who is who and how far strangers are, together.

    Strangers are the pairs that clusters keep apart whose merges end at the share `same`
    of the mean distance of strangers: looked for until nothing changes.

    Args:
        distance: (n, n) roots of excess losses (`closed_form.root_excess`), n > 1.
        tree: Average linkage of the same items.
        same: Share of the distance of strangers within which tracks are one person.
        least: What is known of the base model: strangers are nowhere nearer. Without it
            a film of one person is taken for one of many.
    """
    pairs = distance[np.triu_indices(len(distance), 1)]
    # Of few people many pairs are not strangers; the upper half are.
    found = max(least, float(np.quantile(pairs, 0.75)))
    made, labels = -1, tree.labels(0)
    for _ in range(_MAX_ROUNDS):
        now = merges_within(tree, same * found)
        if now == made:
            break
        made, labels = now, tree.labels(now)
        found = max(least, mean_apart(distance, labels))
    return Strangers(found, labels)


def mean_apart(distance: Float64Array, labels: IntArray) -> float:
    """Mean distance of the pairs whose labels differ; of one label the largest distance.

    Args:
        distance: (n, n) symmetric; the diagonal is not read.
        labels: (n,).
    """
    apart = labels[:, None] != labels[None]
    return float(distance[apart].mean() if apart.any() else distance.max(initial=0.0))


def merges_within(tree: Tree, limit: float) -> int:
    """Number of merges at distances up to `limit`."""
    return int((tree.loss <= limit).sum())
