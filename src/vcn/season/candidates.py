"""Which looks may be one person, where there are too many to compare all with all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vcn.config import SeasonConfig
from vcn.season.looks import Looks
from vcn.season.odds import Scale
from vcn.types import Float64Array, FloatArray, IntArray

_BLOCK = 1 << 18
"""Pairs whose odds are computed at once."""


def nearest(means: FloatArray, queries: FloatArray, n: int) -> IntArray:
    """(Q, n) looks nearest to each query, nearest first, by usearch's graph (HNSW).

    Args:
        means: (L, D).
        queries: (Q, D).
        n: Not more than L.
    """
    from usearch.index import Index

    index = Index(ndim=means.shape[1], metric="l2sq", dtype="f32")
    index.add(np.arange(len(means)), means)
    found = index.search(queries, n)
    return np.asarray(found.keys, np.int64).reshape(len(queries), -1)


def components(
    scale: Scale, looks: Looks, film: IntArray, config: SeasonConfig
) -> Iterator[IntArray]:
    """Sets of looks between which nobody can be one person.

    Few looks are one set. Of many, those whose odds are better than even are looked for among
    the nearest of each; what hangs together by such pairs is a set. A set that is too large for
    a matrix is cut at its weakest pairs.

    Args:
        scale: Odds of looks.
        looks: All of them.
        film: (P,) film of each person.
        config: Sizes.
    """
    n = len(looks)
    if n <= config.dense_looks:
        if n:
            yield np.arange(n)
        return
    near = nearest(looks.means, looks.means, min(config.neighbours + 1, n))
    first = np.repeat(np.arange(n), near.shape[1])
    second = near.ravel()
    owner = looks.person
    kept = (owner[first] != owner[second]) & (film[owner[first]] != film[owner[second]])
    first, second = first[kept], second[kept]
    odds = np.concatenate(
        [
            scale.pairs(first[at : at + _BLOCK], second[at : at + _BLOCK])
            for at in range(0, len(first), _BLOCK)
        ]
        or [np.zeros(0)]
    )
    better = odds > 0
    yield from _sets(owner, first[better], second[better], odds[better], config.dense_looks)


def _sets(
    owner: IntArray, first: IntArray, second: IntArray, odds: Float64Array, most: int
) -> Iterator[IntArray]:
    """Connected looks; looks of one person are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_people = int(owner.max()) + 1
    graph = coo_array(
        (np.ones(len(first)), (owner[first], owner[second])), shape=(n_people, n_people)
    )
    _, of_person = connected_components(graph, directed=False)
    label = of_person[owner]
    order = np.argsort(label, kind="stable")
    for chosen in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        inside = np.isin(first, chosen) if len(chosen) > most else None
        if inside is None:
            if owner[chosen].min() != owner[chosen].max():
                yield np.sort(chosen)
            continue
        a, b, weight = first[inside], second[inside], odds[inside]
        firm = np.sort(np.argsort(-weight, kind="stable")[: len(weight) // 2])
        _, local = np.unique(owner[chosen], return_inverse=True)
        place = np.full(len(owner), -1)
        place[chosen] = np.arange(len(chosen))
        for part in _sets(local, place[a[firm]], place[b[firm]], weight[firm], most):
            yield chosen[part]
