"""Verification against scikit-learn, by hand, and what is no verification."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.errors import DataError
from vcn.scores.verification import pairs_of, roc


def test_by_hand() -> None:
    # one two | one (tie) two | one
    curve = roc([0.1, 0.2, 0.3, 0.3, 0.4], [True, False, True, False, True])
    assert curve.tpr.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 1])
    assert curve.fpr.tolist() == [0, 0, 0.5, 1, 1]
    assert curve.threshold.tolist() == [-np.inf, 0.1, 0.2, 0.3, 0.4]
    assert curve.tpr_at(0) == pytest.approx(1 / 3)
    assert curve.tpr_at(0.6) == pytest.approx(1 / 3)
    assert curve.tpr_at(1) == 1
    assert curve.auc == pytest.approx((1 + 0 + 1 + 0.5 + 0 + 0) / 6)


@pytest.mark.parametrize("seed", range(3))
def test_equals_sklearn(seed: int) -> None:
    from sklearn.metrics import roc_auc_score, roc_curve

    rng = np.random.default_rng(seed)
    same = rng.random(300) < 0.3
    distance = np.round(rng.normal(size=300) - same, 1)  # many ties
    fpr, tpr, _ = roc_curve(same, -distance, drop_intermediate=False)
    curve = roc(distance, same)
    np.testing.assert_allclose(curve.fpr, fpr)
    np.testing.assert_allclose(curve.tpr, tpr)
    assert curve.auc == pytest.approx(roc_auc_score(same, -distance))
    assert curve.tpr_at(0.1) == tpr[fpr <= 0.1].max()


def test_pairs() -> None:
    distance, same = pairs_of([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]], ["a", "b", "a"])
    assert distance.tolist() == pytest.approx([5, 1, np.sqrt(18)])
    assert same.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("distance", "same"),
    [([1.0], [True]), ([1.0, 2.0], [False, False]), ([np.nan, 1.0], [True, False]), ([1.0], [])],
)
def test_what_is_no_verification(distance: list[float], same: list[bool]) -> None:
    with pytest.raises(DataError):
        roc(distance, same)
