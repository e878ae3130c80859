"""What head mode and full mode have in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_model import TinyModel, tiny_film, tiny_method

from vcn.errors import DataError
from vcn.nets.adapter import Adapter
from vcn.stages.adapt import HeadAdapter
from vcn.stages.adapt_full import FullAdapter


@pytest.fixture(params=["head", "full"])
def adapters(request: pytest.FixtureRequest) -> tuple[Adapter, Adapter]:
    """Two over the same film that differ in their seed."""
    model = TinyModel()
    film = tiny_film(model)
    config = tiny_method(request.param).adapt
    assert film.crops is not None
    if request.param == "head":
        return tuple(HeadAdapter(film.embeddings, film.n_tracks, config, n) for n in (0, 1))
    return tuple(
        FullAdapter(film.embeddings, film.crops, film.n_tracks, config, model, n) for n in (0, 1)
    )


def test_a_loaded_metric_says_what_the_trained_one_said(
    adapters: tuple[Adapter, Adapter],
) -> None:
    trained, other = adapters
    ok = np.ones(24, np.bool_)
    matches = np.array([[0, 3], [3, 0]])
    trained.fit(3, ok, matches)
    assert not np.array_equal(other.profiles(ok).q, trained.profiles(ok).q)
    other.load(trained.metric())
    for found, wanted in zip(
        (other.profiles(ok), other.mean_profiles(ok)),
        (trained.profiles(ok), trained.mean_profiles(ok)),
        strict=True,
    ):
        np.testing.assert_array_equal(found.p, wanted.p)
        np.testing.assert_array_equal(found.q, wanted.q)
    np.testing.assert_array_equal(other.student_outputs(), trained.student_outputs())
    other.resume(trained.metric(), trained.training_state())
    assert other.fit(2, ok, matches) == trained.fit(2, ok, matches)
    np.testing.assert_array_equal(other.profiles(ok).q, trained.profiles(ok).q)


def test_the_centre_begins_as_the_mean_over_the_usable_crops(
    adapters: tuple[Adapter, Adapter],
) -> None:
    adapter = adapters[0]
    outputs = adapter._heads[1](adapter.inputs)
    np.testing.assert_allclose(
        adapter.centre.numpy(), outputs.mean(dim=1, keepdim=True).numpy(), atol=1e-6
    )


@pytest.mark.parametrize(
    "spoil",
    [
        {"centre": np.zeros((2, 9))},
        {"input_mean": np.zeros(9), "input_std": np.ones(9)},
        {"student": {}},
    ],
    ids=lambda spoil: next(iter(spoil)),
)
def test_a_metric_of_another_shape_is_refused(
    adapters: tuple[Adapter, Adapter], spoil: dict[str, object]
) -> None:
    adapter = adapters[0]
    with pytest.raises(DataError, match="another shape") as caught:
        adapter.load(replace(adapter.metric(), **spoil))
    assert "Use the pack that the checkpoint was made with" in str(caught.value)
