"""Bootstrap intervals of the scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vcn.errors import DataError
from vcn.scores.definitions import DEFINITIONS
from vcn.scores.overall import score, score_of
from vcn.scores.table import codes, factor, from_cells, weights


class Interval(NamedTuple):
    """A bootstrap interval."""

    low: float
    high: float


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
    person, cluster = codes(truth, predicted)
    n = len(person)
    group = np.arange(n) if groups is None else factor(groups, "groups")[1]
    if len(group) != n:
        raise DataError(f"groups must have {n} values, got {len(group)}")
    n_groups = int(group.max()) + 1
    n_clusters = int(cluster.max()) + 1
    cells, cell = np.unique(person * n_clusters + cluster, return_inverse=True)
    size = weights(weight, n)
    random = np.random.default_rng(seed)
    draws: dict[str, list[float | None]] = {}
    for _ in range(n_resamples):
        drawn = np.bincount(random.integers(n_groups, size=n_groups), minlength=n_groups)
        times = drawn[group] if size is None else drawn[group] * size
        count = np.bincount(cell, weights=times, minlength=len(cells)).astype(np.int64)
        kept = count > 0
        table = from_cells(cells[kept], count[kept], n_clusters)
        for name, value in score_of(table).as_dict().items():
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
