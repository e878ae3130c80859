"""The scores and counts of an evaluation in words: the same on a terminal and on a page."""

from __future__ import annotations

from vcn.evaluate.film import FilmEvaluation
from vcn.evaluate.samples import ScoreTable
from vcn.evaluate.screentime import PersonTime
from vcn.evaluate.verification import Verification
from vcn.scores import DEFINITIONS
from vcn.types import UNKNOWN

SHORT = {
    "n_samples": "samples",
    "n_true": "true people",
    "n_predicted": "clusters",
    "b3_f": "B-cubed F",
    "b3_p": "  precision",
    "b3_r": "  recall",
    "wcp": "purity, WCP",
    "nmi": "NMI, arithmetic",
    "nmi_geometric": "  geometric",
    "homogeneity": "homogeneity",
    "completeness": "completeness",
    "v_measure": "V-measure",
    "ari": "adjusted Rand",
    "pairwise_f": "pairwise F",
    "pairwise_p": "  precision",
    "pairwise_r": "  recall",
    "cf": "character F",
    "cp": "  precision",
    "cr": "  recall",
    "over_clustering": "over-clustering",
    "operator_clicks": "operator clicks",
}
"""Names of scores that fit into a narrow column."""
SHOWN = tuple(name for name in SHORT if not name.startswith("n_"))
"""Scores in the order in which people read them."""
MAIN = ("b3_f", "wcp", "nmi", "cf")
"""Scores that stand out."""


def title(name: str, table: ScoreTable) -> str:
    """The name of a score; purity never without the number of clusters."""
    return with_clusters(DEFINITIONS[name].title, name, table)


def with_clusters(text: str, name: str, table: ScoreTable) -> str:
    """The name of a score in other words; purity never without the number of clusters."""
    if name != "wcp" or table.scores is None:
        return text
    return f"{text} ({plural(table.scores.n_predicted, 'cluster')})"


def number(table: ScoreTable, name: str) -> str:
    """A score as text."""
    value = table.value(name)
    if value is None:
        return "undefined"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def interval(table: ScoreTable, name: str) -> str:
    """The interval of a score as text; empty where it has none."""
    edges = table.intervals.get(name)
    return "" if edges is None else f"{edges.low:.3f}-{edges.high:.3f}"


def share(value: float | None) -> str:
    """A share in percent."""
    return "undefined" if value is None else f"{100 * value:.1f} %"


def plural(n: int, one: str, several: str = "") -> str:
    """A number with its noun."""
    return f"{n} {one}" if n == 1 else f"{n} {several or one + 's'}"


def people_counts(film: FilmEvaluation) -> str:
    """How many people were found for how many: all, and those that labels can tell about.

    The two numbers of the first half may agree by accident, where people without a track
    and clusters without a label are as many.
    """
    true, seen, labelled = len(film.identities), film.n_seen, film.n_labelled
    ratio = "" if film.pcr is None else f" (ratio {film.pcr:.2f})"
    text = f"{plural(film.n_people, 'person', 'people')} found, {true} in the truth{ratio}"
    if seen is None or labelled is None or (seen == true and labelled == film.n_people):
        return text
    parts = []
    if seen < true:
        missed = true - seen
        parts.append(f"{missed} of the truth {'has' if missed == 1 else 'have'} no track")
    if labelled < film.n_people:
        silent = film.n_people - labelled
        parts.append(f"{plural(silent, 'cluster')} {'holds' if silent == 1 else 'hold'} no label")
    text += f"; on labelled tracks {plural(labelled, 'cluster')} for {seen}"
    return f"{text} ({', '.join(parts)})"


def percent(row: PersonTime) -> str:
    """The error of screen time in percent of the true one."""
    return "undefined" if row.error_percent is None else f"{row.error_percent:+.0f} %"


def cluster_name(film: FilmEvaluation, person: int) -> str:
    """What a cluster is called."""
    return "unknown" if person == UNKNOWN else film.film.names[person]


def mean_text(name: str, value: float | None) -> str:
    """The mean of a score over films."""
    if value is None:
        return "undefined"
    return f"{value:.1f}" if DEFINITIONS[name].better == "lower" else f"{value:.3f}"


def verification_text(found: Verification) -> str:
    """One line: how well features tell pairs of tracks apart."""
    rates = ", ".join(f"{tpr:.1%} at FPR {fpr:g}" for fpr, tpr in found.rates)
    return (
        f"verification: TPR {rates}; AUC {found.curve.auc:.3f} "
        f"({plural(found.n_same, 'pair')} of one person, {found.n_different} of two)"
    )
