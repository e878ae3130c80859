"""Ball Cluster Learning and its comparators: learned, resumed, clustered, fine-tuned."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from method_films import film_of, people_film
from training_films import training_film, training_set

from vcn.config.learned import BallConfig
from vcn.errors import DataError
from vcn.methods.bcl.cluster import BallClustering
from vcn.methods.bcl.objectives import SYSTEMS, objective, other_people, positive_pairs
from vcn.methods.bcl.train import Split, fit, given_split, split
from vcn.methods.merges import Merges, threshold_for
from vcn.methods.trackset import TrackSet, TrainingFilm, join
from vcn.scores import nmi
from vcn.weights.learned import Learned, load_learned, save_learned

QUICK = replace(BallConfig(), hidden=(32,), width=16, epochs=6, min_steps=8)


@pytest.fixture(scope="module")
def learned() -> Learned:
    """BCL after a short training, good enough to tell the made-up people apart."""
    config = replace(QUICK, epochs=12, min_steps=31, loss_rate=0.1, learning_rate=0.01)
    return fit(split(training_set(), replace(config, validation_people=4), 0), "bcl", config, 0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_loss_learns(system: str) -> None:
    data = split(training_set(), replace(QUICK, validation_people=4), 0)
    result = fit(data, system, QUICK, 0)
    assert result.log[-1]["loss"] < result.log[0]["loss"]
    assert len(result.log) == QUICK.epochs
    assert result.threshold is not None
    best = max(result.log, key=lambda entry: entry["score"])
    assert result.threshold == best["threshold"]
    film, truth = people_film(5, 6, 4, seed=9)
    clustering = BallClustering(result)(film, 0)
    assert nmi(truth, clustering.labels) >= 0


@pytest.mark.parametrize("system", ["bcl", "bcl-contrastive", "bcl-cross-entropy"])
def test_a_resumed_training_ends_as_one_that_was_not_stopped(system: str, tmp_path: Path) -> None:
    data = split(training_set(), QUICK, 0)
    whole = fit(data, system, QUICK, 3)
    saved: list[Learned] = []
    fit(data, system, replace(QUICK, save_epochs=4), 3, on_save=saved.append)
    (half,) = saved
    assert len(half.log) == 4
    assert not half.finished
    save_learned(half, tmp_path / "half.safetensors")
    start = load_learned(tmp_path / "half.safetensors", system)
    again = fit(data, system, QUICK, 3, start=start)
    assert again.log == whole.log
    assert again.threshold == whole.threshold
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)
    with pytest.raises(DataError, match="finished"):
        fit(data, system, QUICK, 3, start=whole)
    with pytest.raises(DataError, match="differs in options, seed"):
        fit(data, system, replace(QUICK, alpha=1.0), 4, start=start)


def test_the_radius_is_frozen_then_moves_at_its_own_rate() -> None:
    data = split(training_set(), QUICK, 0)
    log = fit(data, "bcl", replace(QUICK, epochs=7), 0).log
    start = 4 * math.log(1 + math.exp(0.1))
    assert [entry["threshold"] for entry in log[:5]] == pytest.approx([start] * 5)
    assert log[5]["threshold"] != pytest.approx(start, abs=1e-5)
    # One step of plain SGD: h moves by rate * share * gradient.
    one = replace(QUICK, frozen_epochs=0, epochs=1, min_steps=1, momentum=0.0)
    moved = fit(data, "bcl", one, 0).log[0]["threshold"]
    slower = fit(data, "bcl", replace(one, loss_rate=0.001), 0).log[0]["threshold"]

    def h(threshold: float) -> float:
        return math.log(math.exp(threshold / 4) - 1)

    assert (h(moved) - 0.1) == pytest.approx(10 * (h(slower) - 0.1), rel=0.02)


def test_starts_of_what_the_losses_learn() -> None:
    config = BallConfig()
    starts = {name: objective(name, config, 3) for name in SYSTEMS}
    ball = dict(starts["bcl"].named_parameters())
    assert ball["h"].item() == pytest.approx(0.1)
    assert starts["bcl"].cut() == pytest.approx(4 * 0.7444, abs=1e-3)
    assert dict(starts["bcl-contrastive"].named_parameters())["h"].item() == 1.0
    assert dict(starts["bcl-ldml"].named_parameters())["beta"].item() == 0.5
    assert not list(starts["bcl-triplet"].parameters())


def test_pairs_and_negatives_are_of_the_right_people() -> None:
    y = torch.tensor([2, 0, 0, 1, 2, 2, 0])
    first, second = positive_pairs(y)
    assert len(first) == 3 * 2 + 3 * 2
    assert bool((y[first] == y[second]).all() & (first != second).all())
    generator = torch.Generator().manual_seed(0)
    anchor = torch.arange(7).repeat(4000)
    negative = other_people(y, anchor, generator)
    assert bool((y[anchor] != y[negative]).all())
    # Of sample 3, the only one of person 1, all the others are equally likely.
    count = torch.bincount(negative[anchor == 3], minlength=7)
    assert count[3] == 0
    assert float(count[count > 0].min()) > 560  # 4000 / 6 = 667, deviation 24


def test_complete_linkage_on_squared_distances() -> None:
    # On a line: 0 and 1 merge at 1; 3 joins at 9 (complete, squared), not at 4.
    points = np.array([[0.0], [1.0], [3.0], [30.0]])
    tree = Merges(points, np.arange(4), 5, "complete")
    assert tree.at(0.99).labels.tolist() == [0, 1, 2, 3, -1]
    assert tree.at(1.0).labels.tolist() == [0, 0, 1, 2, -1]
    assert tree.at(8.99).labels.tolist() == [0, 0, 1, 2, -1]
    assert tree.at(9.0).labels.tolist() == [0, 0, 0, 1, -1]
    assert tree.into(2).labels.tolist() == [0, 0, 0, 1, -1]
    assert tree.threshold_for(3) == 5.0  # between 1 and 9
    assert tree.threshold_for(4) == 0.5
    for k in (1, 2, 3, 4):
        assert tree.at(tree.threshold_for(k)).labels.max() + 1 == k


def test_one_threshold_for_several_films() -> None:
    """Lines of points: the merges of all films in one order give the total that is asked for."""
    films = [np.array([[0.0], [1.0], [5.0]]), np.array([[0.0], [2.0], [9.0], [9.5]])]
    trees = [Merges(points, np.arange(len(points)), len(points), "complete") for points in films]

    def total(threshold: float) -> int:
        return sum(len(np.unique(tree.at(threshold).labels)) for tree in trees)

    for wanted in range(2, 8):
        assert total(threshold_for(trees, wanted)) == wanted
    assert threshold_for(trees, 6) == pytest.approx((0.25 + 1) / 2)  # squared distances
    assert threshold_for(trees, 1) == threshold_for(trees, 2)
    assert threshold_for(trees, 99) == threshold_for(trees, 7)
    assert threshold_for(trees[:1], 2) == trees[0].threshold_for(2)


def test_films_of_ones_own_are_judged_one_by_one() -> None:
    """Two films of the same two people far apart in their features: together they are four."""
    data = split(training_set(), replace(QUICK, validation_people=4), 0)
    first = data.validation
    moved = TrackSet(
        features=-first.features, start=first.start, person=first.person, film=first.film + 9,
        cannot_link=first.cannot_link, people=first.people, films=first.films,
    )  # fmt: skip
    both = TrackSet(
        features=np.concatenate([first.features, moved.features]),
        start=np.concatenate([first.start, first.start[-1] + moved.start[1:]]),
        person=np.concatenate([first.person, moved.person]),
        film=np.concatenate([first.film, moved.film]),
        cannot_link=first.cannot_link, people=first.people, films=first.films,
    )  # fmt: skip
    scores = {}
    for by_film in (True, False):
        learned = fit(Split(data.train, both, by_film), "bcl-triplet", QUICK, 0)
        scores[by_film] = max(entry["score"] for entry in learned.log)
    assert scores[True] > scores[False] + 0.05
    assert given_split(data.train, both).by_film
    assert not data.by_film


def test_learns_the_number_of_people(learned: Learned) -> None:
    film, truth = people_film(6, 6, 4, seed=77)
    clustering = BallClustering(learned)(film, 0)
    n_clusters = len(np.unique(clustering.labels))
    assert nmi(truth, clustering.labels) > 0.8
    assert 4 <= n_clusters <= 9
    known = BallClustering(learned).compare(film, 0).into(6)
    assert len(np.unique(known.labels)) == 6


def test_fine_tuning_pulls_tracks_together_and_strangers_apart(learned: Learned) -> None:
    film, _ = training_film(40)
    config = replace(BallConfig(), finetune_epochs=30, finetune_rate=0.01)
    before = BallClustering(learned)
    after = BallClustering(learned, True, config)

    def apart(system: BallClustering) -> float:
        from vcn.methods.bcl.embed import embed_film
        from vcn.methods.bcl.finetune import finetuned

        net = finetuned(film, learned, config, 0) if system.finetune else None
        points, _ = embed_film(film, learned, net)
        a, b = film.cannot_link.T  # type: ignore[union-attr]
        return float(((points[a] - points[b]) ** 2).sum(1).mean())

    assert apart(after) > apart(before)
    same = [after(film, 5).labels.tolist() for _ in range(2)]
    assert same[0] == same[1]
    # The network that is kept is untouched.
    assert apart(before) == apart(before)


def test_bad_input_is_one_clear_line(learned: Learned) -> None:
    one = training_film(0)
    single = TrainingFilm(one.film, ("anna",) * one.film.n_tracks)
    with pytest.raises(DataError, match="the training data has 1 person, it needs at least 4"):
        split(join([single]), QUICK, 0)
    alone = TrainingFilm(one.film, tuple(f"p{t}" for t in range(one.film.n_tracks)))
    with pytest.raises(DataError, match="no person of the training data has two tracks"):
        fit(split(join([alone]), QUICK, 0), "bcl", QUICK, 0)
    with pytest.raises(DataError, match="films of one face model"):
        join([one, training_film(1, width=8)])
    with pytest.raises(DataError, match="fewer than two people"):
        given_split(join([one]), join([single]))
    narrow, _ = people_film(3, 3, 3, width=8)
    with pytest.raises(DataError, match="have 8 values, bcl was learned on 32"):
        BallClustering(learned)(narrow, 0)
    with pytest.raises(DataError, match="finite"):
        film_of(np.full((4, 32), np.nan), np.array([0, 0, 1, 1]), 2)


def test_films_without_tracks_or_with_one(learned: Learned) -> None:
    nothing = film_of(np.empty((0, 32)), np.empty(0), 2)
    one = film_of(np.ones((3, 32)), np.zeros(3), 1)
    for finetune in (False, True):
        system = BallClustering(learned, finetune)
        assert system(nothing, 0).labels.tolist() == [-1, -1]
        assert system(one, 0).labels.tolist() == [0]
