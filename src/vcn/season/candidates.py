"""Which looks may be one person, where there are too many to compare all with all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import SeasonConfig
from vcn.errors import DataError
from vcn.runtime.whole import replacing
from vcn.season.looks import Looks
from vcn.season.odds import Scale
from vcn.types import Float64Array, FloatArray, IntArray

_LINKS, _SEARCHED = 12, 48
"""Links of a look in the graph, and looks that are tried for them. Measured on 16,000 looks: the
8 nearest are all among 16 answers, as with usearch's own 16 and 128, in 0.4 of the time."""
_BLOCK = 1 << 18
"""Pairs whose odds are computed at once."""


class Index:
    """The nearest of many looks, by usearch's graph (HNSW)."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    @classmethod
    def of(cls, means: FloatArray) -> Index:
        """Of (L, D) looks; one thread, as with several the same looks give other graphs."""
        from usearch import index

        graph = index.Index(
            ndim=means.shape[1],
            metric="l2sq",
            dtype="f16",
            connectivity=_LINKS,
            expansion_add=_SEARCHED,
        )
        graph.add(np.arange(len(means)), np.asarray(means, np.float32), threads=1)
        return cls(graph)

    @classmethod
    def load(cls, path: Path) -> Index:
        """As `save` wrote it; it stays on disk.

        Raises:
            DataError: It is damaged.
        """
        from usearch import index

        try:
            graph = index.Index.restore(str(path), view=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise DataError(f"{path} cannot be read: {error}", "Run vcn season again") from error
        if graph is None:
            raise DataError(f"{path} is damaged", "Run vcn season again")
        return cls(graph)

    def save(self, path: Path) -> None:
        """Write it, whole.

        Raises:
            OutputError: It cannot be written.
        """
        with replacing(path) as temporary:
            self._graph.save(str(temporary))

    def nearest(self, queries: FloatArray, n: int) -> IntArray:
        """(Q, n) looks nearest to each of (Q, D), nearest first; -1 where there are fewer."""
        found = self._graph.search(np.asarray(queries, np.float32), n)
        keys = np.asarray(found.keys).reshape(len(queries), -1)
        return np.where(keys < len(self._graph), keys, np.uint64(1 << 62)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Candidates:
    """M pairs of looks that may be one person: near each other, or one person to their film."""

    index: Index
    first: IntArray
    """(M,)"""
    second: IntArray
    """(M,)"""

    @classmethod
    def of(cls, looks: Looks, neighbours: int) -> Candidates:
        """Each look with its nearest.

        Args:
            looks: All.
            neighbours: Of a look.
        """
        index, n = Index.of(looks.means), len(looks)
        near = index.nearest(looks.means, min(neighbours + 1, n))
        first = np.repeat(np.arange(n), near.shape[1])
        second = near.ravel()
        known = second < n
        first, second = first[known], second[known]
        of_film = _chained(looks.own)
        first = np.concatenate((first, of_film[:, 0]))
        second = np.concatenate((second, of_film[:, 1]))
        two = looks.person[first] != looks.person[second]
        low = np.minimum(first[two], second[two])
        pairs = np.unique(low * n + np.maximum(first[two], second[two]))
        return cls(index, pairs // n, pairs % n)


def components(
    scale: Scale,
    looks: Looks,
    called: IntArray,
    candidates: Candidates | None,
    config: SeasonConfig,
) -> Iterator[IntArray]:
    """Sets of looks between which nobody can be one person.

    Few looks are one set. Of many, what hangs together by pairs with odds better than even is
    a set, and by people of one name. A set that is too large for a matrix is cut at its weakest
    pairs.

    Args:
        scale: Odds of looks.
        looks: All of them.
        called: (P,) number of the name of each person, -1: none.
        candidates: Pairs to look at; None: all.
        config: Sizes.
    """
    if candidates is None:
        if len(looks):
            yield np.arange(len(looks))
        return
    first, second = candidates.first, candidates.second
    odds = np.concatenate(
        [
            scale.pairs(first[at : at + _BLOCK], second[at : at + _BLOCK])
            for at in range(0, len(first), _BLOCK)
        ]
        or [np.zeros(0)]
    )
    better = odds > 0
    links = _chained(called[looks.person])
    yield from _sets(
        looks.person,
        np.concatenate((first[better], links[:, 0])),
        np.concatenate((second[better], links[:, 1])),
        np.concatenate((odds[better], np.full(len(links), np.inf))),
        config.dense_looks,
    )


def _chained(group: IntArray) -> IntArray:
    """(n, 2) pairs that chain the members of each group from 0 together."""
    rows = np.flatnonzero(group >= 0)
    rows = rows[np.argsort(group[rows], kind="stable")]
    pairs = np.stack((rows[:-1], rows[1:]), axis=1)
    return np.asarray(pairs[group[pairs[:, 0]] == group[pairs[:, 1]]])


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
    of_pair = label[first]
    for chosen in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(chosen) <= most or owner[chosen].min() == owner[chosen].max():
            if owner[chosen].min() != owner[chosen].max():
                yield np.sort(chosen)
            continue
        inside = of_pair == label[chosen[0]]
        a, b, weight = first[inside], second[inside], odds[inside]
        firm = np.sort(np.argsort(-weight, kind="stable")[: len(weight) // 2])
        _, local = np.unique(owner[chosen], return_inverse=True)
        place = np.full(len(owner), -1)
        place[chosen] = np.arange(len(chosen))
        for part in _sets(local, place[a[firm]], place[b[firm]], weight[firm], most):
            yield chosen[part]
