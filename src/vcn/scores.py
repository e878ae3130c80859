"""How well one labelling of samples agrees with another: pure functions of two arrays.

Every function takes `truth` and `predicted`, both (N,): one label a sample (a track,
or a face), integers or strings. Label values mean nothing beyond being equal or not,
so -1 (unknown) is a label like any other here; whoever wants the unknown group left
out drops those samples first. Everything is computed from the sparse contingency
table (at most N cells), so memory is O(N) and there is no N x N matrix.

Values that a formula leaves open follow scikit-learn (one identity found as one
cluster scores 1.0), and are said in each docstring. What has no sensible value is
None, never NaN; no samples at all is a DataError.

Papers: VCN = VideoClusterNet, BCL = Ball Cluster Learning, MF = Multi-Face, RAD =
RAD-Net, as in `papers/`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcn.errors import DataError

Average = Literal["arithmetic", "geometric"]
_Int = NDArray[np.int64]
_Float = NDArray[np.float64]
_DENSE_CELLS = 1 << 16
"""Tables up to this size are assigned as dense matrices, which is quicker."""


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


class Interval(NamedTuple):
    """A bootstrap interval."""

    low: float
    high: float


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


@dataclass(frozen=True, slots=True)
class Contingency:
    """The cells of a contingency table that are not empty.

    J people, K clusters, M cells. Counts may be any positive numbers that are whole
    (a bootstrap repeats samples).
    """

    count: _Int
    """(M,) samples in the cell."""
    person: _Int
    """(M,) row of the cell, 0..J-1."""
    cluster: _Int
    """(M,) column of the cell, 0..K-1."""
    person_size: _Int
    """(J,) samples of each person."""
    cluster_size: _Int
    """(K,) samples of each cluster."""

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.count.sum())

    @property
    def largest(self) -> _Int:
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
    person, cluster = _codes(truth, predicted)
    return _table(person, cluster, _weights(weight, len(person)))


def score(truth: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None) -> Scores:
    """All scores of (N,) `predicted` against (N,) `truth`; see `DEFINITIONS`.

    `weight` as in `contingency`: rows that stand for several samples with equal labels.
    """
    return _score(contingency(truth, predicted, weight))


def pcr(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Predicted cluster ratio: clusters over people (VCN 4.2); 1 is best."""
    return _pcr(contingency(truth, predicted))


def wcp(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Weighted cluster purity, in (0, 1] (BCL 5.1, RAD V-A, VCN 4.2).

    The sum over clusters of the largest overlap with one person, over N. All
    singletons score 1: never read it without the number of clusters.
    """
    return _wcp(contingency(truth, predicted))


def nmi(truth: ArrayLike, predicted: ArrayLike, average: Average = "arithmetic") -> float:
    """Normalised mutual information, in [0, 1].

    `arithmetic` is 2 I / (H + H), which BCL 5.1 uses; `geometric` is I / sqrt(H H). One
    person found as one cluster is 1; otherwise 0 where either side is a single group.
    """
    return _nmi(_information(contingency(truth, predicted)), average)


def homogeneity(truth: ArrayLike, predicted: ArrayLike) -> float:
    """I / H(truth): 1 when each cluster holds one person; 1 for a single person."""
    return _information(contingency(truth, predicted)).homogeneity


def completeness(truth: ArrayLike, predicted: ArrayLike) -> float:
    """I / H(clusters): 1 when each person is in one cluster; 1 for a single cluster."""
    return _information(contingency(truth, predicted)).completeness


def v_measure(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Harmonic mean of homogeneity and completeness (MF 4.4); 0 where both are 0."""
    return _v_measure(_information(contingency(truth, predicted)))


def ari(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Adjusted Rand index, in [-0.5, 1]; 1 for equal partitions, also trivial ones."""
    return _ari(_pair_counts(contingency(truth, predicted)))


def pairwise(truth: ArrayLike, predicted: ArrayLike) -> PairScores:
    """Precision, recall and F over the N (N - 1) / 2 pairs of samples.

    Precision is None where no pair was predicted together (all singletons), recall
    where no pair belongs together, F where neither exists.
    """
    return _pairwise(_pair_counts(contingency(truth, predicted)))


def bcubed(truth: ArrayLike, predicted: ArrayLike) -> PRF:
    """B-cubed precision, recall and F, in (0, 1] (Bagga & Baldwin 1998).

    For each sample, the share of its cluster that is the same person (precision) and
    the share of its person that is in its cluster (recall), itself counted; means over
    samples; F is the harmonic mean of the two means. From the contingency table:
    sum n_jk^2 / n_k / N and sum n_jk^2 / n_j / N.
    """
    return _bcubed(contingency(truth, predicted))


def character(truth: ArrayLike, predicted: ArrayLike) -> PRF:
    """Character precision, recall and F (RAD V-A, after Brown et al. 2021).

    Clusters are assigned to people one to one, so that the number of samples shared is
    as large as possible (see `assign`). Precision of a person: the share of the cluster
    that is the person. Recall: the share of the person that is in the cluster. Both are
    0 for a person without a cluster; all people weigh the same. F is of the two means.
    """
    return _character(contingency(truth, predicted))


def assign(
    truth: ArrayLike, predicted: ArrayLike, weight: ArrayLike | None = None
) -> dict[Any, Any]:
    """One cluster for a person, one person for a cluster: true label -> predicted label.

    `weight` as in `contingency`.

    The assignment shares the largest number of samples in total; among equal ones, the
    one with the largest CP + CR / sqrt(2): the weight is irrational, so that ties have
    one CP and one CR whatever the order of samples or names. People without a cluster
    are left out.
    """
    true_names, true_code = _factor(truth, "truth")
    names, code = _factor(predicted, "predicted")
    _pair(true_code, code)
    cell_person, cell_cluster = _assign(_table(true_code, code, _weights(weight, len(code))))
    return {
        true_names[j].item(): names[k].item()
        for j, k in zip(cell_person.tolist(), cell_cluster.tolist(), strict=True)
    }


def over_clustering(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Over-clustering index: clusters assigned to a person, the mean over people.

    MF 4.4 (after Somandepalli et al. 2017). Each cluster is assigned to the person with
    most of its samples, so that several may belong to one person and none to another;
    each cluster counts once, which makes the mean clusters / people whichever way ties
    go: 1 where the number of clusters is right, as MF states.
    """
    return _pcr(contingency(truth, predicted))


def operator_clicks(truth: ArrayLike, predicted: ArrayLike) -> int:
    """Clicks to correct a clustering: one a cluster, one a sample in the wrong one.

    Operator clicks index of Tapaswi et al., Total Cluster (ICVGIP 2014). At least the
    number of people, at most N for useful clusterings.
    """
    return _operator_clicks(contingency(truth, predicted))


def bootstrap(
    truth: ArrayLike,
    predicted: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval | None]:
    """Bootstrap intervals of the scores that are better when higher.

    Samples (or groups) are drawn with replacement. A track that is drawn twice looks like
    two tracks with equal labels, which raises every score that counts pairs, B-cubed with
    them, by far more than chance does where people have few tracks. So the draws are
    shifted until their median is the score itself, and cut at the score's bounds.

    Args:
        truth: (N,) true labels.
        predicted: (N,) predicted labels.
        groups: (N,) the unit that is drawn, such as the track of a face; None: each
            sample by itself.
        weight: (N,) as in `contingency`; a sample is drawn with all its weight.
        n_resamples: Number of draws.
        level: Share of the draws that the interval holds.
        seed: Seed of the draws.

    Returns:
        The interval of each score; None where it was undefined, here or in some draw.

    Raises:
        DataError: As `contingency`, or options out of range.

    Source: percentile bootstrap of Efron & Tibshirani (1993), ch. 13, re-centred.
    """
    if n_resamples < 1 or not 0 < level < 1:
        raise DataError("a bootstrap needs n_resamples >= 1 and 0 < level < 1")
    person, cluster = _codes(truth, predicted)
    n = len(person)
    group = np.arange(n) if groups is None else _factor(groups, "groups")[1]
    if len(group) != n:
        raise DataError(f"groups must have {n} values, got {len(group)}")
    n_groups = int(group.max()) + 1
    n_clusters = int(cluster.max()) + 1
    cells, cell = np.unique(person * n_clusters + cluster, return_inverse=True)
    size = _weights(weight, n)
    random = np.random.default_rng(seed)
    draws: dict[str, list[float | None]] = {}
    for _ in range(n_resamples):
        drawn = np.bincount(random.integers(n_groups, size=n_groups), minlength=n_groups)
        times = drawn[group] if size is None else drawn[group] * size
        count = np.bincount(cell, weights=times, minlength=len(cells)).astype(np.int64)
        kept = count > 0
        table = _from_cells(cells[kept], count[kept], n_clusters)
        for name, value in _score(table).as_dict().items():
            draws.setdefault(name, []).append(value)
    edges = ((1 - level) / 2, 0.5, (1 + level) / 2)
    out: dict[str, Interval | None] = {}
    for name, centre in score(truth, predicted, weight).as_dict().items():
        if DEFINITIONS[name].better != "higher":
            continue
        known = [value for value in draws[name] if value is not None]
        if centre is None or len(known) < n_resamples:
            out[name] = None
            continue
        low, middle, high = (float(edge) for edge in np.quantile(known, edges))
        least = -1.0 if name == "ari" else 0.0
        out[name] = Interval(max(low - middle + centre, least), min(high - middle + centre, 1.0))
    return out


def _factor(labels: ArrayLike, name: str) -> tuple[NDArray[Any], _Int]:
    values = np.asarray(labels)
    if values.ndim != 1:
        raise DataError(f"{name} must have shape (N,), got {values.shape}")
    if values.dtype.kind == "f" and not bool(np.isfinite(values).all()):
        raise DataError(f"{name} must not hold NaN or infinity")
    names, code = np.unique(values, return_inverse=True)
    return names, code.astype(np.int64)


def _pair(person: _Int, cluster: _Int) -> tuple[_Int, _Int]:
    if len(person) != len(cluster):
        raise DataError(
            f"truth and predicted must have one length, got {len(person)} and {len(cluster)}"
        )
    if len(person) == 0:
        raise DataError("there are no samples to score")
    return person, cluster


def _codes(truth: ArrayLike, predicted: ArrayLike) -> tuple[_Int, _Int]:
    return _pair(_factor(truth, "truth")[1], _factor(predicted, "predicted")[1])


def _weights(weight: ArrayLike | None, n: int) -> _Int | None:
    if weight is None:
        return None
    values = np.asarray(weight)
    if values.shape != (n,) or values.dtype.kind not in "iu" or (values < 1).any():
        raise DataError(f"weight must be {n} whole numbers from 1")
    return values.astype(np.int64)


def _table(person: _Int, cluster: _Int, weight: _Int | None = None) -> Contingency:
    n_clusters = int(cluster.max()) + 1
    cells, cell = np.unique(person * n_clusters + cluster, return_inverse=True)
    count = np.bincount(cell, weights=weight)
    return _from_cells(cells, count.astype(np.int64), n_clusters)


def _from_cells(cells: _Int, count: _Int, n_clusters: int) -> Contingency:
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


def _pcr(table: Contingency) -> float:
    return len(table.cluster_size) / len(table.person_size)


def _wcp(table: Contingency) -> float:
    return int(table.largest.sum()) / table.n


def _operator_clicks(table: Contingency) -> int:
    return len(table.cluster_size) + table.n - int(table.largest.sum())


class _Information(NamedTuple):
    mutual: float
    truth: float
    predicted: float

    @property
    def homogeneity(self) -> float:
        return self.mutual / self.truth if self.truth > 0 else 1.0

    @property
    def completeness(self) -> float:
        return self.mutual / self.predicted if self.predicted > 0 else 1.0


def _entropy(sizes: _Int, n: int) -> float:
    if len(sizes) == 1:
        return 0.0
    share = sizes / n
    return float(-(share * np.log(share)).sum())


def _information(table: Contingency) -> _Information:
    n = table.n
    truth, predicted = _entropy(table.person_size, n), _entropy(table.cluster_size, n)
    if truth == 0 or predicted == 0:
        return _Information(0.0, truth, predicted)
    # Logarithms of whole numbers, not of products of shares: no rounding before the log.
    log_ratio = (
        np.log(table.count)
        + math.log(n)
        - np.log(table.person_size[table.person])
        - np.log(table.cluster_size[table.cluster])
    )
    mutual = float((table.count / n * log_ratio).sum())
    return _Information(min(max(mutual, 0.0), truth, predicted), truth, predicted)


def _nmi(information: _Information, average: Average) -> float:
    mutual, truth, predicted = information
    if truth == 0 and predicted == 0:
        return 1.0
    if average == "arithmetic":
        return 2 * mutual / (truth + predicted)
    return mutual / math.sqrt(truth * predicted) if truth > 0 and predicted > 0 else 0.0


def _v_measure(information: _Information) -> float:
    h, c = information.homogeneity, information.completeness
    return 2 * h * c / (h + c) if h + c > 0 else 0.0


class _Pairs(NamedTuple):
    """Unordered pairs of samples, as whole numbers without overflow."""

    together: int
    """In one cluster and one person."""
    wrong: int
    """In one cluster, two people."""
    missed: int
    """One person, two clusters."""
    apart: int


def _pair_counts(table: Contingency) -> _Pairs:
    def pairs(sizes: _Int) -> int:
        return int((sizes * (sizes - 1) // 2).sum())

    together = pairs(table.count)
    wrong = pairs(table.cluster_size) - together
    missed = pairs(table.person_size) - together
    return _Pairs(together, wrong, missed, math.comb(table.n, 2) - together - wrong - missed)


def _ari(pairs: _Pairs) -> float:
    tp, fp, fn, tn = pairs
    if fp == 0 and fn == 0:
        return 1.0
    return 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def _pairwise(pairs: _Pairs) -> PairScores:
    tp, fp, fn, _ = pairs
    return PairScores(
        tp / (tp + fp) if tp + fp else None,
        tp / (tp + fn) if tp + fn else None,
        2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
    )


def _bcubed(table: Contingency) -> PRF:
    square = table.count.astype(np.float64) ** 2
    precision = float((square / table.cluster_size[table.cluster]).sum()) / table.n
    recall = float((square / table.person_size[table.person]).sum()) / table.n
    return PRF(precision, recall, 2 * precision * recall / (precision + recall))


def _assign(table: Contingency) -> tuple[_Int, _Int]:
    """Person and cluster of each pair of the one-to-one assignment (see `assign`)."""
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n_people, n_clusters = len(table.person_size), len(table.cluster_size)
    precision = table.count / table.cluster_size[table.cluster]
    recall = table.count / table.person_size[table.person]
    # The tie-break sums to less than 1/2, so that it never outweighs one sample.
    weight = table.count + (precision + recall / math.sqrt(2)) / (4 * min(n_people, n_clusters))
    if n_people * n_clusters <= _DENSE_CELLS:
        dense = np.zeros((n_people, n_clusters))
        dense[table.person, table.cluster] = weight
        person, cluster = linear_sum_assignment(dense, maximize=True)
        taken = dense[person, cluster] > 0
        return person[taken].astype(np.int64), cluster[taken].astype(np.int64)
    # The solver's time grows with the square of its rows. Where a group of people and
    # clusters that touch has one person or one cluster, its best cell is the answer.
    size = n_people + n_clusters
    graph = csr_array(
        (np.ones(len(weight)), (table.person, n_people + table.cluster)), shape=(size, size)
    )
    n_parts, part = connected_components(graph, directed=False)
    star = np.bincount(part[:n_people], minlength=n_parts) == 1
    star |= np.bincount(part[n_people:], minlength=n_parts) == 1
    part_of_cell = part[table.person]
    order = np.lexsort((weight, part_of_cell))
    last = np.append(part_of_cell[order][1:] != part_of_cell[order][:-1], True)
    best = order[last & star[part_of_cell[order]]]
    rest = np.flatnonzero(~star[part_of_cell])
    if n_people <= n_clusters:
        person, cluster = _match(table.person[rest], table.cluster[rest], weight[rest])
    else:
        cluster, person = _match(table.cluster[rest], table.person[rest], weight[rest])
    return (
        np.concatenate([table.person[best], person]),
        np.concatenate([table.cluster[best], cluster]),
    )


def _match(row: _Int, column: _Int, weight: _Float) -> tuple[_Int, _Int]:
    """The one-to-one choice of cells with the largest sum of positive weights."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if len(row) == 0:
        return row, column
    rows, row = np.unique(row, return_inverse=True)
    columns, column = np.unique(column, return_inverse=True)
    # Each row may also take a column of its own, "nobody", at the price of its weight;
    # the 1 added to every edge keeps that an edge and changes no order.
    own = np.arange(len(rows))
    graph = csr_array(
        (
            np.concatenate([1 + weight, np.ones(len(rows))]),
            (np.concatenate([row, own]), np.concatenate([column, len(columns) + own])),
        ),
        shape=(len(rows), len(columns) + len(rows)),
    )
    chosen_row, chosen = min_weight_full_bipartite_matching(graph, maximize=True)
    real = chosen < len(columns)
    return rows[chosen_row[real]], columns[chosen[real]]


def _character(table: Contingency) -> PRF:
    person, cluster = _assign(table)
    n_clusters = len(table.cluster_size)
    # Cells are sorted by person, then cluster: find the cell of each assigned pair.
    cells = table.person * n_clusters + table.cluster
    shared: _Float = table.count[np.searchsorted(cells, person * n_clusters + cluster)].astype(
        np.float64
    )
    n_people = len(table.person_size)
    precision = float((shared / table.cluster_size[cluster]).sum()) / n_people
    recall = float((shared / table.person_size[person]).sum()) / n_people
    return PRF(precision, recall, 2 * precision * recall / (precision + recall))


def _score(table: Contingency) -> Scores:
    information = _information(table)
    pair_counts = _pair_counts(table)
    pair_scores = _pairwise(pair_counts)
    cubed = _bcubed(table)
    people = _character(table)
    return Scores(
        n_samples=table.n,
        n_true=len(table.person_size),
        n_predicted=len(table.cluster_size),
        pcr=_pcr(table),
        wcp=_wcp(table),
        nmi=_nmi(information, "arithmetic"),
        nmi_geometric=_nmi(information, "geometric"),
        homogeneity=information.homogeneity,
        completeness=information.completeness,
        v_measure=_v_measure(information),
        ari=_ari(pair_counts),
        pairwise_p=pair_scores.precision,
        pairwise_r=pair_scores.recall,
        pairwise_f=pair_scores.f,
        b3_p=cubed.precision,
        b3_r=cubed.recall,
        b3_f=cubed.f,
        cp=people.precision,
        cr=people.recall,
        cf=people.f,
        over_clustering=_pcr(table),
        operator_clicks=_operator_clicks(table),
    )
