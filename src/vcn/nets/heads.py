"""The projection heads: several independent ones computed as one batched product.

VCN supplement 1.1: a 3-layer network with GELU, its output as wide as the embedding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Heads(nn.Module):
    """H independent three-layer heads of one width.

    Args:
        n_heads: H.
        width: D of the input and the output; the hidden layers have the same width.
        generator: Source of the initial weights (a CPU generator).
        gain: Factor on the initial weights, whose deviation is gain / sqrt(width).
    """

    def __init__(
        self, n_heads: int, width: int, generator: torch.Generator, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.width = width
        for layer in range(3):
            weight = torch.randn(n_heads, width, width, generator=generator)
            self.register_parameter(
                f"weight{layer}", nn.Parameter(weight * (gain / math.sqrt(width)))
            )
            self.register_parameter(f"bias{layer}", nn.Parameter(torch.zeros(n_heads, 1, width)))

    def hidden(self, x: Tensor) -> Tensor:
        """(B, D) or (H, B, D) inputs to (H, B, D) activations before the last layer."""
        if x.dim() == 2:
            x = x.expand(self.n_heads, -1, -1)
        gelu = nn.functional.gelu
        x = gelu(torch.baddbmm(self.get_parameter("bias0"), x, self.get_parameter("weight0")))
        return gelu(torch.baddbmm(self.get_parameter("bias1"), x, self.get_parameter("weight1")))

    def last(self, hidden: Tensor) -> Tensor:
        """(H, B, D) activations to (H, B, D) outputs."""
        return torch.baddbmm(self.get_parameter("bias2"), hidden, self.get_parameter("weight2"))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) or (H, B, D) inputs to (H, B, D) outputs, not normalised."""
        return self.last(self.hidden(x))
