"""The random field of JFRAC-like against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from vcn.equations.hmrf import (
    Field,
    energy,
    estimate,
    free_energy,
    mean_field,
    neighbour_weights,
    unary,
)


def problem(seed: int, alpha: float = 10.0) -> tuple[np.ndarray, Field]:
    """Seven tracks, three clusters: costs and pairwise terms."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 1.5, (3, 2))
    z = means[rng.integers(0, 3, 7)] + rng.normal(0, 0.7, (7, 2))
    apart = np.zeros((7, 7))
    for i, j in rng.integers(0, 7, (3, 2)):
        if i != j:
            apart[i, j] = apart[j, i] = alpha
    return unary(z, means, 0.5), Field(apart, neighbour_weights(z, 2))


def test_energy_by_hand() -> None:
    cost = np.array([[1.0, 2.0], [0.5, 3.0], [4.0, 0.25]])
    apart = np.zeros((3, 3))
    apart[0, 1] = apart[1, 0] = 10
    near = np.zeros((3, 3))
    near[1, 2] = near[2, 1] = 0.5
    assert energy(np.array([0, 0, 1]), cost, Field(apart, near)) == 1 + 0.5 + 0.25 + 10 + 0.5
    assert energy(np.array([1, 0, 0]), cost, Field(apart, near)) == 2 + 0.5 + 4


@pytest.mark.parametrize("seed", range(6))
def test_mean_field_finds_the_least_energy(seed: int) -> None:
    """Mean field is local: the best of some starts is the least of all 2,187 labellings."""
    cost, field = problem(seed)
    best = min(energy(np.array(labels), cost, field) for labels in product(range(3), repeat=7))
    rng = np.random.default_rng(seed)
    found = []
    for start in rng.dirichlet(np.ones(3), (40, 7)):
        q = mean_field(start, cost, field, 0.5, 1e-6, 500)
        np.testing.assert_allclose(q.sum(axis=1), 1)
        found.append(energy(q.argmax(axis=1), cost, field))
    assert min(found) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(6))
def test_every_sweep_lowers_the_free_energy(seed: int) -> None:
    cost, field = problem(seed)
    q = np.full((7, 3), 1 / 3)
    before = free_energy(q, cost, field)
    for _ in range(30):
        q = mean_field(q, cost, field, 0.5, 0.0, 1)
        after = free_energy(q, cost, field)
        assert after <= before + 1e-9
        before = after


@pytest.mark.parametrize("seed", range(6))
def test_a_large_alpha_breaks_no_cannot_link(seed: int) -> None:
    cost, field = problem(seed, alpha=1000.0)
    q = mean_field(np.eye(3)[cost.argmin(axis=1)] * 0.8 + 0.2 / 3, cost, field, 0.5, 1e-8, 500)
    labels = q.argmax(axis=1)
    assert not (field.apart > 0)[labels[:, None] == labels[None]].any()


def test_weights_of_mutual_neighbours() -> None:
    z = np.array([[0.0], [1.0], [3.0], [10.0]])
    weight = neighbour_weights(z, 1)
    # Only 0 and 1 are each other's nearest; the median nearest distance squared is 2.5.
    assert weight[0, 1] == weight[1, 0] == pytest.approx(np.exp(-1 / (2 * 2.5)))
    assert np.count_nonzero(weight) == 2
    assert neighbour_weights(z[:1], 5).tolist() == [[0.0]]


def test_estimate_is_weighted_means() -> None:
    z = np.array([[0.0, 0], [2, 0], [5, 1]])
    q = np.array([[1.0, 0], [0.5, 0.5], [0, 1]])
    means, variance = estimate(z, q)
    np.testing.assert_allclose(means, [[1 / 1.5, 0], [6 / 1.5, 1 / 1.5]])
    by_hand = sum(q[i, k] * ((z[i] - means[k]) ** 2).sum() for i in range(3) for k in range(2)) / 3
    assert variance == pytest.approx(by_hand)
