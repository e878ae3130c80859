"""Scores of mutual information: NMI, homogeneity, completeness, V-measure."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vcn.scores.table import Contingency, IntArray, contingency

Average = Literal["arithmetic", "geometric"]


def nmi(truth: ArrayLike, predicted: ArrayLike, average: Average = "arithmetic") -> float:
    """Normalised mutual information, in [0, 1].

    `arithmetic` is 2 I / (H + H), which BCL 5.1 uses; `geometric` is I / sqrt(H H). One
    person found as one cluster is 1; otherwise 0 where either side is a single group.
    """
    return information_of(contingency(truth, predicted)).nmi(average)


def homogeneity(truth: ArrayLike, predicted: ArrayLike) -> float:
    """I / H(truth): 1 when each cluster holds one person; 1 for a single person."""
    return information_of(contingency(truth, predicted)).homogeneity


def completeness(truth: ArrayLike, predicted: ArrayLike) -> float:
    """I / H(clusters): 1 when each person is in one cluster; 1 for a single cluster."""
    return information_of(contingency(truth, predicted)).completeness


def v_measure(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Harmonic mean of homogeneity and completeness (MF 4.4); 0 where both are 0."""
    return information_of(contingency(truth, predicted)).v_measure


class Information(NamedTuple):
    """Mutual information and both entropies, in nats, and the scores made of them."""

    mutual: float
    truth: float
    predicted: float

    def nmi(self, average: Average) -> float:
        """See `nmi`."""
        mutual, truth, predicted = self
        if truth == 0 and predicted == 0:
            return 1.0
        if average == "arithmetic":
            return 2 * mutual / (truth + predicted)
        return mutual / math.sqrt(truth * predicted) if truth > 0 and predicted > 0 else 0.0

    @property
    def homogeneity(self) -> float:
        """See `homogeneity`."""
        return self.mutual / self.truth if self.truth > 0 else 1.0

    @property
    def completeness(self) -> float:
        """See `completeness`."""
        return self.mutual / self.predicted if self.predicted > 0 else 1.0

    @property
    def v_measure(self) -> float:
        """See `v_measure`."""
        h, c = self.homogeneity, self.completeness
        return 2 * h * c / (h + c) if h + c > 0 else 0.0


def information_of(table: Contingency) -> Information:
    """Count the information of a table."""
    n = table.n
    truth, predicted = _entropy(table.person_size, n), _entropy(table.cluster_size, n)
    if truth == 0 or predicted == 0:
        return Information(0.0, truth, predicted)
    # Logarithms of whole numbers, not of products of shares: no rounding before the log.
    log_ratio = (
        np.log(table.count)
        + math.log(n)
        - np.log(table.person_size[table.person])
        - np.log(table.cluster_size[table.cluster])
    )
    mutual = float((table.count / n * log_ratio).sum())
    return Information(min(max(mutual, 0.0), truth, predicted), truth, predicted)


def _entropy(sizes: IntArray, n: int) -> float:
    if len(sizes) == 1:
        return 0.0
    share = sizes / n
    return float(-(share * np.log(share)).sum())
