"""VideoClusterNet supplement Eq. 1."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.mad import mad_threshold


def test_by_hand() -> None:
    # mean 4, median 3, deviations 2 1 0 1 6 -> median 1
    scores = np.array([1, 2, 3, 4, 10], np.float32)
    assert mad_threshold(scores) == pytest.approx(4 - 2.7 * 1.4826)
    assert mad_threshold(scores, 1.0) == pytest.approx(4 - 1.4826)


def test_a_gaussian_loses_about_a_third_of_a_percent() -> None:
    # 2.7 scaled deviations below the mean: Phi(-2.7) = 0.35 %.
    scores = np.random.default_rng(0).normal(0.7, 0.02, 100_000).astype(np.float32)
    assert (scores < mad_threshold(scores)).mean() == pytest.approx(0.0035, abs=0.001)


def test_equal_scores_and_no_scores_reject_nothing() -> None:
    same = np.full(5, 0.5, np.float32)
    assert not (same < mad_threshold(same)).any()
    assert mad_threshold(np.zeros(0, np.float32)) == float("-inf")
