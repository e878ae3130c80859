"""dlib's own file of its face recognition ResNet v1: its layers as arrays.

Source of the architecture and of the format: dlib (D. King), ``dnn_face_recognition_ex``
and ``dnn/layers.h``; the layer sizes are read from the file and checked against it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.errors import PackError
from vcn.types import FloatArray

_LEVELS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""(filters, residual blocks) of each level."""
_WIDTH = 256
EMBEDDING = 128


@dataclass(frozen=True, slots=True)
class ConvLayer:
    """A ``con_`` layer with the ``affine_`` after it (a frozen batch norm) folded in."""

    weights: FloatArray
    """(filters, channels, size, size)."""
    biases: FloatArray
    """(filters,)."""
    stride: int
    pad: int


@dataclass(frozen=True, slots=True)
class DlibLayers:
    """The layers of the net, in the order in which data flows."""

    stem: ConvLayer
    blocks: tuple[tuple[ConvLayer, ConvLayer], ...]
    """The two of each residual block."""
    last: FloatArray
    """(256, 128)."""


def read_dlib(path: Path) -> DlibLayers:
    """Read the net.

    Raises:
        PackError: The file is not dlib's face recognition ResNet.
    """
    raw, last = _read(path)
    layers = iter(raw)
    stem = _conv(next(layers), filters=32, channels=3, stride=2, size=7)
    blocks = []
    channels = 32
    for level, (filters, n) in enumerate(_LEVELS):
        for i in range(n):
            stride = 2 if level and not i else 1
            first = _conv(next(layers), filters=filters, channels=channels, stride=stride, size=3)
            second = _conv(next(layers), filters=filters, channels=filters, stride=1, size=3)
            blocks.append((first, second))
            channels = filters
    return DlibLayers(stem, tuple(blocks), last)


@dataclass(frozen=True, slots=True)
class _Raw:
    weights: FloatArray
    """(filters * channels * size * size,)."""
    biases: FloatArray
    """(filters,)."""
    shape: tuple[int, ...]
    """num_filters, nr, nc, stride_y, stride_x, pad_y, pad_x."""


def _conv(layer: _Raw, *, filters: int, channels: int, stride: int, size: int) -> ConvLayer:
    """A layer whose sizes must be the given ones."""
    pad = 0 if stride > 1 else size // 2
    if layer.shape != (filters, size, size, stride, stride, pad, pad):
        raise PackError(f"not dlib's face recognition ResNet: a layer of shape {layer.shape}")
    if layer.weights.size != filters * channels * size * size:
        raise PackError("not dlib's face recognition ResNet: a layer takes other channels")
    return ConvLayer(
        layer.weights.reshape(filters, channels, size, size), layer.biases, stride, pad
    )


def _read(path: Path) -> tuple[list[_Raw], FloatArray]:
    """The convolutions in the order in which data flows, and the (256, 128) last layer."""
    try:
        data = path.read_bytes()
        # The tags come in file order. That none turns up by chance among the raw floats is
        # settled by the file's sha256, and by the shapes that are checked here.
        marks = sorted((at, tag) for tag in _TAGS for at in _places(data, tag))
        names = [tag[1:] for _, tag in marks]
        n_convs = 1 + 2 * sum(n for _, n in _LEVELS)
        if names != [b"con_4", b"affine_"] * n_convs + [b"fc_2"]:
            raise PackError(f"{path} is not dlib's face recognition ResNet: other layers")
        readers = [_Reader(data, at + len(tag)) for at, tag in marks]
        convs = [_read_conv(*pair) for pair in zip(readers[0:-1:2], readers[1:-1:2], strict=True)]
        fc = readers[-1]
        width, height = fc.integer(), fc.integer()
        values = fc.tensor()
        if (height, width) != (_WIDTH, EMBEDDING) or values.size != height * width:
            raise PackError(f"{path} is not dlib's face recognition ResNet: another last layer")
    except (OSError, IndexError, ValueError) as error:
        raise PackError(f"cannot read {path} as a dlib model: {error}") from error
    return convs, values.reshape(height, width)


_TAGS = (b"\x05con_4", b"\x07affine_", b"\x04fc_2")


def _places(data: bytes, tag: bytes) -> Iterator[int]:
    """Where a tag begins; a regular expression takes ten times as long."""
    at = data.find(tag)
    while at >= 0:
        yield at
        at = data.find(tag, at + len(tag))


def _read_conv(con: _Reader, affine: _Reader) -> _Raw:
    values = con.tensor()
    shape = tuple(con.integer() for _ in range(7))
    weights, biases = np.split(values, [values.size - shape[0]])
    gamma, beta = np.split(affine.tensor(), 2)
    # y = gamma * (w x + b) + beta, folded in float64 so that nothing is lost twice.
    scale = gamma.astype(np.float64)
    folded = weights.astype(np.float64).reshape(shape[0], -1) * scale[:, None]
    return _Raw(
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
