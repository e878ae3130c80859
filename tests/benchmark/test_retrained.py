"""Training on simulated films and measuring on films of other people, in the small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from training_films import training_set

from vcn.benchmark.clip_photos import clip_photos
from vcn.benchmark.films import simulate
from vcn.benchmark.markdown import write
from vcn.benchmark.photos import load_photos
from vcn.benchmark.retrained import courses, measure, small_and_large, training_films
from vcn.benchmark.sources import LabelledFilm, Simulated
from vcn.config import BenchmarkConfig
from vcn.config.learned import RetrainConfig
from vcn.errors import DataError
from vcn.methods.bcl.objectives import SYSTEMS
from vcn.types import UNKNOWN, FloatArray, ImageArray
from vcn.weights.packs import ARCFACE_TEMPLATE


class Mean:
    """A face model: the mean colour of the quarters of a picture."""

    key = "quarters"
    size = 16
    template: FloatArray = np.array(ARCFACE_TEMPLATE, np.float32) / 7
    impostor_cosine: float | None = None
    n_parts = 1

    def __call__(self, images: ImageArray) -> FloatArray:
        quarters = images.reshape(len(images), 2, 8, 2, 8, 3).mean(axis=(2, 4), dtype=np.float32)
        return quarters.reshape(len(images), -1) - 128


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Twelve people of a colour each."""
    rng = np.random.default_rng(0)
    for person in range(12):
        folder = tmp_path / "faces" / f"person_{person:02}"
        folder.mkdir(parents=True)
        base = rng.integers(30, 220, (2, 2, 3))
        for n in range(16):
            small = np.clip(base + rng.normal(0, 6, (2, 2, 3)), 0, 255).astype(np.uint8)
            picture = cv2.resize(small, (112, 112), interpolation=cv2.INTER_NEAREST)
            cv2.imwrite(str(folder / f"{n}.jpg"), picture)
    return tmp_path / "faces"


@dataclass(frozen=True)
class Film:
    """A labelled clip: crops of people on the face model's template."""

    name: str
    labelled: LabelledFilm
    level: str = "clips"

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:
        return self.labelled


@pytest.fixture
def clips(faces: Path, tmp_path: Path) -> list[Film]:
    """Four films; the tracks of person 3 of each are not labelled."""
    out = []
    for n in range(4):
        photos = load_photos(faces, [f"person_{3 * n + k:02}" for k in range(3)])
        film, truth = simulate(photos, "clean", 12, n, Mean(), name=f"c{n}", cache_dir=tmp_path)
        out.append(Film(f"c{n}", LabelledFilm(film, np.where(truth == 2, UNKNOWN, truth))))
    return out


def small() -> RetrainConfig:
    return replace(
        RetrainConfig(),
        level="clean",
        min_size=1,
        train_seeds=(100,),
        train_tracks=40,
        validation_people=2,
        made_up_people=20,
        made_up_tracks=4,
        batch=80,
        seeds=(0,),
        epochs=1,
    )


def test_nobody_of_a_test_film_is_learned_from(faces: Path, clips: list[Film]) -> None:
    films = (Simulated(faces, "clean", 24, Mean()),)
    simulated, first, second = courses(faces, clips, films, Mean(), small())  # type: ignore[arg-type]
    assert simulated.films == films
    assert {name.split()[0] for name in simulated.learn.names} == {"c0", "c1", "c2", "c3"}
    assert len(simulated.learn.names) == 8
    for course in (first, second):
        shown = {film.name for film in course.films}
        assert len(shown) == 2
        seen = {name.split()[0] for name in course.learn.names if name.startswith("c")}
        assert seen == {"c0", "c1", "c2", "c3"} - shown
        assert sum(name.startswith("person_") for name in course.learn.names) == 12


def test_small_faces_and_rare_people_are_left_out(clips: list[Film]) -> None:
    template = Mean.template
    everyone = clip_photos(clips, template, small())  # type: ignore[arg-type]
    assert everyone.images.shape[1:] == (112, 112, 3)
    assert (np.diff(everyone.person) >= 0).all()
    with pytest.raises(DataError, match="large faces"):
        clip_photos(clips, template, replace(small(), min_size=1000))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="large faces"):
        clip_photos(clips, template, replace(small(), min_photos=1000))  # type: ignore[arg-type]


def test_validation_films_are_small_and_large() -> None:
    tracks = training_set(3)
    found = small_and_large(tracks)
    n_tracks = np.bincount(tracks.film)
    assert np.bincount(found.film).tolist() == [*n_tracks, *(len(tracks) - n_tracks)]
    for number, part in enumerate([tracks.film == 1, tracks.film != 1]):
        of_part, own = tracks.only(part), found.only(found.film == 1 + 3 * number)
        np.testing.assert_array_equal(own.features, of_part.features)
        np.testing.assert_array_equal(own.person, of_part.person)
        np.testing.assert_array_equal(own.start, of_part.start)
    assert len(small_and_large(training_set(1))) == len(training_set(1))


def test_every_system_is_trained_and_measured(
    faces: Path, clips: list[Film], tmp_path: Path
) -> None:
    films = (Simulated(faces, "clean", 24, Mean(), cache_dir=tmp_path),)
    taught = courses(faces, clips, films, Mean(), small())  # type: ignore[arg-type]
    assert len(training_films(taught[0], small(), Mean(), tmp_path)) == 40
    benchmark = replace(BenchmarkConfig(), seeds=(0,))
    table = measure(taught, Mean(), small(), benchmark, cache_dir=tmp_path)
    methods = {row.method for row in table.rows}
    assert {*SYSTEMS, "bcl-finetuned", "bcl:known_k"} <= methods
    assert {row.film for row in table.rows} == {"clean-24", "c0", "c1", "c2", "c3"}
    assert table.protocol["learned from"]["clips 1"]["people"] == 16  # type: ignore[index]
    assert "20 people made up, 4 tracks each" in str(table.protocol["training"])
    write(table, tmp_path / "out", "bcl")
    assert "bcl-prototypical" in (tmp_path / "out" / "bcl.md").read_text()
