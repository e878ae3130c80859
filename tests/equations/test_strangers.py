"""How far strangers are: by hand, and against films that the silhouette alone gets wrong."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.config import ClusterConfig
from vcn.equations.closed_form import cosine_profiles
from vcn.equations.linkage import average_linkage
from vcn.equations.strangers import mean_apart, merges_within, strangers
from vcn.scores import bcubed
from vcn.stages.cluster import cluster
from vcn.types import FloatArray, IntArray

# Two people of two tracks, 1 apart; everybody else is 10 apart.
PAIRS = np.array(
    [[0, 1, 10, 10, 10], [1, 0, 10, 10, 10], [10, 10, 0, 1, 10], [10, 10, 1, 0, 10], [10] * 4 + [0]]
).astype(float)


def test_strangers_by_hand() -> None:
    tree = average_linkage(PAIRS)
    found = strangers(PAIRS, tree, 0.7)
    assert found.distance == 10
    assert found.labels.tolist() == [0, 0, 2, 2, 4]
    assert merges_within(tree, 7.0) == 2
    assert merges_within(tree, 1.0) == 2  # the limit itself is within
    assert merges_within(tree, 0.9) == 0


def test_what_is_known_of_the_model_bounds_it() -> None:
    tree = average_linkage(PAIRS)
    far = strangers(PAIRS, tree, 0.7, least=20)
    assert far.distance == 20
    assert far.labels.tolist() == [0] * 5  # 10 is under 0.7 * 20: all are one person


def test_mean_apart_by_hand() -> None:
    assert mean_apart(PAIRS, np.array([0, 1, 0, 1, 0])) == pytest.approx((10 * 4 + 1 * 2) / 6)
    assert mean_apart(PAIRS, np.zeros(5, np.int64)) == 10  # nobody is apart: the largest
    assert mean_apart(np.zeros((1, 1)), np.zeros(1, np.int64)) == 0


def film(sizes: list[int], spread: float, seed: int) -> tuple[FloatArray, IntArray]:
    """Embeddings whose strangers have a cosine near 0; tracks of 5 crops."""
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(len(sizes), 64))
    truth = np.repeat(np.arange(len(sizes)), sizes)
    tracks = people[truth] + spread * rng.normal(size=(len(truth), 64))
    crops = np.repeat(tracks, 5, axis=0) + 0.2 * rng.normal(size=(len(truth) * 5, 64))
    return crops.astype(np.float32), truth


def labels_of(values: FloatArray, n: int, least: float | None) -> IntArray:
    base = cosine_profiles(values, np.repeat(np.arange(n), 5), n)
    return cluster(base, None, np.ones(n, np.bool_), ClusterConfig(), least=least).labels


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "sizes",
    [[6, 5, 4, 2, 1, 1, 1, 1, 1, 1], [1] * 8, [9], [2], [1, 1], [1]],
    ids=["many of one track", "a crowd", "one person", "one twice", "two once", "one once"],
)
def test_people_of_few_tracks_and_one_person(sizes: list[int], seed: int) -> None:
    values, truth = film(sizes, 0.4, seed)
    assert bcubed(truth, labels_of(values, len(truth), least=0.7)).f == 1


@pytest.mark.parametrize("seed", range(4))
def test_without_a_scale_people_of_few_tracks_are_not_merged(seed: int) -> None:
    values, truth = film([6, 5, 4, 2, 1, 1, 1, 1, 1, 1], 0.5, seed)
    assert bcubed(truth, labels_of(values, len(truth), least=None)).f == 1
