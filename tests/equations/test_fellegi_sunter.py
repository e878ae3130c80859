"""Weights of levels by hand, and the EM against the package recordlinkage."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from vcn.equations.fellegi_sunter import em_binary, level_weights


def test_by_hand() -> None:
    level = np.array([0, 0, 0, 1, 1, 1])
    posterior = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    got = level_weights(level, posterior, np.ones(6), np.array([0.5, 0.5]), 0.0)
    assert got == pytest.approx([np.log((2 / 3) / (1 / 3)), np.log((1 / 3) / (2 / 3))])


def test_pairs_that_count_nothing_leave_the_prior() -> None:
    level, posterior = np.array([0, 0, 1, 1]), np.array([1.0, 0.0, 1.0, 0.0])
    prior = np.array([0.8, 0.2])
    got = level_weights(level, posterior, np.zeros(4), prior, 5.0)
    assert got == pytest.approx([np.log(0.8 / 0.5), np.log(0.2 / 0.5)])


def test_less_alike_never_speaks_more() -> None:
    rng = np.random.default_rng(0)
    level, posterior = rng.integers(0, 6, 50), rng.random(50)
    got = level_weights(level, posterior, np.ones(50), np.full(6, 1 / 6), 1.0)
    assert (np.diff(got) <= 1e-12).all()


def test_em_is_that_of_recordlinkage() -> None:
    """The same m, u and base rate as its ECM classifier, from the same comparisons."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import recordlinkage

    rng = np.random.default_rng(1)
    match = rng.random(3000) < 0.2
    m, u = np.array([0.9, 0.8, 0.7]), np.array([0.1, 0.3, 0.2])
    agree = (rng.random((3000, 3)) < np.where(match[:, None], m, u)).astype(np.int64)
    frame = pd.DataFrame(agree, columns=["a", "b", "c"])
    frame.index = pd.MultiIndex.from_arrays([np.arange(3000), np.arange(3000)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = recordlinkage.ECMClassifier(max_iter=500, atol=1e-10)
        oracle.fit(frame)
    start = np.full(3, 0.9), np.full(3, 0.1)
    got_m, got_u, rate = em_binary(agree, *start, 0.1, 3000)
    assert got_m == pytest.approx([oracle.m_probs[c][1] for c in "abc"], abs=2e-3)
    assert got_u == pytest.approx([oracle.u_probs[c][1] for c in "abc"], abs=2e-3)
    assert rate == pytest.approx(oracle.p, abs=2e-3)
