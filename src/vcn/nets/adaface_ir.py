"""IR-50 and IR-101 as AdaFace is published (mk-minchul/AdaFace, ``net.py``, MIT).

The checkpoints are Lightning's: the backbone's names start with ``model.``, beside it
lie the classifier and an optimiser, which are left unread. Code written anew from the
layout. Input is BGR, (x - 127.5) / 127.5 (its README, "Pretrained Models").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.nets.iresnet import WIDTHS, n_blocks
from vcn.weights.torchfile import empty, fill, load_state_dict

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

_PREFIX = "model."
_DEPTHS = {24: (3, 4, 14, 3), 49: (3, 13, 30, 3)}
"""Blocks in each level, by their number in all: IR-50 and IR-101."""


class _Block(nn.Module):
    """The residual block: its shortcut is strided too, by pooling at equal width."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer = (
            nn.MaxPool2d(1, stride)
            if n_in == n_out
            else nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))
        )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(n_in),
            nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.PReLU(n_out),
            nn.Conv2d(n_out, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.res_layer(x) + self.shortcut_layer(x)
        return out


class IRLayout(nn.Module):
    """The modules under their published names, without ``model.``."""

    def __init__(self, depths: tuple[int, ...], embedding_dim: int) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)
        )
        blocks = []
        n_in = 64
        for depth, width in zip(depths, WIDTHS, strict=True):
            for i in range(depth):
                blocks.append(_Block(n_in, width, 2 if i == 0 else 1))
                n_in = width
        self.body = nn.Sequential(*blocks)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(512),
            nn.Dropout(0.4),
            nn.Flatten(),
            nn.Linear(512 * 7 * 7, embedding_dim),
            nn.BatchNorm1d(embedding_dim, affine=False),
        )


class AdaFaceIR(FaceModel):
    """AdaFace's backbone, before it normalises. P = 512*7*7, before ``output_layer.3``."""

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        if spec.input_size != 112:
            raise PackError(f"{spec.path}: IR-50 and IR-101 take crops of 112 pixels")
        state = {
            name.removeprefix(_PREFIX): tensor
            for name, tensor in load_state_dict(spec.path).items()
            if name.startswith(_PREFIX)
        }
        depth = n_blocks(state, "body.")
        if depth not in _DEPTHS:
            raise PackError(
                f"{spec.path} has {depth} blocks under model.body, IR-50 has 24 and IR-101 49",
                "use a checkpoint as AdaFace publishes it",
            )
        self.net = empty(IRLayout, _DEPTHS[depth], spec.embedding_dim)
        fill(self.net, state, spec.path)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, 112, 112) to (N, 25088)."""
        x = self.net.body(self.net.input_layer(x))  # (N, 512, 7, 7)
        flat: Tensor = self.net.output_layer[0](x).flatten(1)
        return flat

    def last(self, features: Tensor) -> Tensor:
        """(N, 25088) to (N, D)."""
        embedding: Tensor = self.net.output_layer[4](self.net.output_layer[3](features))
        return embedding
