"""What each score is, exactly, and the record of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple


class PRF(NamedTuple):
    """Precision, recall and F."""

    precision: float
    recall: float
    f: float


class PairScores(NamedTuple):
    """Precision, recall and F over pairs; None where there is no pair to speak of."""

    precision: float | None
    recall: float | None
    f: float | None


class Definition(NamedTuple):
    """What a score is, exactly."""

    title: str
    variant: str
    better: Literal["higher", "lower", "one", "count"]
    source: str


DEFINITIONS: Mapping[str, Definition] = {
    "n_samples": Definition("samples", "tracks or faces that have both labels", "count", ""),
    "n_true": Definition("people in the truth", "distinct labels of truth", "count", "BCL 5.1"),
    "n_predicted": Definition("clusters", "distinct predicted labels", "count", "BCL 5.1: #Cl"),
    "pcr": Definition("predicted cluster ratio", "clusters / people", "one", "VCN 4.2"),
    "wcp": Definition(
        "weighted cluster purity",
        "sum over clusters of the largest overlap with one person, / samples; "
        "all-singletons score 1, so read it with the number of clusters",
        "higher",
        "VCN 4.2; BCL 5.1; RAD V-A",
    ),
    "nmi": Definition(
        "normalised mutual information", "2 I / (H + H), arithmetic mean", "higher", "BCL 5.1"
    ),
    "nmi_geometric": Definition(
        "NMI, geometric", "I / sqrt(H H)", "higher", "Strehl & Ghosh, JMLR 2002"
    ),
    "homogeneity": Definition(
        "homogeneity", "I / H(truth)", "higher", "Rosenberg & Hirschberg, EMNLP 2007"
    ),
    "completeness": Definition(
        "completeness", "I / H(clusters)", "higher", "Rosenberg & Hirschberg, EMNLP 2007"
    ),
    "v_measure": Definition(
        "V-measure", "harmonic mean of both (beta 1); equals NMI, arithmetic", "higher", "MF 4.4"
    ),
    "ari": Definition(
        "adjusted Rand index", "adjusted for chance", "higher", "Hubert & Arabie, 1985"
    ),
    "pairwise_p": Definition(
        "pairwise precision", "over unordered pairs of samples", "higher", "Manning et al., 16.3"
    ),
    "pairwise_r": Definition(
        "pairwise recall", "over unordered pairs of samples", "higher", "Manning et al., 16.3"
    ),
    "pairwise_f": Definition(
        "pairwise F", "2 TP / (2 TP + FP + FN)", "higher", "Manning et al., 16.3"
    ),
    "b3_p": Definition(
        "B-cubed precision",
        "mean over samples, the sample itself counted",
        "higher",
        "Bagga & Baldwin, 1998",
    ),
    "b3_r": Definition(
        "B-cubed recall",
        "mean over samples, the sample itself counted",
        "higher",
        "Bagga & Baldwin, 1998",
    ),
    "b3_f": Definition(
        "B-cubed F", "harmonic mean of the two means", "higher", "Bagga & Baldwin, 1998"
    ),
    "cp": Definition(
        "character precision",
        "clusters assigned to people one to one (most samples shared); mean over people, "
        "0 for a person without a cluster",
        "higher",
        "RAD V-A, after Brown et al., ICCVW 2021",
    ),
    "cr": Definition(
        "character recall",
        "the same assignment and mean",
        "higher",
        "RAD V-A, after Brown et al., ICCVW 2021",
    ),
    "cf": Definition("character F", "2 CP CR / (CP + CR)", "higher", "RAD V-A"),
    "over_clustering": Definition(
        "over-clustering index",
        "mean over people of the clusters assigned to them, each cluster to the person with "
        "most of its samples",
        "one",
        "MF 4.4, after Somandepalli et al., 2017",
    ),
    "operator_clicks": Definition(
        "operator clicks index",
        "one click for each cluster, one for each sample outside its cluster's main person",
        "lower",
        "Tapaswi et al., Total Cluster, ICVGIP 2014",
    ),
}
"""Title, exact variant, direction and source of every field of `Scores`."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Every score of one pair of labellings; see `DEFINITIONS` for each variant."""

    n_samples: int
    n_true: int
    n_predicted: int
    pcr: float
    wcp: float
    nmi: float
    nmi_geometric: float
    homogeneity: float
    completeness: float
    v_measure: float
    ari: float
    pairwise_p: float | None
    pairwise_r: float | None
    pairwise_f: float | None
    b3_p: float
    b3_r: float
    b3_f: float
    cp: float
    cr: float
    cf: float
    over_clustering: float
    operator_clicks: int

    def as_dict(self) -> dict[str, float | int | None]:
        """The values by name, in the order of `DEFINITIONS`."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
