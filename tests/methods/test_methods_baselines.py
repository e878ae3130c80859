"""The baselines: right on clear cases, sensible on absurd ones, blind to order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vcn.methods import Method, TrackFilm
from vcn.methods.affinity import AffinityPropagation
from vcn.methods.c1c import C1c
from vcn.methods.cuts import Told
from vcn.methods.dbscan import Dbscan
from vcn.methods.finch import Finch
from vcn.methods.hac import Hac, Tree, track_means
from vcn.scores import ari, homogeneity
from vcn.types import Embeddings, FloatArray, IntArray

METHODS: dict[str, Method] = {
    "hac": Told(Hac(), threshold=0.5),
    "hac-global": Told(Hac(co_occurrence=True), threshold=0.5),
    "dbscan": Told(Dbscan(2), threshold=0.5),
    "affinity": AffinityPropagation(0.9, 1000),
    "finch-1": Finch(1),
    "finch-2": Finch(2),
    "finch": Finch(),
    "c1c": C1c(),
}


def make(values: FloatArray, index: IntArray, n_tracks: int) -> TrackFilm:
    return TrackFilm(Embeddings(values.astype(np.float32), index, normalised=False), n_tracks)


def clear_film(seed: int = 0) -> tuple[TrackFilm, IntArray]:
    """Four people far apart, six tracks each, of 3 to 9 crops and of any length."""
    rng = np.random.default_rng(seed)
    people = np.linalg.qr(rng.normal(size=(16, 16)))[0][:4]
    truth = rng.permutation(np.repeat(np.arange(4), 6))
    index = np.repeat(np.arange(24), rng.integers(3, 10, 24))
    values = people[truth[index]] + rng.normal(0, 0.02, (len(index), 16))
    return make(values * rng.uniform(0.5, 20, (len(index), 1)), index, 24), truth


@pytest.mark.parametrize("name", ["hac", "hac-global", "dbscan", "affinity"])
def test_a_clear_film_is_solved(name: str) -> None:
    film, truth = clear_film()
    labels = METHODS[name](film, 0).labels
    assert ari(truth, labels) == 1.0


def test_the_first_partition_of_finch_is_pure_on_a_clear_film() -> None:
    """It never links two people here; it stops where mutual first neighbours are found."""
    film, truth = clear_film()
    assert homogeneity(truth, Finch(1)(film, 0).labels) == 1.0


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_the_same_seed_gives_the_same_result(method: Method) -> None:
    film, _ = clear_film()
    np.testing.assert_array_equal(method(film, 3).labels, method(film, 3).labels)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_the_order_of_tracks_does_not_matter(method: Method) -> None:
    film, _ = clear_film()
    order = np.random.default_rng(5).permutation(film.n_tracks)
    index = film.embeddings.track_index
    rows = np.concatenate([np.flatnonzero(index == track) for track in order])
    rank = np.argsort(order)
    shuffled = make(film.embeddings.values[rows], rank[index[rows]], film.n_tracks)
    assert ari(method(film, 0).labels[order], method(shuffled, 0).labels) == 1.0


ABSURD: dict[str, Callable[[], TrackFilm]] = {
    "no tracks": lambda: make(np.empty((0, 8)), np.empty(0, np.int64), 0),
    "no crops": lambda: make(np.empty((0, 8)), np.empty(0, np.int64), 3),
    "one track": lambda: make(np.ones((4, 8)), np.zeros(4, np.int64), 1),
    "two identical tracks": lambda: make(np.ones((4, 8)), np.array([0, 0, 1, 1]), 2),
    "a thousand copies": lambda: make(np.ones((1000, 8)), np.repeat(np.arange(100), 10), 100),
    "zero embeddings": lambda: make(np.zeros((4, 8)), np.arange(4), 4),
    "one crop each": lambda: make(np.eye(8), np.arange(8), 8),
    "a track without crops": lambda: make(np.eye(8)[:2], np.array([0, 2]), 3),
}


@pytest.mark.parametrize("film", ABSURD.values(), ids=ABSURD.keys())
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_absurd_films(method: Method, film: Callable[[], TrackFilm]) -> None:
    given = film()
    labels = method(given, 0).labels
    assert len(labels) == given.n_tracks
    without = np.setdiff1d(np.arange(given.n_tracks), given.embeddings.track_index)
    assert (labels[without] == -1).all()


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@pytest.mark.parametrize("name", ["two identical tracks", "a thousand copies"])
def test_identical_tracks_are_one_person(method: Method, name: str) -> None:
    assert METHODS
    assert set(method(ABSURD[name](), 0).labels) == {0}


def test_means_weigh_each_crop_the_same_whatever_its_length() -> None:
    film = make(np.array([[3.0, 0.0], [0.0, 1.0], [5.0, 0.0]]), np.array([0, 0, 2]), 4)
    means, tracks = track_means(film)
    np.testing.assert_array_equal(tracks, [0, 2])
    np.testing.assert_allclose(means, [[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(track_means(film, normalise=False)[0], [[1.5, 0.5], [5.0, 0.0]])


def test_average_linkage_by_hand() -> None:
    # Tracks at 0, 1 and 3 on a line: {0, 1} at 1, then 3 joins at (3 + 2) / 2 = 2.5.
    points = np.array([[0.0, 1.0], [1.0, 1.0], [3.0, 1.0]])
    tree = Tree(make(points, np.arange(3), 3), normalise=False)
    assert tree.at(0.99).labels.tolist() == [0, 1, 2]
    assert tree.at(1.0).labels.tolist() == [0, 0, 1]
    assert tree.at(2.49).labels.tolist() == [0, 0, 1]
    assert tree.at(2.5).labels.tolist() == [0, 0, 0]
    assert tree.into(2).labels.tolist() == [0, 0, 1]
    assert tree.into(99).labels.tolist() == [0, 1, 2]


def test_dbscan_leaves_a_lonely_track_unknown() -> None:
    angles = np.array([0.0, 0.1, 2.0])
    points = np.column_stack([np.cos(angles), np.sin(angles)])
    assert Dbscan(2).compare(make(points, np.arange(3), 3), 0).at(0.2).labels.tolist() == [0, 0, -1]


def test_tracks_that_share_a_frame_are_kept_apart() -> None:
    """At 0, 1, 2.1 and 9 on a line, the first two of them seen together."""
    angle = np.array([0.0, 0.1, 0.21, 0.9])
    values = np.column_stack((np.cos(angle), np.sin(angle)))
    film = make(values, np.arange(4), 4)
    apart = replace(film, cannot_link=np.array([[0, 1]]))
    free, kept = Hac(co_occurrence=True), Hac(co_occurrence=True)
    near = Hac().compare(film, 0)
    for threshold in (0.05, 0.105, 0.2, 0.5, 2.0):
        same = free.compare(film, 0).at(threshold).labels
        np.testing.assert_array_equal(same, near.at(threshold).labels)
    tree = kept.compare(apart, 0)
    assert tree.at(0.12).labels.tolist() == [0, 1, 1, 2]
    assert tree.at(2.0).labels.tolist() == [0, 1, 1, 1]  # who is left joins, those two stay apart
    assert tree.into(1).n_clusters == 2
