"""Algorithm 1: the fast form equals the literal one."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.algorithm1 import cluster_tracks, cluster_tracks_literal
from vcn.equations.closed_form import cross_loss, self_loss, track_means
from vcn.types import Clustering, Float64Array, IntArray


def softmax(x: Float64Array) -> Float64Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def film(seed: int, noise: float) -> tuple[Float64Array, Float64Array, IntArray]:
    """Outputs of teacher and student for 9 tracks of 3 people."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, 9)
    index = np.repeat(np.arange(9), counts)
    person = 4 * rng.normal(size=(3, 6))
    shot = person[np.arange(9) % 3] + noise * rng.normal(size=(9, 6))
    teacher = shot[index] + noise * rng.normal(size=(len(index), 6))
    student = shot[index] + noise * rng.normal(size=(len(index), 6))
    return teacher, student, index


def fast(
    teacher: Float64Array, student: Float64Array, index: IntArray, either: bool = True
) -> Clustering:
    n = int(index.max()) + 1
    counts = np.bincount(index)
    p, q = softmax(teacher), np.log(softmax(student))
    mean_p, mean_q = track_means(p, index, n), track_means(q, index, n)
    diagonal = track_means(-(p * q).sum(1)[:, None], index, n)[:, 0]
    own = self_loss(mean_p, mean_q, diagonal, counts)
    p_of_mean = softmax(track_means(teacher, index, n))
    q_of_mean = np.log(softmax(track_means(student, index, n)))
    return cluster_tracks(
        cross_loss(mean_p, mean_q, mean_p, mean_q),
        np.where(counts > 1, own, diagonal),
        cross_loss(p_of_mean, q_of_mean, p_of_mean, q_of_mean),
        either,
    )


@pytest.mark.parametrize("either", [True, False], ids=["either", "both"])
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("noise", [0.1, 0.7, 2.0])
def test_equals_the_literal_algorithm(seed: int, noise: float, either: bool) -> None:
    teacher, student, index = film(seed, noise)
    rows = [np.flatnonzero(index == t) for t in range(9)]
    slow = cluster_tracks_literal(
        [teacher[r] for r in rows], [student[r] for r in rows], np.zeros(6), 1.0, either
    )
    found = fast(teacher, student, index, either)
    assert found.labels.tolist() == Clustering.from_labels(slow).labels.tolist()


def test_the_history_makes_the_labels() -> None:
    found = fast(*film(0, 0.7))
    label = list(range(9))
    for merge in found.history:
        assert merge.loss < merge.threshold
        old, new = label[merge.second], label[merge.first]
        label = [new if value == old else value for value in label]
    assert Clustering.from_labels(label).labels.tolist() == found.labels.tolist()


def test_order_of_tracks_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    base = rng.random((8, 8))
    loss = base + base.T
    own, mean_loss = rng.random(8), loss + 0.1
    order = rng.permutation(8)
    whole = cluster_tracks(loss, own, mean_loss).labels
    shuffled = cluster_tracks(
        loss[np.ix_(order, order)], own[order], mean_loss[np.ix_(order, order)]
    ).labels
    expected = Clustering.from_labels(whole[order]).labels
    assert shuffled.tolist() == expected.tolist()


def test_either_threshold_or_both() -> None:
    loss = np.array([[0, 2], [2, 0]], float)
    thresholds = np.array([1.0, 3.0])
    assert cluster_tracks(loss, thresholds, loss).labels.tolist() == [0, 0]
    assert cluster_tracks(loss, thresholds, loss, either=False).labels.tolist() == [0, 1]


def test_links_chain() -> None:
    # 0-1 and 1-2 match, 0-2 do not: one cluster of three (VCN 3.7).
    loss = np.array([[0, 1, 9], [1, 0, 1], [9, 1, 0]], float)
    assert cluster_tracks(loss, np.full(3, 2.0), loss).labels.tolist() == [0, 0, 0]


def test_nothing_matches_or_there_is_one_track() -> None:
    loss = np.full((3, 3), 5.0)
    assert cluster_tracks(loss, np.ones(3), loss).labels.tolist() == [0, 1, 2]
    one = np.ones((1, 1))
    assert cluster_tracks(one, np.ones(1), one).labels.tolist() == [0]
