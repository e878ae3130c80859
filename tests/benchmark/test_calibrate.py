"""What the distances of a face model mean is measured, not guessed."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcn.benchmark.calibrate import Calibration, measure
from vcn.config import CalibrateConfig, EvidenceConfig
from vcn.config.choices import choices
from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.pipeline.setup import begun_by
from vcn.types import Crops, Embeddings, IntArray
from vcn.weights.measured import own_packtoml, write_measured
from vcn.weights.packtoml import built_in_dir, read_pack


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
    assert found.strangers_nearer[:5] == pytest.approx((0, 0.35, 0.2, 0.15, 0), abs=0.03)
    assert found.nearer[1] == evidence.nearer[1]  # no face of such a size was seen
    assert 0.05 < found.stranger_scale < 0.4


def test_it_is_a_file_of_choices() -> None:
    found = Calibration(0.84, (0.3, 0.5, 0.6, 0.7, 1.0), (0.5,) * 15, 0.41, 0.2, (1, 2, 3, 4, 5))
    values = tomllib.loads(found.toml())["evidence"]
    assert values == {
        "nearer": [0.3, 0.5, 0.6, 0.7, 1.0],
        "strangers_nearer": [0.5] * 15,
        "same_sd": 0.41,
        "stranger_scale": 0.2,
    }
    assert {f"evidence.{name}" for name in values} <= set(choices())


def own_pack(folder: Path) -> Path:
    """The pack `open` as a user's own."""
    text = (built_in_dir() / "open" / "pack.toml").read_text()
    folder.mkdir()
    (folder / "pack.toml").write_text(text.replace('name = "open"', 'name = "mine"'))
    return folder / "pack.toml"


def test_it_is_written_into_a_pack_of_ones_own_and_runs_begin_there(tmp_path: Path) -> None:
    place = own_pack(tmp_path / "mine")
    before = place.read_text().splitlines()
    found = Calibration(0.71, (0.3, 0.5, 0.6, 0.7, 1.0), (0.5,) * 15, 0.41, 0.2, (1, 2, 3, 4, 5))
    for _ in range(2):  # a second time it replaces its lines
        write_measured(own_packtoml(str(place.parent)), found.of_pack())
    after = place.read_text().splitlines()
    assert len(after) == len(before) + 4
    assert {line for line in before if not line.startswith("impostor_cosine")} <= set(after)
    model = read_pack(place.parent).face_model
    assert model is not None
    assert model.impostor_cosine == 0.71
    begun = begun_by(EvidenceConfig(), model)
    assert (begun.nearer, begun.same_sd, begun.stranger_scale) == (found.nearer, 0.41, 0.2)
    assert begun.strangers_nearer == found.strangers_nearer
    own = EvidenceConfig(same_sd=0.5, size_edges=(24.0,))
    begun = begun_by(own, model)
    assert (begun.nearer, begun.same_sd, begun.stranger_scale) == (own.nearer, 0.5, 0.2)
    assert begun.strangers_nearer == own.strangers_nearer
    with pytest.raises(UsageError, match="open is not a pack of your own"):
        own_packtoml("open")
