"""The clusterer on profiles."""

from __future__ import annotations

import numpy as np
from method_films import people_film

from vcn.config import ClusterConfig
from vcn.equations.closed_form import Profiles, cosine_profiles, root_excess
from vcn.equations.linkage import nearest_merges
from vcn.scores import bcubed
from vcn.stages.cluster import cluster
from vcn.types import IntArray

CONFIG = ClusterConfig()


def profiles(n_people: int = 5, **more: float) -> tuple[Profiles, IntArray]:
    film, truth = people_film(n_people, **more)  # type: ignore[arg-type]
    values, index = film.embeddings.values, film.embeddings.track_index
    return cosine_profiles(values, index, film.n_tracks), truth


def test_rejected_tracks_stay_unknown() -> None:
    base, truth = profiles()
    accepted = np.arange(len(truth)) % 4 != 0
    labels = cluster(base, None, accepted, CONFIG).labels
    assert (labels[~accepted] == -1).all()
    assert bcubed(truth[accepted], labels[accepted]).f == 1


def test_doubtful_tracks_join_their_person_or_nobody() -> None:
    base, truth = profiles()
    stranger = cosine_profiles(-np.ones((4, 32), np.float32), np.zeros(4, np.int64), 1)
    whole = Profiles(
        np.concatenate([base.p, stranger.p]),
        np.concatenate([base.q, stranger.q]),
        np.append(base.diagonal, stranger.diagonal),
        np.append(base.counts, stranger.counts),
    )
    accepted = np.ones(len(truth) + 1, np.bool_)
    accepted[[2, 9, -1]] = False
    labels = cluster(whole, whole, accepted, CONFIG, None, ~accepted).labels
    assert bcubed(truth, labels[:-1]).f == 1
    assert labels[-1] == -1
    # ... unless they share a frame with it
    mates = np.flatnonzero((truth == truth[2]) & accepted[:-1])[:1]
    pair = np.array([[2, mates[0]]])
    assert cluster(whole, None, accepted, CONFIG, pair, ~accepted).labels[2] != labels[2]


def test_a_person_of_doubtful_tracks_alone_is_found() -> None:
    base, truth = profiles()
    accepted = (truth != truth[0]) & (np.arange(len(truth)) != len(truth) - 1)
    labels = cluster(base, base, accepted, CONFIG, None, ~accepted).labels
    assert bcubed(truth, labels).f == 1
    # ... but not where its tracks share frames: each is then as alone as any other
    mates = np.flatnonzero(truth == truth[0])
    pairs = np.array([(a, b) for a in mates for b in mates if a < b])
    labels = cluster(base, base, accepted, CONFIG, pairs, ~accepted).labels
    assert (labels[mates] == -1).all()
    assert labels[-1] == labels[np.flatnonzero(truth == truth[-1])[0]]


def test_the_history_makes_the_labels() -> None:
    base, truth = profiles()
    found = cluster(base, None, np.ones(len(truth), np.bool_), CONFIG)
    label = np.arange(len(truth))
    for merge in found.history:
        assert merge.loss <= merge.threshold
        label[label == label[merge.second]] = label[merge.first]
    assert bcubed(label, found.labels).f == 1


def test_a_film_of_very_many_tracks_takes_the_other_way() -> None:
    base, truth = profiles(6, n_each=40, shot=0.25)
    everyone = np.ones(len(truth), np.bool_)
    small = ClusterConfig(dense_tracks=100)
    pair = np.flatnonzero(truth == 0)[None, :2]
    for heads in (None, base):
        assert bcubed(truth, cluster(base, heads, everyone, small).labels).f == 1
        labels = cluster(base, heads, everyone, small, pair[:, [0, 1]]).labels
        assert bcubed(truth, labels).f > 0.9


def test_nearest_merges() -> None:
    points = np.array([[0.0], [1], [5], [5.5], [20]], np.float32)
    assert nearest_merges(points, np.ones(5), 5, 100).tolist() == [0, 1, 2, 3, 4]
    assert nearest_merges(points, np.ones(5), 3, 100).tolist() == [0, 0, 1, 1, 2]
    assert nearest_merges(points, np.ones(5), 1, 100).tolist() == [0] * 5
    assert len(set(nearest_merges(np.zeros((50, 3), np.float32), np.ones(50), 7, 100))) == 7


def test_nearest_merges_by_a_graph_are_nearly_those_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 50)
    points = (rng.normal(size=(60, 32))[person] + 0.4 * rng.normal(size=(3000, 32))).astype("f4")
    exact, graph = (nearest_merges(points, np.ones(3000), 300, most) for most in (3000, 1000))
    assert len(np.unique(graph)) == len(np.unique(exact)) == 300
    assert bcubed(person, graph).precision == bcubed(person, exact).precision == 1
    assert bcubed(exact, graph).f > 0.9


def test_root_excess_of_cosine_is_euclidean_between_means() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 8)).astype(np.float32)
    index = np.repeat(np.arange(4), 3)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    means = unit.reshape(4, 3, 8).mean(1)
    expected = np.linalg.norm(means[:, None] - means[None], axis=2) / np.sqrt(2)
    found = root_excess(cosine_profiles(values, index, 4).loss())
    np.testing.assert_allclose(found, expected, atol=1e-3)
