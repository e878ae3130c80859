"""The method from features to people: what it finds, what it repeats, what it survives."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from method_films import film_of, people_film

from vcn.config import AdaptConfig, ClusterConfig
from vcn.methods import TrackFilm
from vcn.methods.vcn import VcnRun, VideoClusterNet
from vcn.scores import bcubed
from vcn.stages.quality import assess, gate
from vcn.stages.unknown import face_measure
from vcn.types import Crops, Reason

QUICK = replace(AdaptConfig(), mode="head", iterations=2, first_epochs=6, epochs=3, n_heads=4)
HEAD = VideoClusterNet(adapt=QUICK)
OFF = VideoClusterNet(adapt=replace(AdaptConfig(), mode="off"))
PAPER = replace(
    VideoClusterNet.paper(),
    adapt=replace(VideoClusterNet.paper().adapt, iterations=2, first_epochs=4, epochs=2),
)
BOTH = pytest.mark.parametrize("method", [HEAD, OFF], ids=["head", "off"])
ALL = pytest.mark.parametrize("method", [HEAD, OFF, PAPER], ids=["head", "off", "paper"])


@BOTH
@pytest.mark.parametrize("n_people", [2, 5, 9])
def test_finds_the_people(method: VideoClusterNet, n_people: int) -> None:
    film, truth = people_film(n_people)
    found = method(film, 0)
    assert found.n_clusters == n_people
    assert bcubed(truth, found.labels).f == 1


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_generic_distances_of_the_students_outputs(metric: str) -> None:
    film, truth = people_film(4)
    found = replace(HEAD, cluster=replace(ClusterConfig(), metric=metric))(film, 0)
    assert bcubed(truth, found.labels).f == 1


@pytest.mark.parametrize("metric", ["loss", "cosine", "euclidean"])
def test_both_thresholds_link_less_than_either(metric: str) -> None:
    film, _ = people_film(4)
    either, both = (
        replace(
            HEAD,
            cluster=replace(ClusterConfig(), algorithm="paper", metric=metric, thresholds=rule),
        )(film, 0).n_clusters
        for rule in ("either", "both")
    )
    assert either <= both
    if metric == "loss":
        assert either < both


@BOTH
def test_a_clear_crop_goes_before_those_that_show_nobody(method: VideoClusterNet) -> None:
    film, truth = people_film(5, n_crops=5)
    values, n = film.embeddings.values.copy(), len(film.embeddings)
    unclear = np.arange(n) % 5 > 0  # four of five: what blur makes of any face
    rng = np.random.default_rng(1)
    values[unclear] = 4 * rng.normal(size=values.shape[1]) + 2 * rng.normal(
        size=values[unclear].shape
    )
    face = np.array([[0, 0], [6, 0], [3, 3], [1, 5], [5, 5]], np.float32)
    crops = Crops(
        np.zeros((n, 4, 4, 3), np.uint8),
        film.embeddings.track_index,
        np.arange(n),
        np.full(n, 60, np.float32),
        np.where(unclear, 0.12, 1).astype(np.float32),
        np.where(unclear, 0.5, 0.99).astype(np.float32),
        np.stack([face] * n),
    )
    mixed = replace(film, embeddings=replace(film.embeddings, values=values), crops=crops)
    alike = replace(method, quality=replace(method.quality, weigh_crops=False))
    assert bcubed(truth, method(mixed, 0).labels).f == 1
    assert bcubed(truth, alike(mixed, 0).labels).f < 0.9


@pytest.mark.parametrize("impostor_cosine", [0.5, None])
def test_strangers_who_differ_little_are_not_one_person(impostor_cosine: float | None) -> None:
    """In 128 dimensions: the log distances of strangers have a deviation of .11, not of .22."""
    film, truth = people_film(30, 10, width=128, shot=0.75)
    film = replace(film, impostor_cosine=impostor_cosine)
    assert bcubed(truth, OFF(film, 0).labels).f > 0.99


@BOTH
def test_one_person_is_one_person(method: VideoClusterNet) -> None:
    film, _ = people_film(1, 12)
    assert method(film, 0).n_clusters == 1


@BOTH
def test_a_person_of_one_track_is_found(method: VideoClusterNet) -> None:
    film, truth = people_film(6, 5)
    keep = np.concatenate([np.flatnonzero(truth != 0), np.flatnonzero(truth == 0)[:1]])
    keep.sort()
    index = film.embeddings.track_index
    rows = np.isin(index, keep)
    part = film_of(film.embeddings.values[rows], np.searchsorted(keep, index[rows]), len(keep))
    assert bcubed(truth[keep], method(part, 0).labels).f == 1


@ALL
def test_same_seed_same_result_and_global_seeds_untouched(method: VideoClusterNet) -> None:
    import torch

    film, _ = people_film(4, 4)
    before = torch.get_rng_state().clone(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = method.run(film, 3), method.run(film, 3)
    assert first.clustering.labels.tolist() == second.clustering.labels.tolist()
    assert first.clustering.history == second.clustering.history
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()  # noqa: NPY002


@BOTH
def test_order_of_tracks_does_not_matter(method: VideoClusterNet) -> None:
    film, truth = people_film(4, 5)
    order = np.random.default_rng(1).permutation(film.n_tracks)
    index = film.embeddings.track_index
    rows = np.concatenate([np.flatnonzero(index == t) for t in order])
    shuffled = film_of(film.embeddings.values[rows], np.sort(index), film.n_tracks)
    assert bcubed(truth[order], method(shuffled, 0).labels).f == 1


@BOTH
def test_tracks_that_share_a_frame_are_two_people(method: VideoClusterNet) -> None:
    film, truth = people_film(3, 5)
    twins = np.flatnonzero(truth == 0)[:2]
    values, index = film.embeddings.values, film.embeddings.track_index
    together = film_of(values, index, film.n_tracks, twins[None])
    labels = method(together, 0).labels
    assert labels[twins[0]] != labels[twins[1]]
    ignoring = replace(method, cluster=replace(method.cluster, co_occurrence=False))
    assert bcubed(truth, ignoring(together, 0).labels).f == 1


def test_the_run_says_how_it_went() -> None:
    film, _ = people_film(4, 5)
    told: list[tuple[int, int, float]] = []
    run = HEAD.run(film, 0, on_epoch=lambda *what: told.append(what))
    assert run.mode == "head"
    assert [epoch[:2] for epoch in told] == [(n, 9) for n in range(1, 10)]
    assert [i.epochs for i in run.iterations] == [6, 3]
    assert all(i.n_matches > 0 and i.agreement == 1 for i in run.iterations)
    assert all(0 < i.loss < 10 for i in run.iterations)
    assert run.metric is not None
    assert run.metric.centre.shape == (4, 32)
    assert len(run.clustering.history) == film.n_tracks - 4


def test_a_saved_metric_gives_the_same_clusters() -> None:
    film, _ = people_film(4, 5)
    run = HEAD.run(film, 0)
    assert run.metric is not None
    again = HEAD.run(film, 0, metric=run.metric)
    assert again.clustering.labels.tolist() == run.clustering.labels.tolist()
    assert again.iterations == ()


def one_crop(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, 16))


def strangers(n_tracks: int, n_crops: int) -> TrackFilm:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=(n_tracks, 16)), n_crops, axis=0)
    values = values + 0.05 * rng.normal(size=values.shape)
    return film_of(values, np.repeat(np.arange(n_tracks), n_crops), n_tracks)


@ALL
def test_no_tracks(method: VideoClusterNet) -> None:
    run = method.run(film_of(np.zeros((0, 16)), np.zeros(0), 0), 0)
    assert run.clustering.labels.tolist() == []


@ALL
def test_one_track(method: VideoClusterNet) -> None:
    assert method(strangers(1, 5), 0).labels.tolist() == [0]
    assert method(strangers(1, 1), 0).labels.tolist() == [0]


@BOTH
def test_two_tracks(method: VideoClusterNet) -> None:
    crops = np.random.default_rng(0).normal(size=(4, 16))
    same = film_of(np.tile(crops, (2, 1)), np.repeat([0, 1], 4), 2)
    assert method(same, 0).labels.tolist() == [0, 0]
    assert method(strangers(2, 4), 0).labels.tolist() == [0, 1]


@BOTH
def test_a_thousand_copies_of_one_crop(method: VideoClusterNet) -> None:
    copies = np.tile(one_crop(), (1000, 1))
    assert method(film_of(copies, np.repeat(np.arange(100), 10), 100), 0).n_clusters == 1


@BOTH
def test_one_crop_a_track(method: VideoClusterNet) -> None:
    film, truth = people_film(5, 8, 1)
    assert bcubed(truth, method(film, 0).labels).f == 1


@ALL
def test_zero_embeddings_are_unknown_and_say_why(method: VideoClusterNet) -> None:
    film, _ = people_film(3, 4)
    values = film.embeddings.values.copy()
    values[film.embeddings.track_index == 0] = 0
    run: VcnRun = method.run(film_of(values, film.embeddings.track_index, 12), 0)
    assert run.clustering.labels[0] == -1
    assert run.quality.reason[0] == Reason.uncertain
    assert (run.clustering.labels[1:] >= 0).all()
    nothing = method.run(film_of(np.zeros((6, 8)), np.repeat([0, 1, 2], 2), 3), 0)
    assert nothing.clustering.labels.tolist() == [-1, -1, -1]


def test_a_clear_person_who_appears_once_is_one_though_all_others_are_better() -> None:
    """Turned away, and the least good of good tracks: nobody learns from it, but it is somebody."""
    film, truth = people_film(6, 4)
    tracks = np.argsort(truth, kind="stable")[:21]  # one of the last person
    values = film.embeddings.values.reshape(24, 4, -1)[tracks].reshape(84, -1)
    index = np.repeat(np.arange(21), 4)
    once = index == 20
    n = len(index)
    rng = np.random.default_rng(0)
    landmarks = np.tile(np.float32([[20, 30], [50, 30], [35, 45], [25, 60], [45, 60]]), (n, 1, 1))
    landmarks += rng.normal(0, 0.3, landmarks.shape).astype(np.float32)
    landmarks[once, 1, 0] = 28  # in profile
    crops = Crops(
        images=np.zeros((n, 8, 8, 3), np.uint8),
        track_index=index,
        frame=np.arange(n),
        size=np.full(n, 80, np.float32),
        sharpness=rng.uniform(0.9, 1, n).astype(np.float32),
        score=rng.uniform(0.9, 0.95, n).astype(np.float32),
        landmarks=landmarks,
    )
    shown = replace(film_of(values, index, 21), crops=crops, margin_loss=False)
    quality = assess(
        gate(crops, index, 21, np.ones(n, np.bool_), HEAD.quality),
        np.zeros(n, np.float32),
        index,
        HEAD.quality,
        face_measure(shown, HEAD.quality),
    )
    assert quality.reason[20] == Reason.uncertain  # or this would not be that film
    run = HEAD.run(shown, 0)
    assert run.clustering.labels[20] == 5
    assert run.quality.reason[20] is None


@ALL
def test_tracks_without_crops(method: VideoClusterNet) -> None:
    run = method.run(film_of(np.zeros((0, 16)), np.zeros(0), 3), 0)
    assert run.clustering.labels.tolist() == [-1, -1, -1]
    assert set(run.quality.reason) == {Reason.too_short}


@BOTH
def test_everybody_shares_a_frame(method: VideoClusterNet) -> None:
    values = one_crop() + 0.01 * np.random.default_rng(1).normal(size=(6, 16))
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    film = film_of(values, np.repeat(np.arange(3), 2), 3, pairs)
    assert method(film, 0).labels.tolist() == [0, 1, 2]


def test_huge_and_tiny_values_stay_finite() -> None:
    film, _ = people_film(3, 4)
    for scale in (1e15, 1e-15):
        values = scale * film.embeddings.values
        run = HEAD.run(film_of(values, film.embeddings.track_index, 12), 0)
        assert run.clustering.n_clusters >= 1
        assert all(math.isfinite(i.loss) for i in run.iterations)
