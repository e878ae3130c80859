"""Voice models: an utterance to a vector that says whose voice it is.

GE2E (Wan et al. 2018, arXiv 1710.10467): an LSTM over mel windows of 1.6 s; what it says of
the windows of an utterance is averaged. The weights are those of the package Resemblyzer,
which is the oracle of the tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from vcn.equations.mel import mel_spectrogram
from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import FloatArray
from vcn.weights.torchfile import empty, fill, load_state_dict

if TYPE_CHECKING:
    from vcn.weights.packs import SpeakerSpec

RATE = 16_000
"""Samples a second that every voice model takes."""

# Resemblyzer's hparams.py and voice_encoder.py.
_WINDOW, _HOP, _MELS = 400, 160, 40
_PARTIAL = 160
"""Mel frames of a window of the LSTM: 1.6 s."""
_PARTIALS_A_SECOND = 1.3
_MIN_COVERAGE = 0.75
"""Share of its last window that an utterance must fill for the window to count."""
_TARGET_LEVEL = 10 ** (-30 / 20)
"""Root mean square to which quiet utterances are raised."""
_TRAINING_ONLY = ("similarity_weight", "similarity_bias")
_BATCH = 32
"""Windows a batch."""
_MULTIPLE = 8
"""Batches are filled up to a multiple of this: see stages/embed.py."""


class VoiceModel(Protocol):
    """Utterances in, one row for each out."""

    embedding_dim: int

    def embed(self, utterances: Sequence[FloatArray]) -> FloatArray:
        """Embed sounds of any length at `RATE`.

        Returns:
            (n, D), each row of length 1, or zero for an utterance that says nothing
            (digital silence).
        """
        ...


def load_voice_model(spec: SpeakerSpec, device: str = "cpu") -> VoiceModel:
    """Read a voice model.

    Args:
        spec: From a pack whose files were verified.
        device: A torch device; ONNX files run on the CPU.

    Raises:
        PackError: The file is not what `spec` says.
    """
    if spec.kind == "ge2e":
        return GE2E.load(spec).to(device).eval()
    return OnnxVoice(spec)


class GE2E(nn.Module):
    """Resemblyzer's speaker encoder."""

    def __init__(self, embedding_dim: int) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.lstm = nn.LSTM(_MELS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, embedding_dim)

    @classmethod
    def load(cls, spec: SpeakerSpec) -> GE2E:
        """Read Resemblyzer's checkpoint.

        Raises:
            PackError: It is another file.
        """
        state = load_state_dict(spec.path)
        net = empty(cls, spec.embedding_dim)
        fill(net, {k: v for k, v in state.items() if k not in _TRAINING_ONLY}, spec.path)
        net.lstm.flatten_parameters()
        return net

    def forward(self, mels: Tensor) -> Tensor:
        """(B, 160, 40) mel windows to (B, D), of length 1 and not negative."""
        _, (hidden, _) = self.lstm(mels)
        raw = torch.relu(self.linear(hidden[-1]))
        return nn.functional.normalize(raw, dim=1)

    def embed(self, utterances: Sequence[FloatArray]) -> FloatArray:
        """See `VoiceModel`."""
        windows = [windows_of(normalised(utterance)) for utterance in utterances]
        edges = np.cumsum([0, *(len(of_one) for of_one in windows)])
        out = np.zeros((len(windows), self.embedding_dim), np.float32)
        if not len(windows):
            return out
        partial = self._partials(np.concatenate(windows))
        for row, (start, stop) in enumerate(pairwise(edges.tolist())):
            mean = partial[start:stop].mean(axis=0)
            length = float(np.linalg.norm(mean))
            if length > 0 and bool(np.any(utterances[row])):
                out[row] = mean / length
        return out

    @torch.inference_mode()
    def _partials(self, mels: FloatArray) -> FloatArray:
        device = next(self.parameters()).device
        out = np.empty((len(mels), self.embedding_dim), np.float32)
        for start in range(0, len(mels), _BATCH):
            part = mels[start : start + _BATCH]
            filler = np.zeros((-len(part) % _MULTIPLE, *mels.shape[1:]), np.float32)
            batch = torch.from_numpy(np.concatenate([part, filler])).to(device)
            out[start : start + len(part)] = self(batch)[: len(part)].cpu().numpy()
        return out


def normalised(samples: FloatArray) -> FloatArray:
    """Raise a quiet utterance to -30 dB of full scale; louder ones stay as they are."""
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    if not 0 < level < _TARGET_LEVEL:
        return samples
    return (samples * (_TARGET_LEVEL / level)).astype(np.float32)


def windows_of(samples: FloatArray) -> FloatArray:
    """(n,) sound to (windows, 160, 40) mels; the last window is filled with silence."""
    n_frames = math.ceil((len(samples) + 1) / _HOP)
    step = round(RATE / _PARTIALS_A_SECOND / _HOP)
    starts = list(range(0, max(1, n_frames - _PARTIAL + step + 1), step))
    coverage = (len(samples) / _HOP - starts[-1]) / _PARTIAL
    if coverage < _MIN_COVERAGE and len(starts) > 1:
        starts.pop()
    # The package pads to the end of the last window where the sound does not reach beyond.
    missing = max(0, (starts[-1] + _PARTIAL) * _HOP - len(samples))
    mel = mel_spectrogram(np.pad(samples, (0, missing)), RATE, _WINDOW, _HOP, _MELS)
    return np.stack([mel[start : start + _PARTIAL] for start in starts])


class OnnxVoice:
    """A voice model of the user's own: (1, n) sound at 16 kHz in, one row out."""

    def __init__(self, spec: SpeakerSpec) -> None:
        self.embedding_dim = spec.embedding_dim
        self._path = spec.path
        self._session = devices.onnx_session(spec.path.read_bytes(), "cpu", spec.path.name)
        self._input = self._session.get_inputs()[0].name

    def embed(self, utterances: Sequence[FloatArray]) -> FloatArray:
        """See `VoiceModel`."""
        out = np.zeros((len(utterances), self.embedding_dim), np.float32)
        for row, samples in enumerate(utterances):
            try:
                (value, *_) = self._session.run(None, {self._input: samples[None]})
            except Exception as error:  # onnxruntime's exceptions have no common base
                text = (str(error).splitlines() or [""])[0]
                raise PackError(f"the voice model {self._path} failed: {text}") from error
            value = np.asarray(value, np.float32).reshape(-1)
            if len(value) != self.embedding_dim:
                raise PackError(
                    f"the voice model {self._path} gives {len(value)} values, "
                    f"not {self.embedding_dim}",
                    "correct embedding_dim in its pack.toml",
                )
            length = float(np.linalg.norm(value))
            if np.isfinite(length) and length > 0 and bool(np.any(samples)):
                out[row] = value / length
        return out
