"""How much the pairs of two groups of tracks say together.

Two groups of n_a and n_b tracks are compared by n = n_a n_b pairs, which are not independent:
what makes one pair of two people look alike makes the next one look alike. Kish (1965, "Survey
Sampling", 8.2) calls 1 + (n - 1) rho the design effect: n comparisons are worth n over it
independent ones, and never more than 1 / rho. rho is the intraclass correlation, estimated by
analysis of variance (Fisher 1925, "Statistical Methods for Research Workers", chapter 7;
Donner 1986, International Statistical Review 54, for groups of unequal size).
"""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray, IntArray


def effective_pairs(pairs: Float64Array, correlation: float) -> Float64Array:
    """How many independent pairs so many pairs of two groups are worth (Kish 1965).

    Args:
        pairs: Any shape, at least 1.
        correlation: rho, in [0, 1]; 1: all of them are worth one.
    """
    return np.asarray(pairs / (1 + (pairs - 1) * correlation))


def intraclass_correlation(
    sums: Float64Array, squares: Float64Array, counts: Float64Array
) -> float | None:
    """Rho of the values of G groups (Fisher 1925; Donner 1986).

    Args:
        sums: (G,) sum of the values of each group.
        squares: (G,) sum of their squares.
        counts: (G,) their number, more than 0.

    Returns:
        In [0, 1]; None where there are fewer than two groups, or no group of two values.
    """
    n, k = float(counts.sum()), len(counts)
    if k < 2 or n <= k:
        return None
    of_means = float((sums**2 / counts).sum())
    between = (of_means - float(sums.sum()) ** 2 / n) / (k - 1)
    within = max((float(squares.sum()) - of_means) / (n - k), 0.0)
    size = (n - float((counts**2).sum()) / n) / (k - 1)
    whole = between + (size - 1) * within
    return float(np.clip((between - within) / whole, 0, 1)) if whole > 0 else None


def correlation_between_people(values: FloatArray | Float64Array, labels: IntArray) -> float | None:
    """Rho of the pairs of tracks, grouped by the two people that they belong to.

    Args:
        values: (T, T) symmetric; the diagonal is not read.
        labels: (T,) people, -1 = unknown.
    """
    order = np.argsort(labels, kind="stable")[np.count_nonzero(labels < 0) :]
    if len(order) == 0:
        return None
    begin = np.flatnonzero(np.diff(labels[order], prepend=-1))
    size = np.diff(begin, append=len(order)).astype(np.float64)
    exact = values[np.ix_(order, order)].astype(np.float64)
    of_people = np.triu_indices(len(begin), 1)

    def sums(of_pairs: Float64Array) -> Float64Array:
        by_row = np.add.reduceat(of_pairs, begin, axis=0)
        return np.asarray(np.add.reduceat(by_row, begin, axis=1)[of_people])

    first, second = of_people
    return intraclass_correlation(sums(exact), sums(exact**2), size[first] * size[second])
