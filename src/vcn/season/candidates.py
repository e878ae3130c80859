"""Which looks may be one person, where there are too many to compare all with all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcn.equations.neighbours import graph_of, nearest_in
from vcn.errors import DataError, OutputError
from vcn.runtime.whole import replacing
from vcn.season.looks import Looks
from vcn.types import FloatArray, IntArray


class Index:
    """The nearest of many looks."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    @classmethod
    def of(cls, means: FloatArray) -> Index:
        """Of (L, D) looks."""
        return cls(graph_of(means))

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
            try:
                self._graph.save(str(temporary))
            except RuntimeError as error:  # all that usearch says of a full disk
                raise OutputError(f"cannot write {path}: {error}", "Make room for it") from error

    def nearest(self, queries: FloatArray, n: int) -> IntArray:
        """(Q, n) looks nearest to each of (Q, D), as `nearest_in` has them."""
        return nearest_in(self._graph, queries, n)


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
        return cls(index, *unique_pairs(first, second, n))


def unique_pairs(first: IntArray, second: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Each pair of two different ones of n once, the smaller number first."""
    two = first != second
    low, high = np.minimum(first[two], second[two]), np.maximum(first[two], second[two])
    keys = np.unique(low * n + high)
    return keys // n, keys % n


def _chained(group: IntArray) -> IntArray:
    """(n, 2) pairs that chain the members of each group from 0 together."""
    rows = np.flatnonzero(group >= 0)
    rows = rows[np.argsort(group[rows], kind="stable")]
    pairs = np.stack((rows[:-1], rows[1:]), axis=1)
    return np.asarray(pairs[group[pairs[:, 0]] == group[pairs[:, 1]]])
