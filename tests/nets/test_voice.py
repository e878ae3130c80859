"""The voice model against the package whose weights it reads."""

from __future__ import annotations

import importlib
import sys
import time
import types
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import onnx
import pytest
import scipy.ndimage
import torch

from vcn.equations.mel import mel_filters, mel_spectrogram
from vcn.errors import PackError
from vcn.nets.voice import load_voice_model, normalised
from vcn.weights.packs import SpeakerSpec, load_pack


@pytest.fixture(scope="module")
def spec() -> SpeakerSpec:
    pack = load_pack("voice")
    pack.verify()
    assert pack.speaker is not None
    return pack.speaker


@pytest.fixture(scope="module")
def resemblyzer() -> Any:
    """The package; its voice detector is not installed, and scipy moved a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "webrtcvad", types.ModuleType("webrtcvad"))
        patch.setitem(sys.modules, "scipy.ndimage.morphology", scipy.ndimage)
        yield importlib.import_module("resemblyzer")
    for name in [name for name in sys.modules if name.split(".")[0] == "resemblyzer"]:
        del sys.modules[name]


def voice_like(seconds: float, seed: int = 0) -> np.ndarray:
    """Harmonics of a wandering tone in noise."""
    rng = np.random.default_rng(seed)
    n = round(16000 * seconds)
    pitch = 120 + 30 * np.sin(np.arange(n) / 16000 * 2 * np.pi * 1.5) + rng.normal(0, 3)
    phase = np.cumsum(2 * np.pi * pitch / 16000)
    tone = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (0.1 * tone + 0.01 * rng.standard_normal(n)).astype(np.float32)


@pytest.mark.parametrize("n", [400, 3999, 16000])
def test_the_mel_spectrogram_is_librosas(n: int) -> None:
    sound = voice_like(1)[:n]
    want = librosa.feature.melspectrogram(y=sound, sr=16000, n_fft=400, hop_length=160, n_mels=40).T
    got = mel_spectrogram(sound, 16000, 400, 160, 40)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("rate", "n_fft", "n_mels"), [(16000, 400, 40), (8000, 256, 64)])
def test_the_filters_are_librosas(rate: int, n_fft: int, n_mels: int) -> None:
    want = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=n_mels)
    np.testing.assert_allclose(mel_filters(rate, n_fft, n_mels), want, atol=1e-7)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.6, 2.4, 2.41, 7.3])
def test_the_voice_is_the_packages(spec: SpeakerSpec, resemblyzer: Any, seconds: float) -> None:
    sound = voice_like(seconds) * 0.05  # quiet: it is raised
    encoder = resemblyzer.VoiceEncoder("cpu", verbose=False)
    want = encoder.embed_utterance(resemblyzer.normalize_volume(sound, -30, increase_only=True))
    got = load_voice_model(spec).embed([voice_like(1, seed=3), sound])[1]
    np.testing.assert_allclose(got, want, atol=1e-4)


def test_loud_sound_stays_and_silence_says_nothing(spec: SpeakerSpec) -> None:
    loud = voice_like(0.5)
    assert normalised(loud) is loud
    found = load_voice_model(spec).embed([np.zeros(8000, np.float32), loud, loud[:1]])
    assert np.linalg.norm(found, axis=1).round(5).tolist() == [0, 1, 1]
    assert load_voice_model(spec).embed([]).shape == (0, 256)


def test_another_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save({"model_state": {"linear.weight": torch.zeros(2, 2)}}, path)
    with pytest.raises(PackError, match=r"has no linear\.bias"):
        load_voice_model(SpeakerSpec("ge2e", path, 256))


def test_an_onnx_file_that_takes_sound(tmp_path: Path) -> None:
    """Loudness and mean, as a voice of two values."""
    path = tmp_path / "voice.onnx"
    f32 = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("ReduceL2", ["sound"], ["loud"], axes=[1], keepdims=1),
            onnx.helper.make_node("ReduceMean", ["sound"], ["mean"], axes=[1], keepdims=1),
            onnx.helper.make_node("Concat", ["loud", "mean"], ["voice"], axis=1),
        ],
        "voice",
        [onnx.helper.make_tensor_value_info("sound", f32, [1, "n"])],
        [onnx.helper.make_tensor_value_info("voice", f32, [1, 2])],
    )
    opset = [onnx.helper.make_opsetid("", 13)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    model = load_voice_model(SpeakerSpec("onnx-wave", path, 2))
    got = model.embed([np.full(4, 0.5, np.float32), np.zeros(3, np.float32)])
    np.testing.assert_allclose(got, [[1 / np.hypot(1, 0.5), 0.5 / np.hypot(1, 0.5)], [0, 0]])
    with pytest.raises(PackError, match="gives 2 values, not 3"):
        load_voice_model(SpeakerSpec("onnx-wave", path, 3)).embed([np.ones(4, np.float32)])


@pytest.mark.bench
def test_voices_are_embedded_at_50_times_real_time(spec: SpeakerSpec) -> None:
    model, sounds = load_voice_model(spec), [voice_like(3, seed) for seed in range(20)]
    before, threads = time.process_time(), torch.get_num_threads()
    torch.set_num_threads(1)
    model.embed(sounds)
    torch.set_num_threads(threads)
    assert (time.process_time() - before) * 50 < 60
