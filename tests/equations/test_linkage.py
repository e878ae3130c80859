"""Average linkage against scipy's, and with pairs that may not merge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from vcn.equations.linkage import average_linkage
from vcn.scores import score
from vcn.types import Float64Array


def losses(n: int, seed: int) -> Float64Array:
    half = np.random.default_rng(seed).random((n, n))
    out = half + half.T
    np.fill_diagonal(out, 0)
    return out


@pytest.mark.parametrize("seed", range(5))
def test_equals_scipy(seed: int) -> None:
    loss = losses(30, seed)
    tree = average_linkage(loss)
    oracle = linkage(squareform(loss), "average")
    np.testing.assert_allclose(tree.loss, oracle[:, 2], atol=1e-12)
    for k in (2, 5, 12, 29):
        ours, theirs = tree.labels(30 - k), fcluster(oracle, k, "maxclust")
        assert score(theirs, ours).b3_f == pytest.approx(1)


def test_forbidden_pairs_never_share_a_cluster() -> None:
    loss = losses(12, 0)
    forbidden = np.zeros((12, 12), np.bool_)
    for a, b in ((0, 1), (2, 7), (0, 5)):
        forbidden[a, b] = forbidden[b, a] = True
    tree = average_linkage(loss, forbidden)
    name = tree.labels(len(tree.first))
    assert all(name[a] != name[b] for a, b in zip(*np.nonzero(forbidden), strict=True))
    assert np.isfinite(tree.loss).all()
    assert len(np.unique(name)) == 2  # everything that may merge has merged


def test_the_diagonal_is_not_read() -> None:
    loss = losses(9, 1)
    other = loss.copy()
    np.fill_diagonal(other, -7)
    np.testing.assert_array_equal(average_linkage(loss).first, average_linkage(other).first)


def test_ties_and_order() -> None:
    tree = average_linkage(np.ones((4, 4)))
    assert tree.first.tolist() == [0, 0, 0]
    assert tree.second.tolist() == [1, 2, 3]
    loss = losses(10, 2)
    order = np.random.default_rng(0).permutation(10)
    whole = average_linkage(loss).labels(6)
    shuffled = average_linkage(loss[np.ix_(order, order)]).labels(6)
    assert score(whole[order], shuffled).b3_f == pytest.approx(1)


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_merge(n: int) -> None:
    tree = average_linkage(np.zeros((n, n)))
    assert len(tree.first) == 0
    assert tree.labels(0).tolist() == list(range(n))


def test_larger_groups_may_be_surer() -> None:
    # Two pairs and a lone item: the mean of the four pairs between the groups says 1, as the lone
    # item says of the first group, but four pairs count for more than two.
    loss = np.full((5, 5), 1.0)
    loss[0, 1] = loss[1, 0] = loss[2, 3] = loss[3, 2] = 0.0
    tree = average_linkage(loss, joint=lambda mean, pairs: mean / pairs, limit=0.3)
    assert list(zip(tree.first, tree.second, tree.loss, strict=True)) == [
        (0, 1, 0.0),
        (2, 3, 0.0),
        (0, 2, 0.25),
        (0, 4, 0.25),
    ]
    assert len(average_linkage(loss, limit=0.5).first) == 2
