"""dlib's ResNet as a torch module, against dlib itself."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vcn.config import DetectConfig
from vcn.detectors import load_detector
from vcn.errors import PackError
from vcn.nets import load_face_model
from vcn.nets.base import FaceModel
from vcn.nets.quick import embed_quickly
from vcn.weights.packs import FaceModelSpec, load_pack


@pytest.fixture(scope="module")
def spec() -> FaceModelSpec:
    spec = load_pack("open").face_model
    assert spec is not None
    return spec


@pytest.fixture(scope="module")
def model(spec: FaceModelSpec) -> FaceModel:
    return load_face_model(spec, "cpu")


@pytest.fixture(scope="module")
def chips(model: FaceModel) -> NDArray[np.uint8]:
    """(8, 150, 150, 3): the six faces of insightface's t1.jpg, aligned; noise; black."""
    import cv2

    found = importlib.util.find_spec("insightface")
    assert found is not None
    assert found.origin is not None
    picture = cv2.imread(str(Path(found.origin).parent / "data" / "images" / "t1.jpg"))
    picture = np.ascontiguousarray(picture[:, :, ::-1])
    detector = load_pack("open").detector
    assert detector is not None
    (faces,) = load_detector(detector, DetectConfig(), "cpu").detect([picture])
    assert len(faces.landmarks) == 6
    chips = []
    for landmarks in faces.landmarks:
        matrix, _ = cv2.estimateAffinePartial2D(landmarks, model.template, method=cv2.LMEDS)
        chips.append(cv2.warpAffine(picture, matrix, (150, 150)))
    chips.append(np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8))
    chips.append(np.zeros((150, 150, 3), np.uint8))
    return np.stack(chips)


def embed(model: FaceModel, images: NDArray[np.uint8]) -> torch.Tensor:
    with torch.inference_mode():
        embeddings: torch.Tensor = model(model.preprocess(torch.from_numpy(images)))
    return embeddings


def test_equals_dlib(spec: FaceModelSpec, model: FaceModel, chips: NDArray[np.uint8]) -> None:
    import dlib

    oracle = dlib.face_recognition_model_v1(str(spec.path))
    wanted = np.array([oracle.compute_face_descriptor(np.ascontiguousarray(c)) for c in chips])
    np.testing.assert_allclose(embed(model, chips), wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_without_torch_it_is_the_same_net(
    spec: FaceModelSpec, chips: NDArray[np.uint8], channels: str
) -> None:
    spec = replace(spec, channels=channels)
    found = embed_quickly(chips, spec)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, embed(load_face_model(spec), chips), atol=1e-5, rtol=0)
    assert embed_quickly(chips[:0], spec).shape == (0, 128)


def test_a_mirrored_face_is_nearer_than_other_people(
    model: FaceModel, chips: NDArray[np.uint8]
) -> None:
    faces = embed(model, chips[:6])
    mirrored = embed(model, np.ascontiguousarray(chips[:6, :, ::-1]))
    distance = torch.cdist(faces, mirrored)
    assert distance.argmin(dim=1).tolist() == list(range(6))
    assert distance.diagonal().max() < 0.5


def test_two_parts_are_the_whole(model: FaceModel, chips: NDArray[np.uint8]) -> None:
    with torch.inference_mode():
        x = model.preprocess(torch.from_numpy(chips))
        features = model.features(x)
        assert features.shape == (8, 256)
        assert torch.equal(model.last(features), model(x))
    assert (model.input_size, model.embedding_dim) == (150, 128)
    assert model.template.shape == (5, 2)
    assert model.template.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        model.template[0, 0] = 0


def test_preprocess(spec: FaceModelSpec, model: FaceModel) -> None:
    image = torch.zeros(2, 150, 150, 3, dtype=torch.uint8)
    image[..., 0] = 255
    x = model.preprocess(image)
    assert x.shape == (2, 3, 150, 150)
    assert x.is_contiguous(memory_format=torch.channels_last)
    wanted = (torch.tensor([255.0, 0, 0]) - torch.tensor(spec.mean)) / 256
    torch.testing.assert_close(x[1, :, 7, 9], wanted)
    bgr = load_face_model(replace(spec, channels="BGR"), "cpu").preprocess(image)
    wanted = (torch.tensor([0, 0, 255.0]) - torch.tensor(spec.mean)) / 256
    torch.testing.assert_close(bgr[0, :, 0, 0], wanted)


def test_each_crop_counts_for_itself(model: FaceModel, chips: NDArray[np.uint8]) -> None:
    together = embed(model, chips)
    alone = torch.cat([embed(model, chips[i : i + 1]) for i in range(len(chips))])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert embed(model, chips[:0]).shape == (0, 128)


def test_trains(model: FaceModel, chips: NDArray[np.uint8]) -> None:
    student = copy.deepcopy(model).train()
    # Each affine layer lives on in its convolution: 29 with biases, and the last layer.
    parameters = dict(student.named_parameters())
    assert len(parameters) == 29 * 2 + 1
    x = student.preprocess(torch.from_numpy(chips[:2]))
    target = model(x).detach() + 0.1
    optimiser = torch.optim.SGD(student.parameters(), lr=1e-3)
    losses = []
    for _ in range(3):
        loss = (student(x) - target).pow(2).mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(p.grad is not None and bool(p.grad.any()) for p in parameters.values())
        optimiser.step()
        losses.append(loss.item())
    assert losses[2] < losses[0]


def test_weights_travel(model: FaceModel, spec: FaceModelSpec, chips: NDArray[np.uint8]) -> None:
    state = model.state_dict()
    assert "mean" not in state, "preprocessing belongs to the pack"
    other = load_face_model(spec, "cpu")
    for parameter in other.parameters():
        torch.nn.init.zeros_(parameter)
    other.load_state_dict(state)
    assert torch.equal(embed(other, chips[:1]), embed(model, chips[:1]))


class TestBadFiles:
    @pytest.mark.parametrize("cut", [0, 1, 300, 1000, 20_000, 5_000_000, 22_334_950, 22_400_000])
    def test_cut_off(self, spec: FaceModelSpec, tmp_path: Path, cut: int) -> None:
        path = tmp_path / "cut.dat"
        path.write_bytes(spec.path.read_bytes()[:cut])
        with pytest.raises(PackError, match=r"cut\.dat"):
            load_face_model(replace(spec, path=path), "cpu")

    def test_another_dlib_model(self, spec: FaceModelSpec) -> None:
        other = spec.path.with_name("mmod_human_face_detector.dat")
        with pytest.raises(PackError, match=r"not dlib's face recognition ResNet"):
            load_face_model(replace(spec, path=other), "cpu")

    def test_other_layer_sizes(self, spec: FaceModelSpec, tmp_path: Path) -> None:
        data = spec.path.read_bytes()
        place = data.index(b"\x05con_4")  # tag, version 2, sizes 4736 1 1 1, data, 32 7 7 2 2 0 0
        place += 6 + 2 + 3 + 3 * 2 + 4 * 4736
        assert data[place : place + 6] == b"\x01\x20\x01\x07\x01\x07"
        path = tmp_path / "other.dat"
        path.write_bytes(data[: place + 3] + b"\x05" + data[place + 4 :])
        with pytest.raises(PackError, match="a layer of shape"):
            load_face_model(replace(spec, path=path), "cpu")

    def test_missing(self, spec: FaceModelSpec, tmp_path: Path) -> None:
        with pytest.raises(PackError, match=r"none\.dat"):
            load_face_model(replace(spec, path=tmp_path / "none.dat"), "cpu")

    def test_a_pack_that_promises_another_width(self, spec: FaceModelSpec) -> None:
        with pytest.raises(PackError, match="128"):
            load_face_model(replace(spec, embedding_dim=64), "cpu")
