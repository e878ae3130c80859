"""How heavy the tails of strangers' distances are, from pairs that are certainly two people.

What one pair of faces can say for one person is bounded by how often strangers come as near:
with Student's t of few degrees of freedom by little. Degrees of freedom by maximum likelihood,
location and scale by reweighting (Lange, Little and Taylor 1989, "Robust Statistical Modeling
Using the t Distribution", JASA 84). What is known before counts as so many more pairs, that lie
as its quantiles do.
"""

from __future__ import annotations

import numpy as np

from vcn.equations.pair_mixture import log_student
from vcn.types import Float64Array

_MOST = 200.0
"""Degrees of freedom; more are a normal distribution."""
_PLACES = 999
"""Quantiles for what is known before."""
_CLOSE = 1e-6
_STEPS = 100


def freedom_of_tails(
    values: Float64Array, weight: Float64Array, before: float, before_pairs: float
) -> float:
    """Degrees of freedom of Student's t.

    Args:
        values: (M,) whose location and scale are their own.
        weight: (M,) what each counts for.
        before: Degrees of freedom that are expected.
        before_pairs: What these count for.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import stdtrit

    total = float(weight.sum())
    if total <= 0:
        return before
    centre = float(np.average(values, weights=weight))
    spread = float(np.sqrt(np.average((values - centre) ** 2, weights=weight)))
    if spread == 0:
        return before
    places = stdtrit(before, (np.arange(_PLACES) + 0.5) / _PLACES)
    known = np.concatenate(((values - centre) / spread, places / places.std()))
    counts = np.concatenate((weight, np.full(_PLACES, before_pairs / _PLACES)))

    def loss(logarithm: float) -> float:
        freedom = float(np.exp(logarithm))
        location, scale = _location_and_scale(known, counts, freedom)
        return -float(counts @ log_student(known - location, scale, freedom))

    found = minimize_scalar(loss, bounds=(0.0, float(np.log(_MOST))), method="bounded")
    return float(np.exp(found.x))


def _location_and_scale(
    values: Float64Array, weight: Float64Array, freedom: float
) -> tuple[float, float]:
    location, scale, total = 0.0, 1.0, weight.sum()
    for _ in range(_STEPS):
        apart = values - location
        robust = weight * (freedom + 1) / (freedom + (apart / scale) ** 2)
        before = scale
        location = float(robust @ values / robust.sum())
        scale = float(np.sqrt(robust @ (values - location) ** 2 / total))
        if abs(scale - before) < _CLOSE:
            break
    return location, scale
