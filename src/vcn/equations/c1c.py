"""C1C: constrained first neighbours (Kalogeiton and Zisserman, BMVC 2020).

FINCH in which pairs that cannot be one person are never neighbours, and in which every
component that still holds such a pair is cut in two by a minimum cut. Where the code that
circulates forgets or breaks a constraint, this does not: no partition violates any.
"""

from __future__ import annotations

import numpy as np

from vcn.equations.finch import (
    Distance,
    Links,
    at_least,
    cluster_means,
    components,
    first_neighbours,
    hierarchy,
    links,
)
from vcn.types import BoolArray, Float64Array, IntArray

_CAPACITY = 1.01
"""Times the longest link of the component, less a link's own length: what it costs to cut."""


def forbidden_clusters(labels: IntArray, cannot_link: IntArray) -> BoolArray:
    """(C, C) clusters that a pair of members keeps apart; its diagonal is False."""
    n = int(labels.max(initial=-1)) + 1
    out = np.zeros((n, n), np.bool_)
    a, b = labels[cannot_link[:, 0]], labels[cannot_link[:, 1]]
    out[a, b] = out[b, a] = True
    np.fill_diagonal(out, False)
    return out


def separate(n: int, found: Links, forbidden: BoolArray) -> IntArray:
    """Components of the links without a forbidden pair in one (C1C).

    Pair after pair, in order: a component that holds it is cut in two by a minimum cut
    between the two; the capacity of a link is 1.01 times the longest of the component
    less its own length.

    Args:
        n: Number of clusters.
        found: Links, none of them forbidden.
        forbidden: (n, n).

    Returns:
        (n,) labels.
    """
    import networkx as nx

    wrong = np.argwhere(np.triu(forbidden))
    label = components(n, found.pairs)
    for a, b in wrong.tolist():
        if label[a] != label[b]:
            continue
        inside = label[found.pairs[:, 0]] == label[a]
        longest = found.distance[inside].max()
        graph = nx.Graph()
        for (i, j), length in zip(
            found.pairs[inside].tolist(), found.distance[inside].tolist(), strict=True
        ):
            # Copies at distance 0 would give links that cost nothing to cut.
            graph.add_edge(i, j, capacity=(_CAPACITY * longest - length) or 1.0)
        _, (side, _) = nx.minimum_cut(graph, a, b)
        near = np.isin(found.pairs, list(side))
        found = found.of(near[:, 0] == near[:, 1])
        label = components(n, found.pairs)
    return label


def partitions(
    points: Float64Array,
    cannot_link: IntArray,
    distance: Distance,
    *,
    must_link: IntArray | None = None,
    early_exit: bool = True,
) -> list[IntArray]:
    """C1C: all partitions; none has two of `cannot_link` in one cluster.

    Args:
        points: (n, D) one row a track.
        cannot_link: (M, 2) rows that are two people.
        distance: Which.
        must_link: (M, 2) rows that are one person: they are one row from the start.
        early_exit: Links longer than the longest allowed one of the first partition are
            cut in all later ones.

    Returns:
        (n,) labels each, the finest first.
    """

    def step(labels: IntArray, longest: float | None) -> tuple[IntArray, float | None]:
        means = cluster_means(points, labels)
        forbidden = forbidden_clusters(labels, cannot_link)
        found = links(means, first_neighbours(means, distance, forbidden), distance)
        found = found.of(~forbidden[found.pairs[:, 0], found.pairs[:, 1]])
        if longest is None:
            longest = float(found.distance.max(initial=0))
        elif early_exit:
            found = found.of(found.distance <= longest)
        return separate(len(means), found, forbidden)[labels], longest

    start = None if must_link is None else components(len(points), must_link)
    return hierarchy(len(points), step, start)


def fixed_number(
    points: Float64Array,
    cannot_link: IntArray,
    n_clusters: int,
    distance: Distance,
    *,
    must_link: IntArray | None = None,
    early_exit: bool = True,
) -> IntArray:
    """C1C into a number of clusters that is given: the closest allowed pair at a time.

    Where every remaining pair is forbidden, the constraints are dropped.

    Args:
        points: (n, D).
        cannot_link: (M, 2).
        n_clusters: K.
        distance: Which.
        must_link: As for `partitions`.
        early_exit: As for `partitions`.

    Returns:
        (n,) labels.
    """
    found = partitions(points, cannot_link, distance, must_link=must_link, early_exit=early_exit)
    labels = at_least(found, n_clusters)
    while len(points) and labels.max() + 1 > n_clusters:
        means = cluster_means(points, labels)
        kappa = first_neighbours(means, distance, forbidden_clusters(labels, cannot_link))
        if (kappa < 0).all():
            kappa = first_neighbours(means, distance)
        nearest = links(means, kappa, distance)
        followed = (kappa[nearest.pairs[:, 0]] == nearest.pairs[:, 1]) | (
            kappa[nearest.pairs[:, 1]] == nearest.pairs[:, 0]
        )
        nearest = nearest.of(followed)
        closest = nearest.pairs[nearest.distance.argmin()]
        labels = components(len(means), closest[None])[labels]
    return labels


def join_by_body(labels: IntArray, bodies: Float64Array, cannot_link: IntArray) -> IntArray:
    """B-C1C: each track without a face joins the cluster of its nearest body (cosine).

    Args:
        labels: (T,) clusters of tracks; -1 where a track has no face.
        bodies: (T, B) a feature of the body; a row of zeros where there is none.
        cannot_link: (M, 2) tracks that are two people.

    Returns:
        (T,) labels; -1 stays where nothing is known, or nobody is allowed.
    """
    from vcn.equations.finch import distances

    out = labels.copy()
    seen = np.abs(bodies).max(axis=1, initial=0) > 0
    donors = np.flatnonzero(seen & (labels >= 0))
    if len(donors) == 0:
        return out
    apart = np.zeros((len(labels), len(labels)), np.bool_)
    apart[cannot_link[:, 0], cannot_link[:, 1]] = apart[cannot_link[:, 1], cannot_link[:, 0]] = True
    for track in np.flatnonzero(seen & (labels < 0)).tolist():
        barred = np.isin(out[donors], out[apart[track] & (out >= 0)])
        distance = distances(bodies[track : track + 1], bodies[donors], "cosine")[0]
        distance[barred] = np.inf
        nearest = int(distance.argmin())
        if np.isfinite(distance[nearest]):
            out[track] = labels[donors[nearest]]
    return out
