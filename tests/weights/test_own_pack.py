"""A pack of the user's own, and parts of packs mixed: the same code path as `open`."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vcn.config import DetectConfig
from vcn.detectors import load_detector
from vcn.errors import PackError
from vcn.nets import load_face_model
from vcn.stages.crops import similarity, warp
from vcn.weights.packs import Pack, load_pack

Image = NDArray[np.uint8]

PACK = """
name = "mine"
title = "RetinaFace MobileNet-0.25 + MobileFaceNet"

[[licences]]
covers = "detector"
id = "MIT"
commercial_use = true

[[licences]]
covers = "face model"
id = "LicenseRef-not-stated"
commercial_use = false

[[files]]
name = "detector.onnx"
path = "detector.onnx"
size = {detector_size}
sha256 = "{detector_sha}"

[[files]]
name = "face.onnx"
path = "weights/face.onnx"
size = {face_size}
sha256 = "{face_sha}"

[detector]
kind = "retinaface-pytorch"
file = "detector.onnx"

[face_model]
kind = "onnx"
file = "face.onnx"
input_size = 112
channels = "RGB"
mean = [127.5, 127.5, 127.5]
std = [128.0, 128.0, 128.0]
template = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
            [41.5493, 92.3655], [70.7299, 92.2041]]
embedding_dim = 128
"""


@pytest.fixture(scope="module")
def weights(shared_data: Path) -> tuple[Path, Path]:
    folder = shared_data / "weights"
    return folder / "retinaface_mnet025_640.onnx", folder / "mfn_photo_analyze.onnx"


@pytest.fixture(scope="module")
def folder(weights: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack as a user would write it, its weights linked."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "weights").mkdir()
    (folder / "detector.onnx").symlink_to(weights[0])
    (folder / "weights" / "face.onnx").symlink_to(weights[1])
    facts = {}
    for part, path in zip(("detector", "face"), weights, strict=True):
        facts[f"{part}_size"] = path.stat().st_size
        facts[f"{part}_sha"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "pack.toml").write_text(PACK.format(**facts))
    return folder


@pytest.fixture(scope="module")
def picture() -> Image:
    """insightface's group picture: six people."""
    spec = importlib.util.find_spec("insightface")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / "images" / "t1.jpg"
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def people(pack: Pack, picture: Image) -> NDArray[np.float32]:
    """(n, D) unit embeddings of the faces, left to right, by the pack's own parts."""
    pack.verify()
    assert pack.detector is not None
    assert pack.face_model is not None
    faces = load_detector(pack.detector, DetectConfig()).detect([picture])[0]
    sure = faces.score >= DetectConfig().threshold
    landmarks = faces.landmarks[sure][np.argsort(faces.xyxy[sure, 0])]
    model = load_face_model(pack.face_model)
    crops = [
        warp(picture, similarity(points, model.template), model.input_size) for points in landmarks
    ]
    with torch.inference_mode():
        values = model(model.preprocess(torch.from_numpy(np.stack(crops)))).numpy()
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def test_a_pack_of_ones_own_runs_as_the_built_in_one(folder: Path, picture: Image) -> None:
    mine = load_pack(folder)
    assert mine.name == "mine"
    assert mine.research_only
    found = people(mine, picture)
    assert found.shape == (6, 128)
    closest = max(float(found[i] @ found[j]) for i, j in itertools.combinations(range(6), 2))
    assert closest < 0.5  # six people
    again = people(mine, np.ascontiguousarray(picture[:, ::-1]))[::-1]
    assert float((found * again).sum(1).min()) > 0.7  # in the mirror they are themselves


def test_parts_are_mixed(weights: tuple[Path, Path], picture: Image) -> None:
    detector, face_model = weights
    open_pack = load_pack("open")

    pack = load_pack("open", detector=detector)
    assert pack.face_model == open_pack.face_model
    assert people(pack, picture).shape == (6, 128)
    assert not pack.commercial
    assert {licence.covers: licence.id for licence in pack.licences} == {
        "detector": "own file",
        "face model": "CC0-1.0",
    }

    pack = load_pack("open", face_model=face_model)
    assert pack.detector == open_pack.detector
    assert people(pack, picture).shape == (6, 128)

    pack = load_pack("open", detector=detector, face_model=face_model)
    assert [file.path for file in pack.files] == [detector, face_model]
    assert pack.as_dict()["files"].keys() == {detector.name, face_model.name}
    assert people(pack, picture).shape == (6, 128)


def test_a_changed_file_is_noticed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    for name in ("pack.toml", "detector.onnx", "weights/face.onnx"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    load_pack(tmp_path).verify()
    data = bytearray((tmp_path / "detector.onnx").read_bytes())
    data[-1] ^= 1
    (tmp_path / "detector.onnx").write_bytes(data)
    with pytest.raises(PackError, match="is not the file it should be"):
        load_pack(tmp_path).verify()
