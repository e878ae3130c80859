"""All scores at once."""

from __future__ import annotations

from numpy.typing import ArrayLike

from vcn.scores.assignment import character_of
from vcn.scores.definitions import Scores
from vcn.scores.information import information_of
from vcn.scores.pairs import bcubed_of, pairs_of
from vcn.scores.purity import operator_clicks_of, pcr_of, wcp_of
from vcn.scores.table import Contingency, contingency


def score(truth: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> Scores:
    """All scores of (N,) `predicted` against (N,) `truth`; see `DEFINITIONS`.

    `weight` as in `contingency`: rows that stand for several samples with equal labels.
    """
    return score_of(contingency(truth, predicted, weight))


def score_of(table: Contingency) -> Scores:
    """All scores of a table."""
    information = information_of(table)
    pairs = pairs_of(table)
    pairwise = pairs.scores
    cubed = bcubed_of(table)
    people = character_of(table)
    return Scores(
        n_samples=table.n,
        n_true=len(table.person_size),
        n_predicted=len(table.cluster_size),
        pcr=pcr_of(table),
        wcp=wcp_of(table),
        nmi=information.nmi("arithmetic"),
        nmi_geometric=information.nmi("geometric"),
        homogeneity=information.homogeneity,
        completeness=information.completeness,
        v_measure=information.v_measure,
        ari=pairs.ari,
        pairwise_p=pairwise.precision,
        pairwise_r=pairwise.recall,
        pairwise_f=pairwise.f,
        b3_p=cubed.precision,
        b3_r=cubed.recall,
        b3_f=cubed.f,
        cp=people.precision,
        cr=people.recall,
        cf=people.f,
        over_clustering=pcr_of(table),
        operator_clicks=operator_clicks_of(table),
    )
