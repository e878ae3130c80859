"""The contingency table of two labellings: what every score is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcn.errors import DataError

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contingency:
    """The cells of a contingency table that are not empty.

    J people, K clusters, M cells. Counts may be any positive numbers that are whole
    (a bootstrap repeats samples).
    """

    count: IntArray
    """(M,) samples in the cell."""
    person: IntArray
    """(M,) row of the cell, 0..J-1."""
    cluster: IntArray
    """(M,) column of the cell, 0..K-1."""
    person_size: IntArray
    """(J,) samples of each person."""
    cluster_size: IntArray
    """(K,) samples of each cluster."""

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.count.sum())

    @property
    def largest(self) -> IntArray:
        """(K,) the largest cell of each cluster."""
        out = np.zeros(len(self.cluster_size), dtype=np.int64)
        np.maximum.at(out, self.cluster, self.count)
        return out


def contingency(
    truth: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None
) -> Contingency:
    """Count the samples of each pair of labels.

    Args:
        truth: (N,) true labels.
        predicted: (N,) predicted labels.
        weight: (N,) whole numbers from 1: how many samples each row stands for; None: 1.

    Returns:
        The table; people and clusters in the sorted order of their labels.

    Raises:
        DataError: The arrays are not (N,) of one length, or N is 0.
    """
    person, cluster = codes(truth, predicted)
    return table_of(person, cluster, weights(weight, len(person)))


def factor(labels: ArrayLike, name: str) -> tuple[NDArray[Any], IntArray]:
    """The distinct labels, sorted, and (N,) the position of each label among them.

    Raises:
        DataError: They are not (N,), or hold NaN or infinity; it says `name`.
    """
    values = np.asarray(labels)
    if values.ndim != 1:
        raise DataError(f"{name} must have shape (N,), got {values.shape}")
    if values.dtype.kind == "f" and not bool(np.isfinite(values).all()):
        raise DataError(f"{name} must not hold NaN or infinity")
    names, code = np.unique(values, return_inverse=True)
    return names, code.astype(np.int64)


def check_pair(person: IntArray, cluster: IntArray) -> None:
    """Raise DataError unless both are (N,), N at least 1."""
    if len(person) != len(cluster):
        raise DataError(
            f"truth and predicted must have one length, got {len(person)} and {len(cluster)}"
        )
    if len(person) == 0:
        raise DataError("there are no samples to score")


def codes(truth: ArrayLike, predicted: ArrayLike) -> tuple[IntArray, IntArray]:
    """(N,) person and cluster of each sample, as positions; DataError as `contingency`."""
    person, cluster = factor(truth, "truth")[1], factor(predicted, "predicted")[1]
    check_pair(person, cluster)
    return person, cluster


def weights(weight: ArrayLike | None, n: int) -> IntArray | None:
    """The weights, if any; DataError unless they are (n,) whole numbers from 1."""
    if weight is None:
        return None
    values = np.asarray(weight)
    if values.shape != (n,) or values.dtype.kind not in "iu" or (values < 1).any():
        raise DataError(f"weight must be {n} whole numbers from 1")
    return values.astype(np.int64)


def table_of(person: IntArray, cluster: IntArray, weight: IntArray | None = None) -> Contingency:
    """Count the samples of each pair of positions."""
    n_clusters = int(cluster.max()) + 1
    cells, cell = np.unique(person * n_clusters + cluster, return_inverse=True)
    count = np.bincount(cell, weights=weight)
    return from_cells(cells, count.astype(np.int64), n_clusters)


def from_cells(cells: IntArray, count: IntArray, n_clusters: int) -> Contingency:
    """Build the table, renumbering: a bootstrap draw may miss people and clusters."""
    person = np.unique(cells // n_clusters, return_inverse=True)[1].astype(np.int64)
    cluster = np.unique(cells % n_clusters, return_inverse=True)[1].astype(np.int64)
    return Contingency(
        count=count,
        person=person,
        cluster=cluster,
        person_size=np.bincount(person, weights=count).astype(np.int64),
        cluster_size=np.bincount(cluster, weights=count).astype(np.int64),
    )
