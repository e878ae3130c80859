"""Odds between tracks from their directions, where a result brought none of its own."""

from __future__ import annotations

import numpy as np

from vcn.types import UNKNOWN, Float64Array, FloatArray, IntArray

_ROUNDS = 50
_MOST = 400_000
"""Pairs that the curve is fitted to."""


def odds_of_directions(directions: FloatArray, labels: IntArray) -> Float64Array:
    """(T, T) natural-log odds that two tracks are one person.

    A logistic curve of the cosine, fitted to the pairs of the present result: what the
    clusterer took for one person and what it did not. It knows no more than the result, but
    it tells near misses from clear cases, which is what questions need.

    Args:
        directions: (T, D) of length 1, or 0 for a track without a face that can be used.
        labels: (T,) present people; -1 takes no part in the fit.
    """
    cosine = directions.astype(np.float64) @ directions.T
    known = np.flatnonzero((labels != UNKNOWN) & (directions != 0).any(axis=1))
    a, b = np.triu_indices(len(known), 1)
    if len(a) > _MOST:
        chosen = np.linspace(0, len(a) - 1, _MOST).astype(np.int64)
        a, b = a[chosen], b[chosen]
    x = cosine[known[a], known[b]]
    same = (labels[known[a]] == labels[known[b]]).astype(np.float64)
    if len(x) == 0 or not 0 < same.mean() < 1:
        return _curve(cosine, 10.0, 0.5)
    return _curve(cosine, *_logistic(x, same))


def _curve(cosine: Float64Array, slope: float, middle: float) -> Float64Array:
    odds = np.clip(slope * (cosine - middle), -12, 12)
    np.fill_diagonal(odds, 12)
    return odds


def _logistic(x: Float64Array, same: Float64Array) -> tuple[float, float]:
    """Slope and middle of a logistic curve, both classes counting alike (Newton's method)."""
    weight = np.where(same > 0, 0.5 / same.sum(), 0.5 / (1 - same).sum())
    design = np.stack([x - x.mean(), np.ones_like(x)], axis=1)
    beta = np.zeros(2)
    ridge = np.diag([1e-4, 1e-6])  # classes that do not overlap have no finite slope
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -50, 50)))
        gradient = design.T @ (weight * (same - p)) - ridge @ beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    slope = max(float(beta[0]), 1.0)
    return slope, float(x.mean() - beta[1] / slope)
