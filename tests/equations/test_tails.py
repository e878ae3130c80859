"""How heavy tails are: what made-up values were drawn with is found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vcn.equations.tails import freedom_of_tails


@pytest.mark.parametrize("freedom", [3.0, 8.0])
def test_it_is_found_again(freedom: float) -> None:
    values = stats.t.rvs(freedom, -2.0, 0.3, size=20_000, random_state=0)
    ones = np.ones(len(values))
    assert freedom_of_tails(values, ones, 5.0, 1.0) == pytest.approx(freedom, rel=0.1)


def test_it_is_that_of_scipy() -> None:
    values = stats.t.rvs(3.0, -2.0, 0.3, size=5000, random_state=0)
    got = freedom_of_tails(values, np.ones(len(values)), 5.0, 1e-9)
    assert got == pytest.approx(stats.t.fit(values)[0], rel=0.03)


def test_what_is_known_before_counts_as_so_many_pairs() -> None:
    normal = np.random.default_rng(1).normal(size=2000)
    ones = np.ones(len(normal))
    few, even, many = (freedom_of_tails(normal, ones, 5.0, before) for before in (10, 2000, 1e6))
    assert few > 3 * even > 0
    assert 6 < even < 20
    assert many == pytest.approx(5, abs=0.1)
    assert freedom_of_tails(normal, ones * 1e-4, 5.0, 2000) == pytest.approx(5, abs=0.1)


def test_a_few_strangers_who_look_alike_are_heavy_tails() -> None:
    values = np.random.default_rng(2).normal(size=5000)
    alone = freedom_of_tails(values, np.ones(5000), 5.0, 100)
    values[:25] -= 5
    assert freedom_of_tails(values, np.ones(5000), 5.0, 100) < alone / 3


def test_nothing_to_learn_from() -> None:
    assert freedom_of_tails(np.zeros(0), np.zeros(0), 5.0, 100) == 5
    assert freedom_of_tails(np.ones(3), np.ones(3), 5.0, 100) == 5
    assert freedom_of_tails(np.array([0.0, 1.0]), np.ones(2), 5.0, 1e4) == pytest.approx(5, abs=0.1)
