"""ONNX face models as torch modules, against onnxruntime."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx_models
import pytest
import torch
from numpy.typing import NDArray

from vcn.errors import PackError
from vcn.nets import load_face_model
from vcn.nets.base import FaceModel
from vcn.weights.packs import FaceModelSpec, load_pack

HEADS = ["gemm", "matmul", "normalised", "conv", "residual"]
N_FEATURES = {"gemm": 96, "matmul": 96, "normalised": 96, "conv": 6, "residual": 6}


def own(path: Path) -> FaceModelSpec:
    spec = load_pack("open", face_model=path).face_model
    assert spec is not None
    return spec


def crops(n: int, side: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def onnxruntime_says(spec: FaceModelSpec, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embeddings one crop at a time, with preprocessing written out."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        str(spec.path), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    x = (images.astype(np.float32) - np.float32(spec.mean)) / np.float32(spec.std)
    rows = [session.run(None, {name: row.transpose(2, 0, 1)[None]})[0] for row in x]
    return np.concatenate(rows)


def embed(model: FaceModel, images: NDArray[np.uint8]) -> torch.Tensor:
    with torch.inference_mode():
        embeddings: torch.Tensor = model(model.preprocess(torch.from_numpy(images)))
    return embeddings


class TestMobileFaceNet:
    """The real MobileFaceNet of the shared data."""

    @pytest.fixture
    def spec(self, shared_data: Path) -> FaceModelSpec:
        return own(shared_data / "weights" / "mfn_photo_analyze.onnx")

    def test_equals_onnxruntime(self, spec: FaceModelSpec) -> None:
        model, images = load_face_model(spec, "cpu"), crops(5, 112)
        wanted = onnxruntime_says(spec, images)
        np.testing.assert_allclose(embed(model, images), wanted, atol=1e-4, rtol=0)

    def test_is_split_before_its_last_convolution(self, spec: FaceModelSpec) -> None:
        model = load_face_model(spec, "cpu")
        x = model.preprocess(torch.from_numpy(crops(3, 112)))
        with torch.inference_mode():
            features = model.features(x)
            assert features.shape == (3, 512)
            assert torch.equal(model.last(features), model(x))

    def test_fine_tunes(self, spec: FaceModelSpec) -> None:
        model = load_face_model(spec, "cpu").train()
        x = model.preprocess(torch.from_numpy(crops(2, 112)))
        target = model(x).detach() + 0.1
        optimiser = torch.optim.SGD(model.parameters(), lr=1e-6)
        losses = []
        for _ in range(3):
            loss = (model(x) - target).pow(2).mean()
            optimiser.zero_grad()
            loss.backward()
            assert all(p.grad is not None for p in model.parameters())
            optimiser.step()
            losses.append(loss.item())
        assert losses[2] < losses[0]

    def test_knows_faces(self, spec: FaceModelSpec, shared_data: Path) -> None:
        import cv2

        images = np.stack(
            [
                cv2.imread(str(shared_data / "faces" / f"person_{p:02d}" / f"{i:03d}.jpg"))
                for p in range(4)
                for i in range(4)
            ]
        )[..., ::-1]
        e = torch.nn.functional.normalize(
            embed(load_face_model(spec, "cpu"), np.ascontiguousarray(images))
        )
        same = torch.arange(16)[:, None] // 4 == torch.arange(16) // 4
        likeness = e @ e.T
        off = ~torch.eye(16, dtype=torch.bool)
        assert likeness[same & off].mean() > likeness[~same].mean() + 0.3


@pytest.mark.parametrize("head", HEADS)
class TestTinyArcFace:
    @pytest.fixture
    def spec(self, tmp_path: Path, head: str) -> FaceModelSpec:
        return own(onnx_models.arcface_model(tmp_path / f"{head}.onnx", head=head))

    def test_equals_onnxruntime(self, spec: FaceModelSpec, head: str) -> None:
        model, images = load_face_model(spec, "cpu"), crops(4, 16)
        with torch.inference_mode():
            x = model.preprocess(torch.from_numpy(images))
            features = model.features(x)
            assert features.shape == (4, N_FEATURES[head])
            assert torch.equal(model.last(features), model(x))
        np.testing.assert_allclose(
            embed(model, images), onnxruntime_says(spec, images), atol=1e-5, rtol=0
        )

    def test_every_weight_trains(self, spec: FaceModelSpec, head: str) -> None:
        model = load_face_model(spec, "cpu")
        before = copy.deepcopy(model.state_dict())
        model.train()
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        model(model.preprocess(torch.from_numpy(crops(4, 16)))).pow(3).sum().backward()
        optimiser.step()
        changed = [not torch.equal(before[name], value) for name, value in model.named_parameters()]
        # 2 convolutions with biases, PRelu's slope, BN's two; then what the head has.
        n_head = {"gemm": 4, "matmul": 1, "normalised": 2, "conv": 2, "residual": 2}[head]
        assert len(changed) == 7 + n_head
        assert all(changed)

    def test_a_copy_is_independent(self, spec: FaceModelSpec, head: str) -> None:
        model = load_face_model(spec, "cpu")
        other = copy.deepcopy(model)
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.zero_()
        assert embed(model, crops(1, 16)).any(), head


@pytest.mark.parametrize("opset", [7, 9, 17])
def test_files_old_and_new(tmp_path: Path, opset: int) -> None:
    spec = own(onnx_models.arcface_model(tmp_path / "model.onnx", opset=opset))
    model, images = load_face_model(spec, "cpu"), crops(3, 16)
    np.testing.assert_allclose(
        embed(model, images), onnxruntime_says(spec, images), atol=1e-5, rtol=0
    )


class TestBadModels:
    def test_another_width_than_the_pack_says(self, tmp_path: Path) -> None:
        spec = own(onnx_models.arcface_model(tmp_path / "model.onnx"))
        with pytest.raises(PackError, match=r"model\.onnx makes \(2, 6\) of two crops"):
            load_face_model(replace(spec, embedding_dim=7), "cpu")

    def test_another_size_than_the_pack_says(self, tmp_path: Path) -> None:
        spec = own(onnx_models.arcface_model(tmp_path / "model.onnx"))
        with pytest.raises(PackError, match="does not run"):
            load_face_model(replace(spec, input_size=40), "cpu")

    def test_an_operation_that_is_not_known(self, tmp_path: Path) -> None:
        b = onnx_models.Builder()
        x = b.node("GlobalAveragePool", b.conv("x", 3, 6, 3, 2))
        b.node("Reshape", b.node("Shrink", x), b.weight(np.array([-1, 6], np.int64)), out="y")
        path = b.save(tmp_path / "odd.onnx", ["n", 3, 16, 16], {"y": ["n", 6]})
        with pytest.raises(PackError, match=r"odd\.onnx cannot become a torch module"):
            load_face_model(own(path), "cpu")

    def test_a_kind_that_vcn_does_not_know(self, tmp_path: Path) -> None:
        spec = own(onnx_models.arcface_model(tmp_path / "model.onnx"))
        with pytest.raises(PackError, match="no loader"):
            load_face_model(replace(spec, kind="tflite"), "cpu")

    def test_a_detector_is_no_face_model(self, tmp_path: Path) -> None:
        spec = own(onnx_models.arcface_model(tmp_path / "model.onnx"))
        path = onnx_models.yunet_detector(tmp_path / "yunet.onnx")
        with pytest.raises(PackError, match=r"yunet\.onnx"):
            load_face_model(replace(spec, path=path, input_size=64), "cpu")
