"""The odds that two neighbouring crops of a track are two people."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.changes import Kinds, apart, fit_changes

KINDS = Kinds(
    same_mean=np.sqrt([0.14, 0.05]),
    same_deviation=np.array([0.09, 0.16]),
    change_mean=np.sqrt([0.4, 0.6]),
    change_deviation=np.array([0.05, 0.17]),
    weight=10.0,
    changes=1.0,
    neighbours=50.0,
)


def film(
    n_same: int, n_change: int, distance: float, deviation: float, seed: int = 0
) -> np.ndarray:
    """Neighbours of one face, then of two, as the roots of d and u."""
    rng = np.random.default_rng(seed)
    same = np.sqrt([distance, 0.05]) + rng.normal(0, 1, (n_same, 2)) * (deviation, 0.08)
    change = np.sqrt([0.4, 0.6]) + rng.normal(0, 1, (n_change, 2)) * (0.03, 0.1)
    return np.concatenate([same, change])


def test_before_anything_is_seen_the_prior_speaks() -> None:
    found = fit_changes(np.empty((0, 2)), KINDS)
    np.testing.assert_allclose(found.mean, KINDS.same_mean)
    np.testing.assert_allclose(found.covariance, np.diag(KINDS.same_deviation**2))
    assert found.share == pytest.approx(1 / 50)
    # By hand, at the middle of changes: both densities without their common factor 2 pi.
    z = (KINDS.change_mean - KINDS.same_mean) / KINDS.same_deviation
    one = 49 / 50 * np.exp(-0.5 * (z**2).sum()) / KINDS.same_deviation.prod()
    two = 1 / 50 / KINDS.change_deviation.prod()
    odds = found.log_odds(KINDS.change_mean[None])
    np.testing.assert_allclose(odds, [np.log(two / one)], rtol=1e-12)


def test_changes_are_found_and_counted() -> None:
    seen = film(300, 12, 0.08, 0.05)
    odds = fit_changes(seen, KINDS)
    assert (odds.log_odds(seen[300:]) > 0).all()
    assert (odds.log_odds(seen[:300]) < 0).all()
    assert odds.share == pytest.approx(13 / 362, rel=0.05)


def test_the_same_distance_means_less_in_a_film_where_faces_vary() -> None:
    doubtful = np.sqrt([[0.3, 0.12]])
    calm = fit_changes(film(200, 0, 0.06, 0.04), KINDS).log_odds(doubtful)
    restless = fit_changes(film(200, 0, 0.2, 0.1), KINDS).log_odds(doubtful)
    assert calm[0] > 0 > restless[0]


def test_a_film_that_is_nothing_but_changes() -> None:
    seen = film(0, 40, 0.1, 0.1)
    found = fit_changes(seen, KINDS)
    assert (found.log_odds(seen) > 0).mean() > 0.95


def test_farther_than_strangers_is_no_less_a_change() -> None:
    found = fit_changes(film(100, 3, 0.1, 0.08), KINDS)
    distances = np.sqrt(np.linspace(0.3, 1.2, 20))
    odds = found.log_odds(np.stack([distances, np.full(20, np.sqrt(0.6))], axis=1))
    assert (np.diff(odds) > 0).all()


def test_order_does_not_matter() -> None:
    seen = film(50, 4, 0.1, 0.06)
    there, back = fit_changes(seen, KINDS), fit_changes(seen[::-1], KINDS)
    np.testing.assert_allclose(there.mean, back.mean)
    np.testing.assert_allclose(there.covariance, back.covariance)


def test_apart_by_hand() -> None:
    east, north = np.array([[2.0, 0.0]]), np.array([[0.0, 3.0], [0.0, 1.0]])
    assert apart(east, 5 * east) == pytest.approx(0)
    assert apart(east, north) == pytest.approx(1)
    assert apart(east, np.concatenate([east, 2 * north[1:]])) == pytest.approx(
        np.sqrt(1 - np.sqrt(0.5))
    )
    assert apart(0 * east, north) == 1.0
