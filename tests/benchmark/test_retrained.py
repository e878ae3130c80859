"""Training on simulated films and measuring on films of other people, in the small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from vcn.benchmark.markdown import write
from vcn.benchmark.retrained import folds, measure, training_films
from vcn.config.learned import RetrainConfig
from vcn.methods.bcl.objectives import SYSTEMS
from vcn.types import FloatArray, ImageArray
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


def test_folds_share_nobody() -> None:
    people = [f"p{n}" for n in range(12)]
    dealt = folds(people, 3)
    assert sorted(person for fold in dealt for person in fold.test) == sorted(people)
    for fold in dealt:
        assert not set(fold.train) & set(fold.test)
        assert len(fold.train) == 8


def test_every_system_is_trained_and_measured(faces: Path, tmp_path: Path) -> None:
    config = replace(
        RetrainConfig(),
        level="clean",
        train_seeds=(100,),
        train_tracks=24,
        test_seeds=(0,),
        test_tracks=16,
        seeds=(0,),
        epochs=1,
    )
    fold = folds([f"person_{n:02}" for n in range(12)], 3)[1]
    tracks = training_films(faces, fold, config, Mean(), tmp_path)
    assert set(tracks.people) == set(fold.train)
    table, protocol = measure(faces, Mean(), config, cache_dir=tmp_path, only=[1])
    methods = {row.method for row in table.rows}
    assert {*SYSTEMS, "bcl-finetuned", "bcl:known_k", "hac-oracle", "mvcorr"} <= methods
    assert {row.film for row in table.rows} == {"clean-16-fold1"}
    assert all(row.n_people == 4 for row in table.rows)
    assert protocol["held out to validate"] == 3
    write(table, tmp_path / "out", "bcl")
    assert "bcl-prototypical" in (tmp_path / "out" / "bcl.md").read_text()
