"""Pairs that have something in common say less together than as many independent ones."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.design_effect import (
    correlation_between_people,
    effective_pairs,
    intraclass_correlation,
)


@pytest.mark.parametrize("rho", [0.2, 0.7])
def test_a_mean_of_correlated_values_varies_so_much(rho: float) -> None:
    rng = np.random.default_rng(0)
    common, own = rng.normal(size=(20000, 1)), rng.normal(size=(20000, 6))
    values = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
    worth = effective_pairs(np.array([6.0]), rho)[0]
    assert values.mean(axis=1).var() == pytest.approx(1 / worth, rel=0.03)


def test_one_pair_is_worth_one_and_many_no_more_than_the_reciprocal() -> None:
    worth = effective_pairs(np.array([1.0, 2.0, 1e9]), 0.5)
    np.testing.assert_allclose(worth, [1, 4 / 3, 2])
    assert (effective_pairs(np.arange(1.0, 9), 1.0) == 1).all()


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
def test_it_is_found_again(rho: float) -> None:
    rng = np.random.default_rng(1)
    sizes = rng.integers(1, 9, 3000)
    values = [
        np.sqrt(rho) * rng.normal() + np.sqrt(1 - rho) * rng.normal(size=size) for size in sizes
    ]
    found = intraclass_correlation(
        np.array([v.sum() for v in values]),
        np.array([(v**2).sum() for v in values]),
        sizes.astype(float),
    )
    assert found == pytest.approx(rho, abs=0.03)


def test_between_people_by_hand() -> None:
    # Three people of two tracks each: the four pairs of two people are equal.
    between = np.array([[0, 1, 2], [1, 0, 4], [2, 4, 0]], np.float32)
    values = np.kron(between, np.ones((2, 2), np.float32))
    labels = np.repeat(np.arange(3), 2)
    assert correlation_between_people(values, labels) == pytest.approx(1)
    lone = np.array([0, 1, 2])
    assert correlation_between_people(between, lone) is None  # one pair of each two people
    assert correlation_between_people(values, np.zeros(6, np.int64)) is None
    assert correlation_between_people(values, np.full(6, -1)) is None
