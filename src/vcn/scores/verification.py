"""Verification: are two tracks the same person? Over all pairs, at every threshold (MF 4.2).

Here a sample is a pair. Everything else in this package compares two labellings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcn.errors import DataError


class Roc(NamedTuple):
    """What every threshold gives, the strictest first; pairs of one distance go together."""

    fpr: NDArray[np.float64]
    """(R,) share of the pairs of two people that are taken for one; from 0 to 1."""
    tpr: NDArray[np.float64]
    """(R,) share of the pairs of one person that are found; from 0 to 1."""
    threshold: NDArray[np.float64]
    """(R,) largest distance that is taken for one person; -inf at first: none is."""

    def tpr_at(self, fpr: float) -> float:
        """The largest TPR whose FPR is at most `fpr`; nothing is interpolated."""
        return float(self.tpr[self.fpr <= fpr].max())

    @property
    def auc(self) -> float:
        """Area under the curve: how often a pair of one person is nearer than one of two."""
        return float(np.trapezoid(self.tpr, self.fpr))


def roc(distance: ArrayLike, same: ArrayLike) -> Roc:
    """The curve of a distance.

    Args:
        distance: (P,) of each pair; smaller is more alike.
        same: (P,) whether it is one person.

    Raises:
        DataError: The arrays do not fit, or one of the two kinds of pairs is missing.
    """
    values, one = np.asarray(distance, np.float64), np.asarray(same, np.bool_)
    if values.ndim != 1 or values.shape != one.shape or not np.isfinite(values).all():
        raise DataError("distance and same must be (P,) of one length, and finite")
    if one.all() or not one.any():
        raise DataError("verification needs pairs of one person and pairs of two people")
    order = np.argsort(values, kind="stable")
    values, one = values[order], one[order]
    last = np.flatnonzero(np.append(np.diff(values) > 0, True))
    return Roc(
        np.concatenate(([0.0], np.cumsum(~one)[last] / (~one).sum())),
        np.concatenate(([0.0], np.cumsum(one)[last] / one.sum())),
        np.concatenate(([-np.inf], values[last])),
    )


def pairs_of(points: ArrayLike, person: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """All pairs of tracks: their Euclidean distances, and whether they are one person.

    Args:
        points: (T, D) an embedding a track.
        person: (T,) who it is.

    Returns:
        (P,) and (P,), P = T (T - 1) / 2.
    """
    rows, who = np.asarray(points, np.float64), np.asarray(person)
    square = (rows**2).sum(axis=1)
    squared = square[:, None] + square[None] - 2 * rows @ rows.T
    first, second = np.triu_indices(len(rows), 1)
    distance = np.sqrt(np.maximum(squared[first, second], 0))
    return distance, who[first] == who[second]
