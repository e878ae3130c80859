"""The transformer over tracks beside torch's own layers, which share no code with it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vcn.config.per_film import TransformerConfig
from vcn.nets.track_transformer import TrackTransformer

CONFIG = TransformerConfig(layers=3, heads=4, width=32, output=8, clip=6, dropout=0.0)
CLIPS = torch.tensor([[3, 4, 5, 6, 7, 8], [0, 2, -1, -1, -1, -1], [9, -1, -1, -1, -1, -1]])


def reference(model: TrackTransformer, values: torch.Tensor, clip: torch.Tensor) -> torch.Tensor:
    """One clip alone through `nn.TransformerEncoder`, every token of every layer."""
    layers = []
    for own in model.layers:
        layer = nn.TransformerEncoderLayer(
            *(CONFIG.width, CONFIG.heads, CONFIG.mlp_ratio * CONFIG.width, 0.0),
            nn.functional.gelu, batch_first=True, norm_first=True,
        )  # fmt: skip
        state = own.state_dict()
        layer.load_state_dict(
            {
                "self_attn.in_proj_weight": state["qkv.weight"],
                "self_attn.in_proj_bias": state["qkv.bias"],
                **{f"self_attn.out_proj.{n}": state[f"joined.{n}"] for n in ("weight", "bias")},
                **{f"linear1.{n}": state[f"wide.{n}"] for n in ("weight", "bias")},
                **{f"linear2.{n}": state[f"narrow.{n}"] for n in ("weight", "bias")},
                **{
                    f"{m}.{n}": state[f"{m}.{n}"]
                    for m in ("norm1", "norm2")
                    for n in ("weight", "bias")
                },
            }
        )
        layers.append(layer.to(values.dtype))
    tokens = torch.cat([model.cls, model.embed(values[clip])]) + model.position[: len(clip) + 1]
    tokens = tokens[None]
    for layer in layers:
        tokens = layer(tokens)
    return nn.functional.normalize(model.out(model.norm(tokens[:, 0])), dim=1)[0]


@pytest.mark.parametrize("training", [False, True])
def test_clips_together_are_as_each_alone_in_torch(training: bool) -> None:
    torch.manual_seed(0)
    model = TrackTransformer(5, CONFIG).double().train(training)
    values = torch.randn(10, 5, dtype=torch.float64)
    found = model(values, CLIPS)
    assert found.shape == (3, 8)
    for clip, row in zip(CLIPS, found, strict=True):
        torch.testing.assert_close(row, reference(model, values, clip[clip >= 0]))


def test_gradients_are_those_of_each_clip_alone() -> None:
    torch.manual_seed(0)
    model = TrackTransformer(5, CONFIG).double()
    values, towards = torch.randn(10, 5).double(), torch.randn(3, 8).double()
    wanted = torch.autograd.grad((model(values, CLIPS) * towards).sum(), list(model.parameters()))
    alone = sum(
        (model(values, clip[clip >= 0][None]) * goal).sum()
        for clip, goal in zip(CLIPS, towards, strict=True)
    )
    assert isinstance(alone, torch.Tensor)
    for one, other in zip(
        wanted, torch.autograd.grad(alone, list(model.parameters())), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_it_forgets_while_it_trains_alone() -> None:
    torch.manual_seed(0)
    model = TrackTransformer(5, TransformerConfig(layers=2, heads=4, width=32, output=8, clip=6))
    values = torch.randn(10, 5)
    model.eval()
    torch.testing.assert_close(model(values, CLIPS), model(values, CLIPS))
    model.train()
    assert not torch.allclose(model(values, CLIPS), model(values, CLIPS))
