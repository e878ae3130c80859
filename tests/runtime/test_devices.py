"""Devices: what is promised was tried; what did not load is an error that says so."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx_models
import pytest
import torch

from vcn.errors import DeviceError, PackError
from vcn.runtime import devices
from vcn.runtime.probe import tiny_model
from vcn.weights import onnxfile

NO_CUDA = not torch.cuda.is_available()


def test_cpu() -> None:
    device = devices.resolve_device("cpu")
    assert (device.torch, device.onnx) == ("cpu", "cpu")
    assert device.onnx_providers == [devices.CPU_PROVIDER]
    assert device.note == "everything on the CPU"


@pytest.mark.parametrize(
    "asked",
    ["", "gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:0:0", "cuda:0 ", "mps", "cpu:0"],
)
def test_a_device_that_does_not_exist(asked: str) -> None:
    with pytest.raises(DeviceError, match="there is no device") as caught:
        devices.resolve_device(asked)
    assert caught.value.exit_code == 6
    assert "auto, cpu, cuda or cuda:N" in caught.value.hint


@pytest.mark.skipif(not NO_CUDA, reason="this machine has CUDA")
@pytest.mark.parametrize("asked", ["cuda", "cuda:0", "cuda:7"])
def test_cuda_that_is_not_there_is_an_error(asked: str) -> None:
    with pytest.raises(DeviceError, match="torch cannot use cuda:") as caught:
        devices.resolve_device(asked)
    assert "torch" in caught.value.hint


@pytest.mark.skipif(not NO_CUDA, reason="this machine has CUDA")
def test_auto_falls_back_and_says_why() -> None:
    device = devices.resolve_device("auto")
    assert (device.torch, device.onnx) == ("cpu", "cpu")
    assert device.note.startswith("everything on the CPU (")
    assert "\n" not in device.note


class TestTorchHasCudaButOnnxruntimeHasNot:
    """The case that makes other programs silently slow."""

    @pytest.fixture(autouse=True)
    def _half(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(devices, "torch_cuda_fault", lambda _name: "")
        monkeypatch.setattr(devices, "onnxruntime_cuda_fault", lambda _name: "it did not load")

    def test_asked_for(self) -> None:
        with pytest.raises(DeviceError, match="onnxruntime cannot use cuda:1: it did not load"):
            devices.resolve_device("cuda:1")

    def test_auto(self) -> None:
        device = devices.resolve_device("auto")
        assert (device.torch, device.onnx) == ("cuda:0", "cpu")
        assert device.onnx_providers == [devices.CPU_PROVIDER]
        assert "face detection on the CPU" in device.note
        assert "it did not load" in device.note


def test_both_have_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "torch_cuda_fault", lambda _name: "")
    monkeypatch.setattr(devices, "onnxruntime_cuda_fault", lambda _name: "")
    assert devices.resolve_device("auto") == devices.resolve_device("cuda")
    device = devices.resolve_device("cuda:1")
    assert (device.torch, device.onnx) == ("cuda:1", "cuda:1")
    assert device.onnx_providers == [devices.CUDA_PROVIDER, devices.CPU_PROVIDER]


@pytest.mark.skipif(not NO_CUDA, reason="this machine has CUDA")
def test_faults_are_found_by_trying() -> None:
    assert devices.torch_cuda_fault("cuda:0")
    fault = devices.onnxruntime_cuda_fault("cuda:0")
    assert fault
    assert "\n" not in fault


class TestDistributions:
    """onnxruntime and onnxruntime-gpu overwrite each other."""

    @pytest.fixture
    def installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A place for packages in front of, and in place of, the real ones."""
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        return tmp_path

    @staticmethod
    def install(place: Path, name: str, version: str) -> None:
        info = place / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def test_none(self, installed: Path) -> None:
        assert installed.is_dir()
        assert devices.onnxruntime_distributions() == {}

    def test_both(self, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.install(installed, "onnxruntime", "1.24.0")
        self.install(installed, "onnxruntime-gpu", "1.23.0")
        both = {"onnxruntime": "1.24.0", "onnxruntime-gpu": "1.23.0"}
        assert devices.onnxruntime_distributions() == both
        monkeypatch.setattr(devices, "torch_cuda_fault", lambda _name: "")
        monkeypatch.setattr(devices, "onnxruntime_cuda_fault", lambda _name: "it did not load")
        with pytest.raises(DeviceError, match="uninstall both"):
            devices.resolve_device("cuda")

    def test_only_the_one_without_cuda(
        self, installed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.install(installed, "onnxruntime", "1.24.0")
        monkeypatch.setattr(devices, "torch_cuda_fault", lambda _name: "")
        monkeypatch.setattr(devices, "onnxruntime_cuda_fault", lambda _name: "it did not load")
        with pytest.raises(DeviceError, match="install onnxruntime-gpu in place"):
            devices.resolve_device("cuda")

    def test_libraries_that_do_not_fit(
        self, installed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import onnxruntime

        self.install(installed, "onnxruntime-gpu", "1.24.0")
        monkeypatch.setattr(onnxruntime, "cuda_version", "12.8", raising=False)
        monkeypatch.setattr(torch.version, "cuda", "13.0")
        monkeypatch.setattr(devices, "torch_cuda_fault", lambda _name: "")
        monkeypatch.setattr(devices, "onnxruntime_cuda_fault", lambda _name: "it did not load")
        with pytest.raises(DeviceError, match=r"built for CUDA 12\.8 and torch brought 13\.0"):
            devices.resolve_device("cuda")

    def test_the_real_environment_has_some(self) -> None:
        assert devices.onnxruntime_distributions()


class TestSession:
    def test_runs(self) -> None:
        session = devices.onnx_session(tiny_model(), "cpu", "tiny")
        (y,) = session.run(None, {"x": np.ones((1, 1, 3, 3), np.float32)})
        assert y.tolist() == [[[[9.0]]]]
        assert session.get_providers() == [devices.CPU_PROVIDER]

    @pytest.mark.parametrize("model", [b"", b"junk", tiny_model()[:-30]])
    def test_a_model_that_cannot_run(self, model: bytes, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(PackError, match="onnxruntime cannot run the thing") as caught:
            devices.onnx_session(model, "cpu", "the thing")
        assert "\n" not in str(caught.value)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.skipif(not NO_CUDA, reason="this machine has CUDA")
    def test_cuda_that_did_not_load(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(DeviceError, match="CUDA provider did not load for the thing"):
            devices.onnx_session(tiny_model(), "cuda:0", "the thing")
        assert capfd.readouterr() == ("", "")

    @pytest.mark.skipif(NO_CUDA, reason="this machine has no CUDA")
    def test_cuda_that_loaded(self) -> None:
        session = devices.onnx_session(tiny_model(), "cuda:0", "tiny")
        assert session.get_providers()[0] == devices.CUDA_PROVIDER


class TestOldExporters:
    """Weights that are listed as inputs too, which keeps onnxruntime from optimising."""

    def test_are_mended_and_compute_the_same(self, tmp_path: Path) -> None:
        import onnx
        from onnx import helper

        path = onnx_models.insightface_detector(tmp_path / "model.onnx")
        plain = onnxfile.load(path)
        old = onnxfile.load(path)
        for weight in old.graph.initializer:
            old.graph.input.append(
                helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims)
            )
        onnx.checker.check_model(old)
        assert len(onnxfile.signature_of(old, path).inputs) == 1
        x = {"x": np.random.default_rng(0).normal(0, 1, (1, 3, 64, 64)).astype(np.float32)}
        results = [
            devices.onnx_session(onnxfile.for_inference(model), "cpu", "model").run(None, x)
            for model in (plain, old)
        ]
        for a, b in zip(*results, strict=True):
            np.testing.assert_array_equal(a, b)
        assert len(old.graph.input) == 1


def test_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    n = devices.available_cores()
    assert n >= 1
    for text, cores in (("1", 1), ("100000", n), ("0", n), ("many", n), ("", n)):
        monkeypatch.setenv("OMP_NUM_THREADS", text)
        assert devices.available_cores() == cores
