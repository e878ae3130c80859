"""Linkage after a change is linkage from the beginning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vcn.equations.design_effect import effective_pairs
from vcn.equations.linkage import average_linkage
from vcn.equations.relinkage import relinkage
from vcn.types import Float64Array, IntArray

SURE = 1e9
Joint = Callable[[Float64Array, Float64Array], Float64Array]


def film(n: int, seed: int) -> Float64Array:
    """Minus the log-odds of tracks of some people."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, max(2, n // 6), n)
    odds = np.where(truth[:, None] == truth, 3.0, -4.0) + 3 * rng.normal(size=(n, n))
    loss: Float64Array = -(odds + odds.T) / 2
    return loss


def all_together(mean: Float64Array, pairs: Float64Array) -> Float64Array:
    return 3 + (mean - 3) * effective_pairs(pairs, 0.2)


def changed(loss: Float64Array, seed: int) -> tuple[Float64Array, IntArray]:
    """Some answers: pairs that are one person for certain, or two, and some that are neither."""
    rng = np.random.default_rng(seed)
    after = loss.copy()
    pairs = int(rng.integers(1, min(4, len(loss) // 2 + 1)))
    items = rng.permutation(len(loss))[: 2 * pairs]
    for a, b in items.reshape(-1, 2).tolist():
        after[a, b] = after[b, a] = rng.choice([-SURE, SURE, rng.normal()])
    return after, items


@pytest.mark.parametrize("joint", [None, all_together], ids=["mean", "all pairs together"])
@pytest.mark.parametrize("limit", [0.0, np.inf])
def test_it_is_linkage_from_the_beginning(joint: Joint | None, limit: float) -> None:
    for seed in range(60):
        loss = film(int(np.random.default_rng(seed).integers(2, 40)), seed)
        tree = average_linkage(loss, joint=joint, limit=limit)
        for answer in range(4):
            loss, items = changed(loss, 100 * seed + answer)
            tree = relinkage(loss, tree, items, joint, limit)
            whole = average_linkage(loss, joint=joint, limit=limit)
            np.testing.assert_array_equal(tree.first, whole.first)
            np.testing.assert_array_equal(tree.second, whole.second)
            np.testing.assert_allclose(tree.loss, whole.loss, rtol=1e-9, atol=1e-6)


def test_nothing_changed() -> None:
    loss = film(30, 0)
    before = average_linkage(loss, limit=0.0)
    after = relinkage(loss, before, np.empty(0, np.int64), None, 0.0)
    np.testing.assert_array_equal(after.first, before.first)
    np.testing.assert_array_equal(after.loss, before.loss)
    assert relinkage(loss[:1, :1], average_linkage(loss[:1, :1]), np.empty(0, np.int64)).n == 1


def test_equal_losses_go_as_from_the_beginning() -> None:
    loss = np.ones((6, 6))
    before = average_linkage(loss)
    loss[2, 4] = loss[4, 2] = 0.5
    after, whole = relinkage(loss, before, np.array([2, 4])), average_linkage(loss)
    assert after.first.tolist() == whole.first.tolist()
    assert after.second.tolist() == whole.second.tolist()
