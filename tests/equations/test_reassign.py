"""Reassignment after a greedy merge."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.reassign import reassign
from vcn.types import Float64Array


def line(*places: float) -> Float64Array:
    """Distances of points on a line."""
    x = np.array(places)
    return np.asarray(np.abs(x[:, None] - x[None]))


def test_by_hand() -> None:
    """The third point is at 4 from its own two and at 2 from the others."""
    loss = line(0, 0, 4, 6, 6)
    assert reassign(loss, np.array([0, 0, 0, 1, 1])).tolist() == [0, 0, 1, 1, 1]


def test_what_is_right_stays() -> None:
    loss = line(0, 1, 2, 10, 11, 12)
    labels = np.array([7, 7, 7, 3, 3, 3])
    assert reassign(loss, labels).tolist() == labels.tolist()


def test_small_clusters_keep_their_members_and_lone_ones_gain_none() -> None:
    loss = line(0, 5, 5.5, 5.5, 5.5, 20)
    labels = np.array([0, 0, 1, 1, 1, 2])  # the second would rather be with the third
    assert reassign(loss, labels).tolist() == labels.tolist()


def test_a_pair_that_cannot_be_one_person_stays_apart() -> None:
    loss = line(0, 0, 4, 6, 6)
    forbidden = np.zeros((5, 5), np.bool_)
    forbidden[2, 4] = forbidden[4, 2] = True
    assert reassign(loss, np.array([0, 0, 0, 1, 1]), forbidden).tolist() == [0, 0, 0, 1, 1]


def test_two_that_may_not_meet_do_not_both_move() -> None:
    loss = line(0, 0, 0, 4, 4.1, 6, 6)
    labels = np.array([0, 0, 0, 0, 0, 1, 1])
    forbidden = np.zeros((7, 7), np.bool_)
    forbidden[3, 4] = forbidden[4, 3] = True
    moved = reassign(loss, labels, forbidden)
    assert moved[3] != moved[4]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_tracks_and_the_names_of_clusters_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40, 4))
    loss = np.linalg.norm(points[:, None] - points[None], axis=2)
    labels = rng.integers(0, 5, 40)
    order = rng.permutation(40)
    one = reassign(loss, labels)
    two = reassign(loss[np.ix_(order, order)], 9 - labels[order])
    assert np.array_equal(9 - two, one[order])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_to_move(n: int) -> None:
    assert reassign(np.ones((n, n)), np.arange(n)).tolist() == list(range(n))
