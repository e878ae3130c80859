"""Which level of the tree: silhouettes against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from vcn.equations.level import best_level, silhouettes
from vcn.equations.linkage import Tree, average_linkage
from vcn.types import Float64Array


def film(n_people: int, n_each: int, spread: float, seed: int = 0) -> Float64Array:
    """Euclidean losses of tracks around people."""
    rng = np.random.default_rng(seed)
    person = rng.normal(size=(n_people, 16))
    points = np.repeat(person, n_each, axis=0) + spread * rng.normal(size=(n_people * n_each, 16))
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2))


def test_silhouettes_are_sklearns() -> None:
    loss = film(4, 5, 0.8)
    labels = np.repeat([3, 0, 7, 5], 5)
    np.testing.assert_allclose(
        silhouettes(loss, labels), silhouette_samples(loss, labels, metric="precomputed")
    )


def test_the_diagonal_is_not_read() -> None:
    loss = film(3, 4, 0.5)
    other = loss + 9 * np.eye(12)
    labels = np.repeat(np.arange(3), 4)
    np.testing.assert_array_equal(silhouettes(loss, labels), silhouettes(other, labels))


@pytest.mark.parametrize("n_people", [2, 5, 12])
def test_finds_the_number_of_people(n_people: int) -> None:
    loss = film(n_people, 6, 0.3)
    tree = average_linkage(loss)
    n_merges, scores = best_level(loss, tree)
    assert len(np.unique(tree.labels(n_merges))) == n_people
    assert scores[n_merges] == np.nanmax(scores)


def farther_half(loss: Float64Array, tree: Tree, n_merges: int) -> Float64Array:
    """Literal: the mean loss of each track to the farther of its cluster's two halves."""
    labels = tree.labels(n_merges)
    out = np.zeros(len(loss))
    for name in np.unique(labels):
        members = set(np.flatnonzero(labels == name).tolist())
        if len(members) < 2:
            continue
        last = max(m for m in range(n_merges) if int(tree.first[m]) in members)
        before = tree.labels(last)
        second = {t for t in members if before[t] == before[tree.second[last]]}
        for track in members:
            parts = [part - {track} for part in (second, members - second)]
            out[track] = max(loss[track, sorted(part)].mean() for part in parts if part)
    return out


def test_scores_are_the_two_mean_silhouettes_of_each_level() -> None:
    loss = film(4, 4, 0.7, seed=2)
    tree = average_linkage(loss)
    _, scores = best_level(loss, tree)
    for n_merges in range(1, 15):
        labels = tree.labels(n_merges)
        plain = silhouettes(loss, labels)
        a = farther_half(loss, tree, n_merges)
        others = [
            [loss[t, labels == name].mean() for name in np.unique(labels) if name != labels[t]]
            for t in range(16)
        ]
        b = np.array([min(row) for row in others])
        split = np.where((labels[:, None] == labels).sum(axis=1) > 1, (b - a) / np.maximum(a, b), 0)
        assert scores[n_merges] == pytest.approx((plain.mean() + split.mean()) / 2)


def test_a_lone_person_stays_alone() -> None:
    loss = film(5, 6, 0.3)
    loss = loss[:25, :25]  # of the fifth person one track is left
    tree = average_linkage(loss)
    name = tree.labels(best_level(loss, tree)[0])
    assert (name == name[24]).sum() == 1
    assert len(np.unique(name)) == 5
    assert silhouettes(loss, name)[24] == 0


def test_a_few_levels_are_enough() -> None:
    loss = film(6, 20, 0.3)
    tree = average_linkage(loss)
    n_merges, scores = best_level(loss, tree, max_levels=100)
    assert len(np.unique(tree.labels(n_merges))) == 6
    assert np.isfinite(scores).sum() <= 100


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_to_tell(n: int) -> None:
    loss = np.ones((n, n))
    assert best_level(loss, average_linkage(loss))[0] == 0
