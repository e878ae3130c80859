"""Multi-Face: mining of a film, training, clustering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from method_films import film_of, people_film
from training_films import training_film, training_set

from vcn.config.learned import MultiFaceConfig
from vcn.errors import DataError
from vcn.methods.multiface.cluster import MultiFace, MultiFaceExemplars
from vcn.methods.multiface.mine import mine
from vcn.methods.multiface.train import SYSTEMS, fit
from vcn.methods.trackset import join, of_film
from vcn.scores import nmi
from vcn.weights.learned import Learned, load_learned, save_learned

QUICK = replace(
    MultiFaceConfig(),
    mvcorr_widths=(32, 16),
    mvcorr_small=8,
    imp_triplet_widths=(32, 16),
    epochs=9,
    imp_triplet_rate=0.05,
)


def test_mining_of_a_film() -> None:
    tracks = training_set(1)
    mined = mine(tracks, 6)
    assert mined.views.shape == (3, len(tracks), 32)
    np.testing.assert_allclose(np.linalg.norm(mined.views, axis=2), 1, atol=1e-6)
    linked = np.unique(tracks.cannot_link)
    assert np.flatnonzero(mined.has_negative).tolist() == linked.tolist()
    # A track's only partner is its hard negative: that track's mean, at length 1.
    a, b = tracks.cannot_link[0]
    mean = tracks.means()[b]
    np.testing.assert_allclose(mined.negative[a], mean / np.linalg.norm(mean), atol=1e-6)
    assert mine(tracks, 7).views.shape[1] == 0


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("n_films", [1, 3])
def test_trains_on_one_film_or_many(system: str, n_films: int) -> None:
    result = fit(training_set(n_films), system, QUICK, 0)
    losses = [entry["loss"] for entry in result.log]
    assert min(losses[1:]) < losses[0]
    assert all(0 <= entry["dead"] < 1 for entry in result.log)
    film, truth = people_film(5, 6, 6, seed=50)
    tree = MultiFace(system, result, QUICK, system).compare(film, 0)
    labels = tree.into(5).labels
    assert len(np.unique(labels)) == 5
    assert nmi(truth, labels) > 0.5
    again = fit(training_set(n_films), system, QUICK, 0)
    assert again.log == result.log


def test_stops_when_nothing_is_gained() -> None:
    config = replace(QUICK, epochs=100, least_gain=0.5)
    assert len(fit(training_set(1), "mvcorr", config, 0).log) == config.patience + 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_resumed_training_ends_as_one_that_was_not_stopped(system: str, tmp_path: Path) -> None:
    data = training_set(2)
    whole = fit(data, system, QUICK, 1)
    saved: list[Learned] = []
    fit(data, system, replace(QUICK, save_epochs=5), 1, on_save=saved.append)
    save_learned(saved[0], tmp_path / "half.safetensors")
    again = fit(data, system, QUICK, 1, start=load_learned(tmp_path / "half.safetensors"))
    assert again.log == whole.log
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)


@pytest.mark.parametrize("system", SYSTEMS)
def test_on_the_film_itself(system: str) -> None:
    film = training_film(7).film
    plain = MultiFace(system, None, QUICK, system)
    labels = plain.compare(film, 0).into(8).labels
    assert len(np.unique(labels)) == 8
    assert labels.tolist() == plain.compare(film, 0).into(8).labels.tolist()
    found = MultiFaceExemplars(plain)(film, 0).labels
    assert found.min() >= -1
    assert found.tolist() == MultiFaceExemplars(plain)(film, 0).labels.tolist()


def test_a_film_with_too_little_to_learn_from_is_left_as_it_is() -> None:
    film, _ = people_film(3, 2, 3)
    points, tracks = MultiFace("mvcorr", None, QUICK).embed(film, 0)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1)
    assert points.shape == (6, 32)
    assert tracks.tolist() == list(range(6))


def test_bad_input_is_one_clear_line() -> None:
    short, _ = people_film(3, 3, 3)
    with pytest.raises(DataError, match="0 tracks have 6 crops or more; mvcorr needs at least 4"):
        fit(of_film(short)[0], "mvcorr", QUICK, 0)
    alone, _ = people_film(3, 3, 6)
    with pytest.raises(DataError, match="a track that shares a frame"):
        fit(of_film(alone)[0], "imptriplet", QUICK, 0)
    learned = fit(training_set(1), "mvcorr", QUICK, 0)
    narrow, _ = people_film(3, 3, 6, width=8)
    with pytest.raises(DataError, match="have 8 values, mvcorr was learned on 32"):
        MultiFace("mvcorr", learned, QUICK).compare(narrow, 0)
    nothing = film_of(np.empty((0, 32)), np.empty(0), 2)
    assert MultiFace("mvcorr", learned).compare(nothing, 0).into(1).labels.tolist() == [-1, -1]
    with pytest.raises(DataError, match="no track to learn from"):
        join([])
