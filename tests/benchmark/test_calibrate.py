"""What the distances of a face model mean is measured, not guessed."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from vcn.benchmark.calibrate import Calibration, measure
from vcn.config import CalibrateConfig, EvidenceConfig
from vcn.config.choices import choices
from vcn.methods import TrackFilm
from vcn.types import Crops, Embeddings, IntArray


def made(seed: int, noise: dict[float, float]) -> tuple[TrackFilm, IntArray]:
    """60 tracks of six people; the smaller the face, the more noise."""
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(6, 64))
    person = np.repeat(np.arange(6), 10)
    size = rng.choice(list(noise), 60)
    values = (
        people[person] + rng.normal(size=(60, 64)) * np.array([noise[s] for s in size])[:, None]
    )
    crops = Crops(
        images=np.zeros((60, 8, 8, 3), np.uint8),
        track_index=np.arange(60),
        frame=np.arange(60),
        size=size.astype(np.float32),
        sharpness=np.ones(60, np.float32),
        score=np.ones(60, np.float32),
    )
    embeddings = Embeddings(values.astype(np.float32), np.arange(60), normalised=False)
    return TrackFilm(embeddings, 60, crops, impostor_cosine=0.0), person


def test_small_faces_say_less() -> None:
    evidence = EvidenceConfig()
    films = (made(seed, {20.0: 0.9, 100.0: 0.3}) for seed in range(3))
    found = measure(films, 0.0, replace(CalibrateConfig(), least_pairs=50), evidence)
    assert found.pairs[0] > 50
    assert found.pairs[-1] > 50
    assert 0 < found.nearer[0] < found.nearer[-1] - 0.5
    # One minus the cosine of one person: noise^2 / (1 + noise^2), of two people 1.
    assert found.nearer[-1] == pytest.approx(-np.log(0.3**2 / (1 + 0.3**2)), abs=0.25)
    assert found.nearer[1] == evidence.nearer[1]  # no face of such a size was seen
    assert 0.05 < found.stranger_scale < 0.4


def test_it_is_a_file_of_choices() -> None:
    found = Calibration(0.84, (0.3, 0.5, 0.6, 0.7, 1.0), 0.41, 0.2, (1, 2, 3, 4, 5))
    values = tomllib.loads(found.toml())["evidence"]
    assert values == {"nearer": [0.3, 0.5, 0.6, 0.7, 1.0], "same_sd": 0.41, "stranger_scale": 0.2}
    assert {f"evidence.{name}" for name in values} <= set(choices())
