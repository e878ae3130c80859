"""dlib's face recognition ResNet v1 as a torch module, read from dlib's own .dat file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.weights.dlibfile import EMBEDDING, ConvLayer, read_dlib

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec


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
        if spec.embedding_dim != EMBEDDING:
            raise PackError(f"{spec.path.name} gives {EMBEDDING} numbers, not as its pack says")
        layers = read_dlib(spec.path)
        self.stem = _conv(layers.stem)
        self.blocks = nn.Sequential(*(_Block(*pair) for pair in layers.blocks))
        self.fc = nn.Linear(layers.last.shape[0], EMBEDDING, bias=False)
        with torch.no_grad():
            self.fc.weight.copy_(torch.from_numpy(layers.last.T.copy()))
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

    def __init__(self, first: ConvLayer, second: ConvLayer) -> None:
        super().__init__()
        self.first = _conv(first)
        self.second = _conv(second)

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


def _conv(layer: ConvLayer) -> nn.Conv2d:
    """A torch convolution from dlib's."""
    filters, channels, size, _ = layer.weights.shape
    conv = nn.Conv2d(channels, filters, size, layer.stride, layer.pad)
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(layer.weights))
        assert conv.bias is not None  # for mypy: Conv2d has one by default
        conv.bias.copy_(torch.from_numpy(layer.biases))
    return conv
