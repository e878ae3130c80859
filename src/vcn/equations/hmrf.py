"""The random field of JFRAC-like: face clustering as labelling (after Wu et al. 2013).

E(y) = sum_i |z_i - mu_{y_i}|^2 / (2 s^2)
     + alpha sum_{cannot-linked i, j} [y_i = y_j]
     + beta sum_{mutual neighbours i, j} w_ij [y_i != y_j]

with one variance s^2 for all clusters. The energy of JFRAC itself (Zhang et al. 2016) was not
at hand: this one is our choice, in its spirit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.types import Float64Array, IntArray

_LEAST = 1e-6
"""Variance below which clusters are points."""


@dataclass(frozen=True, slots=True)
class Field:
    """The pairwise terms over R tracks."""

    apart: Float64Array
    """(R, R) alpha where two tracks cannot be one person, else 0."""
    near: Float64Array
    """(R, R) beta w_ij where two tracks are mutual neighbours, else 0."""


def neighbour_weights(z: Float64Array, n_neighbours: int) -> Float64Array:
    """JFRAC-like: w_ij = exp(-|z_i - z_j|^2 / (2 q^2)) of mutual neighbours, else 0.

    Args:
        z: (R, H).
        n_neighbours: Two tracks are neighbours that are among each other's so many nearest.

    Returns:
        (R, R); q is the median distance to the nearest neighbour.
    """
    n = len(z)
    if n < 2:
        return np.zeros((n, n))
    squared = ((z[:, None] - z[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    k = min(n_neighbours, n - 1)
    among = np.zeros((n, n), np.bool_)
    np.put_along_axis(among, np.argsort(squared, axis=1, kind="stable")[:, :k], True, axis=1)
    q2 = max(float(np.median(squared.min(axis=1))), _LEAST)
    return np.where(among & among.T, np.exp(-squared / (2 * q2)), 0.0)


def unary(z: Float64Array, means: Float64Array, variance: float) -> Float64Array:
    """(R, K) JFRAC-like: |z_i - mu_k|^2 / (2 s^2)."""
    squared = ((z[:, None] - means[None]) ** 2).sum(axis=2)
    return np.asarray(squared / (2 * max(variance, _LEAST)))


def energy(labels: IntArray, cost: Float64Array, field: Field) -> float:
    """JFRAC-like: E of a labelling, given its (R, K) unary cost."""
    same = labels[:, None] == labels[None]
    pairs = np.where(same, field.apart, field.near)
    return float(cost[np.arange(len(labels)), labels].sum() + np.triu(pairs, 1).sum())


def free_energy(q: Float64Array, cost: Float64Array, field: Field) -> float:
    """Mean energy under the posteriors q (R, K) less their entropy: what sweeps lower."""
    same = q @ q.T
    pairs = np.triu(field.apart * same + field.near * (1 - same), 1).sum()
    entropy = -(q * np.log(np.where(q > 0, q, 1.0))).sum()
    return float((q * cost).sum() + pairs - entropy)


def mean_field(
    q: Float64Array,
    cost: Float64Array,
    field: Field,
    damping: float,
    tolerance: float,
    sweeps: int,
) -> Float64Array:
    """JFRAC-like: posteriors by mean field, one track after the other.

    Args:
        q: (R, K) where to start.
        cost: (R, K) unary.
        field: Pairwise terms.
        damping: Share of a posterior that stays.
        tolerance: Largest change that ends it.
        sweeps: At most so many.

    Returns:
        (R, K) rows that sum to 1.
    """
    q = q.copy()
    linked = [np.flatnonzero(row) for row in field.apart + field.near]
    for _ in range(sweeps):
        largest = 0.0
        for i, others in enumerate(linked):
            score = -cost[i]
            if len(others):
                score = score - (field.apart[i, others] - field.near[i, others]) @ q[others]
            new = np.exp(score - score.max())
            new = damping * q[i] + (1 - damping) * new / new.sum()
            largest = max(largest, float(np.abs(new - q[i]).max()))
            q[i] = new
        if largest < tolerance:
            break
    return q


def estimate(z: Float64Array, q: Float64Array) -> tuple[Float64Array, float]:
    """JFRAC-like, M-step: (K, H) cluster means and the one variance, weighed by posteriors."""
    weight = q.sum(axis=0)
    means = (q.T @ z) / np.maximum(weight, 1e-12)[:, None]
    squared = ((z[:, None] - means[None]) ** 2).sum(axis=2)
    return means, float((q * squared).sum() / max(len(z), 1))
