"""The projection heads: several independent ones computed as one batched product.

VCN supplement 1.1: a 3-layer network with GELU, its output as wide as the embedding.
VCN 3.4: "separate heads" for the class and the patch tokens of a transformer.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Heads(nn.Module):
    """H independent heads, each a three-layer network of its own for every part.

    The P parts of an embedding (`vcn.nets.base.FaceModel.n_parts`) are W = D / P values
    each. Network h * P + p is that of head h for part p; K = H * P of them make one
    product. Only networks meet the loss, so to everything behind them parts are merely
    more heads.

    Args:
        n_heads: H.
        width: D of the input and of the output of a head.
        generator: Source of the initial weights (a CPU generator).
        n_parts: P.
    """

    def __init__(
        self, n_heads: int, width: int, generator: torch.Generator, n_parts: int = 1
    ) -> None:
        super().__init__()
        self.n_parts = n_parts
        self.count = n_heads * n_parts
        """K."""
        self.width = width // n_parts
        """W: the hidden layers of a network are as wide as its input and output."""
        shape = (self.count, self.width, self.width)
        for layer in range(3):
            weight = torch.randn(shape, generator=generator) * (1 / math.sqrt(self.width))
            self.register_parameter(f"weight{layer}", nn.Parameter(weight))
            bias = torch.zeros(self.count, 1, self.width)
            self.register_parameter(f"bias{layer}", nn.Parameter(bias))

    def hidden(self, x: Tensor) -> Tensor:
        """(B, D) inputs to (K, B, W) activations before the last layer."""
        parts = x.reshape(len(x), self.n_parts, self.width).transpose(0, 1)  # (P, B, W)
        x = parts.expand(self.count // self.n_parts, -1, -1, -1).flatten(0, 1)  # (K, B, W)
        gelu = nn.functional.gelu
        x = gelu(torch.baddbmm(self.get_parameter("bias0"), x, self.get_parameter("weight0")))
        return gelu(torch.baddbmm(self.get_parameter("bias1"), x, self.get_parameter("weight1")))

    def last(self, hidden: Tensor) -> Tensor:
        """(K, B, W) activations to (K, B, W) outputs."""
        return torch.baddbmm(self.get_parameter("bias2"), hidden, self.get_parameter("weight2"))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) inputs to (K, B, W) outputs, not normalised."""
        return self.last(self.hidden(x))

    def first(self, values: Tensor) -> Tensor:
        """The first head's share of (K, B, W) activations or outputs, as (B, D)."""
        return side_by_side(values[: self.n_parts])


def side_by_side(values: Tensor) -> Tensor:
    """(K, B, W) to (B, K * W): all that the networks say of one crop in a row."""
    return values.transpose(0, 1).flatten(1)
