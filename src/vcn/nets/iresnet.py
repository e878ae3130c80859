"""IResNet as ArcFace is published: insightface's ``arcface_torch`` (MIT).

Layout: insightface, ``recognition/arcface_torch/backbones/iresnet.py``; names and shapes
of the state dict are those of its ``backbone.pth``. Code written anew from that layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.weights.torchfile import empty, fill, load_state_dict

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

WIDTHS = (64, 128, 256, 512)
"""Channels of the four levels; each halves the picture: 112 pixels become 7."""


class _Block(nn.Module):
    """Two 3x3 convolutions around a PReLU, normalised before, between and after."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(n_in)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.prelu = nn.PReLU(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        # Every strided block has a shortcut of its own, even at equal width.
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride, bias=False),
                nn.BatchNorm2d(n_out),
            )
            if stride != 1 or n_in != n_out
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        out: Tensor = self.bn3(self.conv2(x)) + shortcut
        return out


def _level(n_in: int, width: int, depth: int) -> nn.Sequential:
    blocks = [_Block(width if i else n_in, width, 1 if i else 2) for i in range(depth)]
    return nn.Sequential(*blocks)


class IResNetLayout(nn.Module):
    """The modules under their published names; `depths` = blocks in each level."""

    def __init__(self, depths: tuple[int, ...], embedding_dim: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        self.layer1 = _level(64, WIDTHS[0], depths[0])
        self.layer2 = _level(WIDTHS[0], WIDTHS[1], depths[1])
        self.layer3 = _level(WIDTHS[1], WIDTHS[2], depths[2])
        self.layer4 = _level(WIDTHS[2], WIDTHS[3], depths[3])
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * 7 * 7, embedding_dim)
        self.features = nn.BatchNorm1d(embedding_dim)


class IResNet(FaceModel):
    """ArcFace's backbone; as many blocks as its file has (R18, R34, R50, R100, R200).

    P = 512*7*7: the published dropout sits before ``fc``, and so does SER-FIQ's.
    """

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        if spec.input_size != 112:
            raise PackError(f"{spec.path}: IResNet takes crops of 112 pixels")
        state = load_state_dict(spec.path)
        depths = tuple(n_blocks(state, f"layer{level}.") for level in range(1, 5))
        self.net = empty(IResNetLayout, depths, spec.embedding_dim)
        fill(self.net, state, spec.path)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, 112, 112) to (N, 25088)."""
        net = self.net
        x = net.prelu(net.bn1(net.conv1(x)))  # (N, 64, 112, 112)
        for level in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = level(x)
        # (N, 512, 7, 7)
        flat: Tensor = net.bn2(x).flatten(1)
        return flat

    def last(self, features: Tensor) -> Tensor:
        """(N, 25088) to (N, D)."""
        embedding: Tensor = self.net.features(self.net.fc(features))
        return embedding


def n_blocks(names: Iterable[str], prefix: str) -> int:
    """One more than the largest number that follows `prefix` in any name; 0 without one."""
    numbers = (re.match(re.escape(prefix) + r"(\d{1,3})\.", name) for name in names)
    return max((int(found[1]) + 1 for found in numbers if found), default=0)
