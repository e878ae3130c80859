"""Systems that train on the film: what their pairs are, and what they can learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from method_films import film_of, people_film

from vcn.config import RunConfig
from vcn.config.per_film import CclConfig, JfracConfig, SiameseConfig, TransformerConfig
from vcn.methods import TrackFilm
from vcn.methods.cuts import Cutter
from vcn.methods.per_film.ccl import Ccl, ccl_pairs
from vcn.methods.per_film.crops import Partners, TrackCrops, track_pairs
from vcn.methods.per_film.jfrac import Jfrac
from vcn.methods.per_film.siamese import SSiam, TSiam
from vcn.methods.per_film.transformer import TrackTransformers, clips
from vcn.methods.registry.per_film import PER_FILM
from vcn.nets.siamese import SiamMlp, fit_pairs
from vcn.scores import ari
from vcn.types import IntArray

SMALL = TransformerConfig(layers=1, heads=2, width=16, output=8, epochs=2, clip=4, warmup_epochs=1)
SHORT: dict[str, Cutter] = {
    "tsiam": TSiam(SiameseConfig(tsiam_epochs=1)),
    "ssiam": SSiam(SiameseConfig(ssiam_epochs=1)),
    "ccl": Ccl(CclConfig(epochs=1)),
    "vctrsf": TrackTransformers("centres", SMALL),
    "ct-trsf": TrackTransformers("pairs", SMALL),
    "jfrac-like": Jfrac(JfracConfig(epochs=1)),
}
"""Every system, trained for a moment."""


def in_two_lights(seed: int = 0) -> tuple[TrackFilm, IntArray]:
    """Two people, each in two lights that change a face more than who it is.

    Both people are in each light at once, and each track goes from one light to the other:
    what co-occurs tells the people apart, what is one track joins the lights.
    """
    rng = np.random.default_rng(seed)
    person = np.zeros((2, 16))
    person[0, 0], person[1, 0] = 1.0, -1.0
    light = np.zeros((2, 16))
    light[0, 1:5], light[1, 1:5] = 0.9, -0.9
    truth = np.tile([0, 1], 20)
    mixed = rng.random((40, 10)) < np.where(np.arange(40) % 4 < 2, 0.8, 0.2)[:, None]
    values = person[truth][:, None] + light[mixed.astype(int)] + rng.normal(0, 0.25, (40, 10, 16))
    together = np.column_stack((np.arange(0, 40, 2), np.arange(1, 40, 2)))
    film = film_of(values.reshape(-1, 16), np.repeat(np.arange(40), 10), 40, together)
    return film, truth


def test_tsiam_learns_the_planted_shift_that_raw_features_get_wrong() -> None:
    from vcn.methods.per_film.track_hac import TrackHac

    film, truth = in_two_lights()
    crops = TrackCrops.of(film)
    raw = TrackHac(crops.values, crops.row, crops.tracks, crops.n_tracks).into(2)
    learned = TSiam().compare(film, 0).into(2)
    assert ari(truth, raw.labels) < 0.2
    assert ari(truth, learned.labels) > 0.95


def test_every_system_is_tried() -> None:
    assert list(SHORT) == [system.name for system in PER_FILM]


@pytest.mark.parametrize("name", ["tsiam", "ssiam", "ccl", "jfrac-like"])
def test_a_clear_film_is_solved(name: str) -> None:
    film, truth = people_film(n_people=4, n_each=6, n_crops=5, shot=0.2, crop=0.1)
    system = next(system for system in PER_FILM if system.name == name)
    assert system.cutter is not None
    found = system.cutter(RunConfig()).compare(film, 0).into(4)
    assert ari(truth, found.labels) == 1.0


@pytest.mark.parametrize("loss", ["centres", "pairs"])
def test_transformers_solve_a_clear_film(loss: Literal["centres", "pairs"]) -> None:
    film, truth = people_film(n_people=3, n_each=5, n_crops=6, shot=0.1, crop=0.3)
    small = replace(SMALL, layers=2, width=64, output=32, epochs=20, learning_rate=1e-3)
    found = TrackTransformers(loss, small).compare(film, 0).into(3)
    assert ari(truth, found.labels) == 1.0


def test_jfrac_finds_the_people_of_a_clear_film() -> None:
    film, truth = people_film(n_people=4, n_each=6, n_crops=5, shot=0.2, crop=0.1)
    assert ari(truth, Jfrac().compare(film, 0).at(0.5).labels) == 1.0


ABSURD = {
    "no tracks": film_of(np.zeros((0, 8)), np.zeros(0), 0),
    "no crops": film_of(np.zeros((0, 8)), np.zeros(0), 3),
    "one track": film_of(np.ones((4, 8)), np.zeros(4), 1),
    "one crop": film_of(np.ones((1, 8)), np.zeros(1), 1),
    "a crop each": film_of(np.eye(8), np.arange(8), 8),
    "copies": film_of(np.ones((6, 8)), np.repeat([0, 2], 3), 4),
    "zeros": film_of(np.zeros((4, 8)), np.arange(4), 4),
    "all apart": film_of(np.eye(3), np.arange(3), 3, np.array([[0, 1], [0, 2], [1, 2]])),
}


@pytest.mark.parametrize("system", SHORT.values(), ids=SHORT.keys())
@pytest.mark.parametrize("film", ABSURD.values(), ids=ABSURD.keys())
def test_absurd_films(system: Cutter, film: TrackFilm) -> None:
    cuts = system.compare(film, 0)
    known = np.isin(np.arange(film.n_tracks), film.embeddings.track_index)
    for found in (cuts.into(1), cuts.into(2), cuts.at(0.5)):
        assert ((found.labels >= 0) == known).all()


@pytest.mark.parametrize("system", SHORT.values(), ids=SHORT.keys())
def test_a_seed_decides(system: Cutter) -> None:
    film, _ = people_film(n_people=6, n_each=4, shot=0.9, crop=0.9)
    first, second = (system.compare(film, 1) for _ in range(2))
    for n_people in (3, 6, 10):
        np.testing.assert_array_equal(first.into(n_people).labels, second.into(n_people).labels)
    for threshold in (0.3, 0.6, 0.9):
        np.testing.assert_array_equal(first.at(threshold).labels, second.at(threshold).labels)


def test_clips_keep_the_order_of_time() -> None:
    film = film_of(np.zeros((12, 4)), np.repeat([0, 1, 2], [8, 3, 1]), 3)
    crops, rng = TrackCrops.of(film), np.random.default_rng(0)
    found = clips(crops, np.array([0, 1, 2, 0]), SMALL, rng)
    assert (np.diff(found[[0, 3]], axis=1) > 0).all()
    assert set(found[[0, 3]].ravel().tolist()) <= set(range(8))
    assert found[1].tolist() == [8, 9, 10, -1]
    assert found[2].tolist() == [11, -1, -1, -1]
    assert clips(crops, np.array([0]), replace(SMALL, clip=16), rng).tolist() == [list(range(8))]
    drawn = np.concatenate([clips(crops, np.zeros(9, np.int64), SMALL, rng) for _ in range(20)])
    share = np.bincount(drawn.ravel(), minlength=8) / len(drawn)
    assert abs(share - 0.5).max() < 0.15  # each of eight crops in half of the clips of four


def test_tsiam_pairs_are_tracks_and_partners() -> None:
    """Tracks 0 and 1 share a frame; 2 has nobody, and takes the farthest two: 0 and 4."""
    values = np.repeat([[1.0, 0], [2, 0], [9, 0], [8, 0], [0, 0]], 3, axis=0)
    film = film_of(values, np.repeat(np.arange(5), 3), 5, np.array([[0, 1]]))
    crops, rng = TrackCrops.of(film), np.random.default_rng(0)
    partners = Partners(crops, 2)
    pairs, same = track_pairs(crops, partners, np.repeat([0, 1, 2], 60), rng)
    rows = crops.row[pairs]
    assert (rows[same][:, 0] == rows[same][:, 1]).all()
    assert (pairs[same][:, 0] != pairs[same][:, 1]).all()
    seen = {tuple(pair) for pair in rows[~same].tolist()}
    assert seen == {(0, 1), (1, 0), (2, 0), (2, 4)}
    assert same.sum() == (~same).sum() == 180


def test_tracks_of_one_crop_give_no_positive() -> None:
    crops = TrackCrops.of(film_of(np.eye(4), np.arange(4), 4))
    rng = np.random.default_rng(0)
    pairs, same = track_pairs(crops, Partners(crops, 25), np.arange(4), rng)
    assert len(pairs) == 4
    assert not same.any()


def test_ccl_pairs_follow_finch_but_never_against_a_film() -> None:
    film = film_of(np.eye(8), np.repeat(np.arange(4), 2), 4, np.array([[0, 1]]))
    crops = TrackCrops.of(film)
    label = np.array([0, 1, 0, 1, 0, 1, 2, 2])  # FINCH joins crops of 0 and 1, and splits both
    rng = np.random.default_rng(0)
    found: dict[bool, set[tuple[int, int]]] = {True: set(), False: set()}
    for _ in range(50):
        pairs, same = ccl_pairs(crops, label, np.array([0]), 2, rng)
        for (a, b), value in zip(pairs.tolist(), same.tolist(), strict=True):
            assert a == 0
            found[value].add(b)
    assert found[True] == {1, 4}  # its own track, its cluster; not 2, which co-occurs
    assert found[False] == {2, 3, 5, 6, 7}


def test_a_step_of_training_by_numpy() -> None:
    """Weights after one step of gradient descent, worked out without autograd."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 5))
    pairs, same = np.array([[0, 1], [2, 3], [4, 5]]), np.array([True, False, True])
    model = SiamMlp(5, 4, torch.Generator().manual_seed(0)).double()
    w1, b1, w2, b2 = (p.detach().numpy().copy() for p in model.parameters())
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    fit_pairs(model, torch.tensor(x), [(pairs, same)], optimiser, 1.0)
    hidden = x @ w1.T + b1
    out = np.maximum(hidden, 0) @ w2.T + b2
    gradient = np.zeros_like(out)
    for (a, b), value in zip(pairs, same, strict=True):
        step = out[a] - out[b]
        distance = np.linalg.norm(step)
        slope = 2 * step if value else -2 * max(0.0, 1 - distance) * step / distance
        gradient[a] += slope / 3
        gradient[b] -= slope / 3
    to_hidden = gradient @ w2 * (hidden > 0)
    now = [p.detach().numpy() for p in model.parameters()]
    np.testing.assert_allclose(now[0], w1 - 0.1 * to_hidden.T @ x, atol=1e-9)
    np.testing.assert_allclose(now[1], b1 - 0.1 * to_hidden.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(now[2], w2 - 0.1 * gradient.T @ np.maximum(hidden, 0), atol=1e-9)
    np.testing.assert_allclose(now[3], b2 - 0.1 * gradient.sum(axis=0), atol=1e-9)
