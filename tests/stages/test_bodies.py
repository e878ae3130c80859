"""Bodies: cut below the face, looked at by a model of a pack, a cue in place of clothes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx_models import Builder
from paths import ROOT

from vcn.config import EvidenceConfig, RunConfig
from vcn.errors import PackError
from vcn.methods.vcn.odds import read_cues
from vcn.nets.body import BodyModel
from vcn.pipeline import Run
from vcn.pipeline.directions import mean_directions
from vcn.types import Crops, Embeddings, Setting, TrackFilm
from vcn.video import open_video
from vcn.video.person import person
from vcn.video.surround import HEIGHT, WIDTH
from vcn.weights.packs import BodySpec, load_pack

SIZE = (16, 32)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack `open` with a body model: the mean colour of each picture."""
    folder = tmp_path_factory.mktemp("pack")
    graph = Builder()
    graph.node("Flatten", graph.node("GlobalAveragePool", "x"), out="y", axis=1)
    width, height = SIZE
    graph.save(folder / "body.onnx", ["n", 3, height, width], {"y": ["n", 3]})
    content = (folder / "body.onnx").read_bytes()
    own = f"""
[[files]]
name = "body.onnx"
path = "body.onnx"
size = {len(content)}
sha256 = "{hashlib.sha256(content).hexdigest()}"

[body]
file = "body.onnx"
width = {width}
height = {height}
mean = [0, 0, 0]
std = [255, 255, 255]
embedding_dim = 3
"""
    text = (ROOT / "models" / "open" / "pack.toml").read_text(encoding="utf-8")
    (folder / "pack.toml").write_text(text + own, encoding="utf-8")
    return folder


def test_a_person_is_three_faces_wide_and_six_high() -> None:
    y, x = np.mgrid[:400, :300]
    image = np.stack([x * 0.8, y * 0.6, 0 * x], axis=2).astype(np.uint8)
    whole = person(image, np.array([100, 60, 140, 100], np.float32), (30, 60))
    # From 60, 40 to 180, 280: a pixel of the result is 4 of the film.
    assert np.abs(whole[0, 0] - [61.5 * 0.8, 41.5 * 0.6, 0]).max() < 2
    assert np.abs(whole[-1, -1] - [177.5 * 0.8, 277.5 * 0.6, 0]).max() < 2
    edge = person(image, np.array([0, 300, 40, 340], np.float32), (30, 60))
    assert not edge[:, :10].any()  # left of the film
    assert not edge[30:].any()  # below it
    assert np.abs(edge[0, 10] - [1.5 * 0.8, 281.5 * 0.6, 0]).max() < 2
    outside = person(image, np.array([900, 900, 940, 940], np.float32), (30, 60))
    assert not outside.any()


def test_a_model_that_is_not_as_its_pack_says(pack: Path) -> None:
    spec = load_pack(pack).body
    assert isinstance(spec, BodySpec)
    images = np.zeros((2, 32, 16, 3), np.uint8)
    images[1] = (255, 0, 51)
    found = BodyModel(spec, "cpu").embed(images)
    np.testing.assert_allclose(found, [[0, 0, 0], [1, 0, 0.2]], atol=1e-6)
    with pytest.raises(PackError, match=r"gave \(2, 3\), and not \(2, 4\).*Correct width"):
        BodyModel(replace(spec, embedding_dim=4), "cpu").embed(images)
    with pytest.raises(PackError, match="failed"):
        BodyModel(spec, "cpu").embed(images[:, :, :8])


def test_the_mean_of_a_track_is_a_direction() -> None:
    rows = np.array([[3, 0], [0, 4], [0, 0], [0, 2]], np.float32)
    found = mean_directions(rows, np.array([0, 0, 1, 3]), 4)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found, [[half, half], [0, 0], [0, 0], [0, 1]], atol=1e-6)


def test_bodies_take_the_place_of_clothes() -> None:
    n = 6
    scene = np.array([0, 0, 0, 0, 1, 2])
    seconds = np.stack([100.0 * np.arange(n), 100.0 * np.arange(n) + 5], axis=1)
    ones = np.ones(n, np.float32)
    crops = Crops(
        np.zeros((n, 8, 8, 3), np.uint8), np.arange(n), np.arange(n), ones, ones, ones, None,
        np.full((n, HEIGHT, WIDTH, 3), 90, np.uint8), np.tile(np.float32([0, 0, 1, 1]), (n, 1)),
    )  # fmt: skip
    values = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    bodies = np.float32([[1, 0], [1, 0], [0, 1], [0, 0], [1, 0], [0, 1]])
    film = TrackFilm(
        Embeddings(values, np.arange(n), normalised=False), n, crops,
        setting=Setting(np.arange(n), seconds, scene, np.zeros((0, 2), np.int64)), bodies=bodies,
    )  # fmt: skip

    def names(film: TrackFilm, config: EvidenceConfig) -> set[str]:
        return set(read_cues(film, config))

    config = EvidenceConfig()
    assert names(film, config) == {"body"}
    assert names(replace(film, bodies=None), config) == {"clothes"}
    assert names(film, replace(config, body=False)) == {"clothes"}
    reading = read_cues(film, config)["body"]
    weight = reading.weights(np.full((n, n), 0.2), np.zeros((n, n), np.float32))
    assert weight[0, 1] > 0 > weight[[0, 1], 2].min()
    assert not weight[3].any()  # nothing was seen of it
    assert weight[0, 5] >= 0  # in another scene a body never speaks against


def test_they_are_cut_in_the_one_pass(pack: Path, short_film: Path, tmp_path: Path) -> None:
    config = RunConfig(device="cpu", pack=str(pack))
    run = Run.prepare(short_film, config, None, tmp_path)
    scan = run.scan()
    pictures = scan.crops.bodies
    assert pictures is not None
    assert pictures.shape == (len(scan.crops), 32, 16, 3)
    wanted = {}
    with open_video(short_film) as video:
        for frame in video.frames():
            for row in np.flatnonzero(scan.crops.frame == frame.time.index).tolist():
                track = scan.tracks[scan.crops.track_index[row]]
                box = track.xyxy[np.searchsorted(track.frame, frame.time.index)]
                wanted[row] = person(frame.image, box, SIZE)
    assert len(wanted) == len(pictures) > 0
    for row, picture in wanted.items():
        np.testing.assert_array_equal(pictures[row], picture)
    after, embeddings = run.split(scan, run.embed(scan))
    film = run.track_film(after, embeddings)
    assert film.bodies is not None
    assert film.bodies.shape == (len(after.tracks), 3)
    assert film.bodies.any(axis=1).all()
    assert run.store.find("bodies", "x") is None
    without = replace(config, evidence=replace(config.evidence, body=False))
    assert Run.prepare(short_film, without, None, tmp_path).setup.body is None
    assert Run.prepare(short_film, RunConfig(device="cpu"), None, tmp_path).setup.body is None
