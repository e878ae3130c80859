"""Simulated films: reproducible, of the promised shape, and with nothing left over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vcn.benchmark import films
from vcn.benchmark.degrade import LEVELS, draw_look, render, to_template
from vcn.benchmark.films import plan_film, share_out, simulate
from vcn.benchmark.photos import Photos, load_photos
from vcn.benchmark.sources import Simulated
from vcn.errors import DataError, UsageError
from vcn.types import FloatArray, ImageArray
from vcn.weights.packs import ARCFACE_TEMPLATE


class Thumbnails:
    """A face model that anyone can check: the crop shrunk to 4 x 4."""

    key = "thumbnails"
    size = 32
    template: FloatArray = np.array(ARCFACE_TEMPLATE, np.float32) * 32 / 112
    impostor_cosine: float | None = None
    n_parts = 1

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, images: ImageArray) -> FloatArray:
        self.calls += 1
        small = images.reshape(len(images), 4, 8, 4, 8, 3).mean(axis=(2, 4))
        return small.reshape(len(images), -1).astype(np.float32)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six "people": a colour each, a little different in every picture."""
    folder = tmp_path_factory.mktemp("faces")
    rng = np.random.default_rng(0)
    for person in range(6):
        (folder / f"p{person}").mkdir()
        colour = rng.uniform(40, 215, 3)
        for number in range(24):
            low = rng.normal(colour, 12, (7, 7, 3)).clip(0, 255).astype(np.uint8)
            image = cv2.resize(low, (112, 112), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(folder / f"p{person}" / f"{number:02}.jpg"), image)
    return folder


def test_the_same_seed_gives_the_same_film(faces: Path, tmp_path: Path) -> None:
    first = simulate(load_photos(faces), "hard", 15, 3, Thumbnails(), cache_dir=tmp_path / "a")
    again = simulate(load_photos(faces), "hard", 15, 3, Thumbnails(), cache_dir=tmp_path / "b")
    other = simulate(load_photos(faces), "hard", 15, 4, Thumbnails(), cache_dir=tmp_path / "b")
    assert first[0].crops is not None
    assert again[0].crops is not None
    np.testing.assert_array_equal(first[0].crops.images, again[0].crops.images)
    np.testing.assert_array_equal(first[0].embeddings.values, again[0].embeddings.values)
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_a_cached_film_is_the_same_and_embeds_nothing(faces: Path, tmp_path: Path) -> None:
    model = Thumbnails()
    film, labels = simulate(load_photos(faces), "clean", 12, 0, model, cache_dir=tmp_path)
    calls = model.calls
    cached, cached_labels = simulate(
        load_photos(faces), "clean", 12, 0, model, cache_dir=tmp_path, with_crops=False
    )
    assert model.calls == calls
    assert cached.crops is None
    np.testing.assert_array_equal(cached.embeddings.values, film.embeddings.values)
    np.testing.assert_array_equal(cached_labels, labels)


def test_a_film_has_the_promised_shape(faces: Path, tmp_path: Path) -> None:
    film, labels = simulate(load_photos(faces), "degraded", 18, 1, Thumbnails(), cache_dir=tmp_path)
    assert film.name == "degraded-18"
    assert film.n_tracks == len(labels) == 18
    sizes = np.bincount(film.embeddings.track_index)
    assert sizes.min() >= 4
    assert sizes.max() <= 16
    assert film.crops is not None
    assert film.crops.images.shape == (sizes.sum(), 32, 32, 3)
    assert set(labels) == set(range(6))
    assert film.cannot_link is not None
    assert len(film.cannot_link) > 0
    first, second = film.cannot_link.T
    assert (labels[first] != labels[second]).all()
    assert (first < second).all()
    starts = film.crops.frame[np.searchsorted(film.crops.track_index, np.arange(18))]
    np.testing.assert_array_equal(starts[first], starts[second])


def test_people_can_be_chosen(faces: Path, tmp_path: Path) -> None:
    source = Simulated(faces, "clean", 8, Thumbnails(), ("p5", "p1"), tmp_path)
    film, labels, _ = source.load(0, with_crops=False)
    assert set(labels.tolist()) == {0, 1}
    assert film.name == source.name == "clean-8-2people"


def test_no_photograph_is_in_two_tracks_while_the_supply_lasts() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(12), 180)
    space = rng.normal(size=(len(person), 8)).astype(np.float32)
    plan = plan_film(person, space, "clean", 150, np.random.default_rng(1))
    used = np.bincount(np.concatenate(plan.photo), minlength=len(person))
    assert used.max() <= 2
    assert (used > 1).sum() < 0.05 * len(person), "only where a person's last tracks run short"
    for label, photo in zip(plan.labels, plan.photo, strict=True):
        assert (person[photo] == label).all()
        assert len(set(photo)) == len(photo)


def test_people_get_tracks_in_a_long_tail() -> None:
    limits = np.full(12, 1000)
    counts = share_out(600, limits, rare=0, rng=np.random.default_rng(0))
    assert counts.sum() == 600
    ordered = np.sort(counts)[::-1]
    assert ordered[0] > 5 * ordered[-1]
    rare = share_out(600, limits, rare=4, rng=np.random.default_rng(0))
    assert rare.sum() == 600
    assert np.sort(rare)[3] <= 2
    assert np.sort(rare)[4] > 2


def test_limits_hold_and_the_rest_goes_to_the_others() -> None:
    limits = np.array([5, 5, 40, 40])
    counts = share_out(80, limits, rare=0, rng=np.random.default_rng(0))
    assert counts.sum() == 80
    assert (counts <= limits).all()
    with pytest.raises(UsageError, match="cannot be dealt out"):
        share_out(91, limits, rare=0, rng=np.random.default_rng(0))
    with pytest.raises(UsageError, match="cannot be dealt out"):
        share_out(7, limits, rare=0, rng=np.random.default_rng(0))


def test_levels_get_worse(faces: Path) -> None:
    photos: Photos = load_photos(faces)
    template = np.array(ARCFACE_TEMPLATE, np.float32)
    change = {}
    for level in ("clean", "degraded", "hard"):
        rng = np.random.default_rng(0)
        difference = [
            np.abs(
                render(photo, draw_look(LEVELS[level], rng), template, 112, rng).astype(float)
                - photo
            ).mean()
            for photo in photos.images[::3]
        ]
        change[level] = np.mean(difference)
    assert change["clean"] < 0.5 * change["degraded"] < 0.5 * change["hard"]


def test_the_arcface_template_leaves_a_photograph_as_it_is(faces: Path) -> None:
    photo = load_photos(faces).images[0]
    same = to_template(photo, np.array(ARCFACE_TEMPLATE, np.float32), 112)
    np.testing.assert_array_equal(same, photo)


def test_landmarks_land_on_the_template() -> None:
    template = (np.array(ARCFACE_TEMPLATE, np.float32) - 56) * 1.2 + 75
    photo = np.zeros((112, 112, 3), np.uint8)
    for x, y in np.rint(np.array(ARCFACE_TEMPLATE)).astype(int):
        photo[y - 1 : y + 2, x - 1 : x + 2] = 255
    crop = to_template(photo, template, 150)[..., 0].astype(float)
    for x, y in template:
        near = np.s_[int(y) - 5 : int(y) + 6, int(x) - 5 : int(x) + 6]
        rows, columns = np.mgrid[near]
        centre = np.array([(columns * crop[near]).sum(), (rows * crop[near]).sum()])
        np.testing.assert_allclose(centre / crop[near].sum(), (x, y), atol=1.0)


def test_bad_arguments(faces: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no level 'easy'"):
        simulate(load_photos(faces), "easy", 10, 0, Thumbnails(), cache_dir=tmp_path)
    with pytest.raises(DataError, match="no photographs of nobody"):
        load_photos(faces, ["nobody"])
    with pytest.raises(DataError, match="no photographs of anyone"):
        load_photos(tmp_path / "missing")


def test_the_cache_lies_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VCN_CACHE_DIR", str(tmp_path))
    assert films.cache_folder() == tmp_path / "benchmark"
