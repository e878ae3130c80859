"""Scores of the largest overlaps, and of the number of clusters."""

from __future__ import annotations

from numpy.typing import ArrayLike

from vcn.scores.table import Contingency, contingency


def pcr(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Predicted cluster ratio: clusters over people (VCN 4.2); 1 is best."""
    return pcr_of(contingency(truth, predicted))


def wcp(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Weighted cluster purity, in (0, 1] (BCL 5.1, RAD V-A, VCN 4.2).

    The sum over clusters of the largest overlap with one person, over N. All
    singletons score 1: never read it without the number of clusters.
    """
    return wcp_of(contingency(truth, predicted))


def over_clustering(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Over-clustering index: clusters assigned to a person, the mean over people.

    MF 4.4 (after Somandepalli et al. 2017). Each cluster is assigned to the person with
    most of its samples, so that several may belong to one person and none to another;
    each cluster counts once, which makes the mean clusters / people whichever way ties
    go: 1 where the number of clusters is right, as MF states.
    """
    return pcr_of(contingency(truth, predicted))


def operator_clicks(truth: ArrayLike, predicted: ArrayLike) -> int:
    """Clicks to correct a clustering: one a cluster, one a sample in the wrong one.

    Operator clicks index of Tapaswi et al., Total Cluster (ICVGIP 2014). At least the
    number of people, at most N for useful clusterings.
    """
    return operator_clicks_of(contingency(truth, predicted))


def pcr_of(table: Contingency) -> float:
    """`pcr` of a table."""
    return len(table.cluster_size) / len(table.person_size)


def wcp_of(table: Contingency) -> float:
    """`wcp` of a table."""
    return int(table.largest.sum()) / table.n


def operator_clicks_of(table: Contingency) -> int:
    """`operator_clicks` of a table."""
    return len(table.cluster_size) + table.n - int(table.largest.sum())
