"""The network of VCTRSF and CT-TRSF (Wang et al. 2023): one embedding from a track's crops."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vcn.config.per_film import TransformerConfig


class TrackTransformer(nn.Module):
    """A token a crop, a class token, learned positions; the output has length 1.

    Args:
        width: D of the input.
        config: Layers, heads, widths.
    """

    def __init__(self, width: int, config: TransformerConfig) -> None:
        super().__init__()
        self.embed = nn.Linear(width, config.width)
        self.cls = nn.Parameter(torch.randn(1, 1, config.width) * 0.02)
        self.position = nn.Parameter(torch.randn(1, config.clip + 1, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.mlp_ratio * config.width,
            config.dropout,
            nn.functional.gelu,
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, config.output)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, L, D) crops in their order in time to (B, output)."""
        tokens = torch.cat([self.cls.expand(len(clips), -1, -1), self.embed(clips)], dim=1)
        tokens = tokens + self.position[:, : tokens.shape[1]]
        first = self.norm(self.encoder(tokens)[:, 0])
        return nn.functional.normalize(self.out(first), dim=1)
