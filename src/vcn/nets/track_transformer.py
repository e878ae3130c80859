"""The network of VCTRSF and CT-TRSF (Wang et al. 2023): one embedding from a track's crops.

Clips of different lengths are computed together without padding: all tokens of a batch are rows
of one matrix, and only attention, a small part of the work, puts them side by side. Of the last
layer only the class token is computed. Both change nothing but the time, to a third for films
whose tracks have eight crops.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vcn.config.per_film import TransformerConfig


class _Places(NamedTuple):
    """Where the tokens of each clip are among all tokens; the class tokens come first."""

    rows: Tensor
    """(B, L + 1) row of each token; 0 where a clip is shorter."""
    valid: Tensor
    """(B, L + 1)"""


class _Layer(nn.Module):
    """One layer: normalised, attention and two linear maps, each added to its input."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        width, wide = config.width, config.mlp_ratio * config.width
        self._heads, self._dropout = config.heads, config.dropout
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.wide = nn.Linear(width, wide)
        self.narrow = nn.Linear(wide, width)
        nn.init.xavier_uniform_(self.qkv.weight)  # as `nn.MultiheadAttention` begins
        nn.init.zeros_(self.qkv.bias)
        nn.init.zeros_(self.joined.bias)

    def forward(self, tokens: Tensor, places: _Places, only_class: bool) -> Tensor:
        """(M, W) tokens to as many, or to the (B, W) class tokens alone."""
        n_clips, length = places.rows.shape
        normal = self.norm1(tokens)
        if only_class:
            first = n_clips
            q = nn.functional.linear(
                normal[:first], *(p[: tokens.shape[1]] for p in (self.qkv.weight, self.qkv.bias))
            )
            k, v = nn.functional.linear(
                normal, *(p[tokens.shape[1] :] for p in (self.qkv.weight, self.qkv.bias))
            ).chunk(2, dim=1)
            asking = q[:, None]
        else:
            first = len(tokens)
            q, k, v = self.qkv(normal).chunk(3, dim=1)
            asking = q[places.rows]

        def by_head(x: Tensor) -> Tensor:
            return x.reshape(*x.shape[:2], self._heads, -1).transpose(1, 2)

        heard = nn.functional.scaled_dot_product_attention(
            by_head(asking),
            by_head(k[places.rows]),
            by_head(v[places.rows]),
            attn_mask=places.valid[:, None, None].expand(-1, 1, asking.shape[1], length),
            dropout_p=self._dropout if self.training else 0.0,
        )
        heard = heard.transpose(1, 2).flatten(2)
        # Back to rows: of each token, or of the class tokens.
        if only_class:
            rows = heard[:, 0]
        else:
            rows = heard.new_empty((len(tokens), heard.shape[2]))
            rows = rows.index_copy(0, places.rows[places.valid], heard[places.valid])
        tokens = tokens[:first] + self._drop(self.joined(rows))
        inner = self._drop(nn.functional.gelu(self.wide(self.norm2(tokens))))
        return tokens + self._drop(self.narrow(inner))

    def _drop(self, x: Tensor) -> Tensor:
        return nn.functional.dropout(x, self._dropout, self.training)


class TrackTransformer(nn.Module):
    """A token a crop, a class token, learned positions; the output has length 1.

    Args:
        width: D of the input.
        config: Layers, heads, widths.
    """

    def __init__(self, width: int, config: TransformerConfig) -> None:
        super().__init__()
        self.embed = nn.Linear(width, config.width)
        self.cls = nn.Parameter(torch.randn(1, config.width) * 0.02)
        self.position = nn.Parameter(torch.randn(config.clip + 1, config.width) * 0.02)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, config.output)

    def forward(self, values: Tensor, clips: Tensor) -> Tensor:
        """One embedding a clip.

        Args:
            values: (N, D) all crops.
            clips: (B, L) crops of each clip in their order in time; -1, at the end: none.

        Returns:
            (B, output).
        """
        n_clips, length = clips.shape
        there = clips >= 0
        position = torch.arange(1, length + 1).expand(n_clips, -1)[there]
        crops = self.embed(values[clips[there]]) + self.position[position]
        tokens = torch.cat([(self.cls + self.position[:1]).expand(n_clips, -1), crops])
        rows = torch.zeros((n_clips, length + 1), dtype=torch.int64)
        rows[:, 0] = torch.arange(n_clips)
        rows[:, 1:][there] = torch.arange(n_clips, len(tokens))
        valid = torch.cat([torch.ones((n_clips, 1), dtype=torch.bool), there], dim=1)
        for number, layer in enumerate(self.layers):
            tokens = layer(tokens, _Places(rows, valid), number == len(self.layers) - 1)
        return nn.functional.normalize(self.out(self.norm(tokens)), dim=1)
