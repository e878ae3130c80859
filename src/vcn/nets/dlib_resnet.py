"""dlib's face recognition ResNet v1 as a torch module, read from dlib's own .dat file.

Source of the architecture and of the format: dlib (D. King), ``dnn_face_recognition_ex``
and ``dnn/layers.h``; the layer sizes are read from the file and checked against it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.types import FloatArray

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

_LEVELS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""(filters, residual blocks) of each level."""
_WIDTH = 256
_EMBEDDING = 128


class DlibResNet(FaceModel):
    """dlib's ResNet-29: 150x150 RGB to 128 numbers.

    Each of dlib's affine layers (a frozen batch norm) is folded into the convolution
    before it: the same function with fewer parameters, faster, and still trainable.

    Args:
        spec: From a pack.

    Raises:
        PackError: The file is not dlib's face recognition ResNet.
    """

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        if spec.embedding_dim != _EMBEDDING:
            raise PackError(f"{spec.path.name} gives {_EMBEDDING} numbers, not as its pack says")
        convs, fc = _read(spec.path)
        layers = iter(convs)
        self.stem = _conv(next(layers), filters=32, channels=3, stride=2, size=7)
        blocks: list[_Block] = []
        channels = 32
        for level, (filters, n) in enumerate(_LEVELS):
            for i in range(n):
                stride = 2 if level and not i else 1
                blocks.append(_Block(next(layers), next(layers), channels, filters, stride))
                channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(_WIDTH, _EMBEDDING, bias=False)
        with torch.no_grad():
            self.fc.weight.copy_(torch.from_numpy(fc.T.copy()))
        # oneDNN's channels-last kernels are the fast ones, on CPU and on tensor cores.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) preprocessed crops to (N, 256) pooled activations."""
        x = functional.max_pool2d(functional.relu(self.stem(x)), 3, 2)
        pooled: Tensor = self.blocks(x).mean((2, 3))
        return pooled

    def last(self, features: Tensor) -> Tensor:
        """(N, 256) pooled activations to (N, 128) embeddings."""
        embedding: Tensor = self.fc(features)
        return embedding


class _Block(nn.Module):
    """Two convolutions and a shortcut; a strided block halves the picture unpadded."""

    def __init__(
        self, first: _ConvLayer, second: _ConvLayer, channels: int, filters: int, stride: int
    ) -> None:
        super().__init__()
        self.first = _conv(first, filters=filters, channels=channels, stride=stride, size=3)
        self.second = _conv(second, filters=filters, channels=filters, stride=1, size=3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.second(functional.relu(self.first(x)))
        if self.first.stride != (1, 1):
            x = functional.avg_pool2d(x, 2, 2)
            # dlib's add_prev takes the larger shape; whatever is missing counts as zero.
            out = _pad_to(out, out.shape[1], max(out.shape[2], x.shape[2]))
            x = _pad_to(x, out.shape[1], out.shape[2])
        return functional.relu(out + x)


def _pad_to(x: Tensor, channels: int, side: int) -> Tensor:
    """(N, C, H, H) with zeros at the end of C, H and W up to the given lengths."""
    missing = side - x.shape[2]
    if missing == 0 and channels == x.shape[1]:
        return x
    return functional.pad(x, (0, missing, 0, missing, 0, channels - x.shape[1]))


@dataclass(frozen=True, slots=True)
class _ConvLayer:
    """A ``con_`` layer with the ``affine_`` after it folded in."""

    weights: FloatArray
    """(filters * channels * size * size,)."""
    biases: FloatArray
    """(filters,)."""
    shape: tuple[int, ...]
    """num_filters, nr, nc, stride_y, stride_x, pad_y, pad_x."""


def _conv(layer: _ConvLayer, *, filters: int, channels: int, stride: int, size: int) -> nn.Conv2d:
    """A torch convolution from dlib's, whose sizes must be the given ones."""
    pad = 0 if stride > 1 else size // 2
    if layer.shape != (filters, size, size, stride, stride, pad, pad):
        raise PackError(f"not dlib's face recognition ResNet: a layer of shape {layer.shape}")
    if layer.weights.size != filters * channels * size * size:
        raise PackError("not dlib's face recognition ResNet: a layer takes other channels")
    conv = nn.Conv2d(channels, filters, size, stride, pad)
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(layer.weights.reshape(filters, channels, size, size)))
        assert conv.bias is not None  # for mypy: Conv2d has one by default
        conv.bias.copy_(torch.from_numpy(layer.biases))
    return conv


def _read(path: Path) -> tuple[list[_ConvLayer], FloatArray]:
    """The convolutions in the order in which data flows, and the (256, 128) last layer."""
    try:
        data = path.read_bytes()
        # The tags come in file order. That none turns up by chance among the raw floats is
        # settled by the file's sha256, and by the shapes that are checked here.
        marks = list(re.finditer(rb"\x05con_4|\x07affine_|\x04fc_2", data))
        names = [mark.group()[1:] for mark in marks]
        n_convs = 1 + 2 * sum(n for _, n in _LEVELS)
        if names != [b"con_4", b"affine_"] * n_convs + [b"fc_2"]:
            raise PackError(f"{path} is not dlib's face recognition ResNet: other layers")
        readers = [_Reader(data, mark.end()) for mark in marks]
        convs = [_read_conv(*pair) for pair in zip(readers[0:-1:2], readers[1:-1:2], strict=True)]
        fc = readers[-1]
        width, height = fc.integer(), fc.integer()
        values = fc.tensor()
        if (height, width) != (_WIDTH, _EMBEDDING) or values.size != height * width:
            raise PackError(f"{path} is not dlib's face recognition ResNet: another last layer")
    except (OSError, IndexError, ValueError) as error:
        raise PackError(f"cannot read {path} as a dlib model: {error}") from error
    return convs, values.reshape(height, width)


def _read_conv(con: _Reader, affine: _Reader) -> _ConvLayer:
    values = con.tensor()
    shape = tuple(con.integer() for _ in range(7))
    weights, biases = np.split(values, [values.size - shape[0]])
    gamma, beta = np.split(affine.tensor(), 2)
    # y = gamma * (w x + b) + beta, folded in float64 so that nothing is lost twice.
    scale = gamma.astype(np.float64)
    folded = weights.astype(np.float64).reshape(shape[0], -1) * scale[:, None]
    return _ConvLayer(
        folded.astype(np.float32).ravel(),
        (biases * scale + beta).astype(np.float32),
        shape,
    )


class _Reader:
    """dlib's serialisation: packed integers and raw tensors, from a place in the file."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place

    def integer(self) -> int:
        """One control byte (low 4 bits: bytes that follow; bit 7: sign), little-endian bytes."""
        control = self._data[self._place]
        start, stop = self._place + 1, self._place + 1 + (control & 15)
        self._place = stop
        value = int.from_bytes(self._data[start:stop], "little")
        return -value if control & 128 else value

    def tensor(self) -> FloatArray:
        """Version 2, 4 sizes, raw float32; flat."""
        if self.integer() != 2:
            raise ValueError("a tensor of another version")
        count = math.prod(self.integer() for _ in range(4))
        start = self._place
        self._place += 4 * count
        return np.frombuffer(self._data, "<f4", count, start)
