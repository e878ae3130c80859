"""Scores of pairs of samples, and B-cubed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vcn.scores.definitions import PRF, PairScores
from vcn.scores.table import Contingency, IntArray, contingency


def ari(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Adjusted Rand index, in [-0.5, 1]; 1 for equal partitions, also trivial ones."""
    return pairs_of(contingency(truth, predicted)).ari


def pairwise(truth: ArrayLike, predicted: ArrayLike) -> PairScores:
    """Precision, recall and F over the N (N - 1) / 2 pairs of samples.

    Precision is None where no pair was predicted together (all singletons), recall
    where no pair belongs together, F where neither exists.
    """
    return pairs_of(contingency(truth, predicted)).scores


def bcubed(truth: ArrayLike, predicted: ArrayLike) -> PRF:
    """B-cubed precision, recall and F, in (0, 1] (Bagga & Baldwin 1998).

    For each sample, the share of its cluster that is the same person (precision) and
    the share of its person that is in its cluster (recall), itself counted; means over
    samples; F is the harmonic mean of the two means. From the contingency table:
    sum n_jk^2 / n_k / N and sum n_jk^2 / n_j / N.
    """
    return bcubed_of(contingency(truth, predicted))


class Pairs(NamedTuple):
    """Unordered pairs of samples, as whole numbers without overflow, and their scores."""

    together: int
    """In one cluster and one person."""
    wrong: int
    """In one cluster, two people."""
    missed: int
    """One person, two clusters."""
    apart: int

    @property
    def ari(self) -> float:
        """See `ari`."""
        tp, fp, fn, tn = self
        if fp == 0 and fn == 0:
            return 1.0
        return 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))

    @property
    def scores(self) -> PairScores:
        """See `pairwise`."""
        tp, fp, fn, _ = self
        return PairScores(
            tp / (tp + fp) if tp + fp else None,
            tp / (tp + fn) if tp + fn else None,
            2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
        )


def pairs_of(table: Contingency) -> Pairs:
    """Count the pairs of a table."""

    def pairs(sizes: IntArray) -> int:
        return int((sizes * (sizes - 1) // 2).sum())

    together = pairs(table.count)
    wrong = pairs(table.cluster_size) - together
    missed = pairs(table.person_size) - together
    return Pairs(together, wrong, missed, math.comb(table.n, 2) - together - wrong - missed)


def bcubed_of(table: Contingency) -> PRF:
    """`bcubed` of a table."""
    square = table.count.astype(np.float64) ** 2
    precision = float((square / table.cluster_size[table.cluster]).sum()) / table.n
    recall = float((square / table.person_size[table.person]).sum()) / table.n
    return PRF(precision, recall, 2 * precision * recall / (precision + recall))
