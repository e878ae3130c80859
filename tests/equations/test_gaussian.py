"""VideoClusterNet Eq. 3 in log density."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vcn.equations.gaussian import log_density, match_threshold


def test_by_scipy() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 5))
    covariance = root @ root.T + 0.1 * np.eye(5)
    mean, points = rng.normal(size=5), rng.normal(size=(7, 5))
    np.testing.assert_allclose(
        log_density(points, mean, covariance),
        multivariate_normal(mean, covariance).logpdf(points),
        atol=1e-9,
    )
    diagonal = np.diag(covariance)
    np.testing.assert_allclose(
        log_density(points, mean, diagonal),
        log_density(points, mean, np.diag(diagonal)),
        atol=1e-9,
    )


def test_standard_normal_at_its_mean_by_hand() -> None:
    assert log_density(np.zeros(2), np.zeros(2), np.ones(2)) == pytest.approx(-np.log(2 * np.pi))


def test_512_dimensions_do_not_underflow() -> None:
    value = log_density(np.full(512, 3.0), np.zeros(512), np.full(512, 1e-3))
    assert np.isfinite(value)
    assert np.exp(value) == 0  # the density itself does


def test_threshold_by_hand() -> None:
    own = np.array([-1.0, -8.0, -2.0, -4.0, -3.0, -5.0, -6.0, -7.0])
    assert match_threshold(own) == -7.5  # the lowest 25 % of 8 are -8 and -7
    assert match_threshold(np.array([-3.0])) == -3
    assert match_threshold(own, share=0.4) == -7
