"""FaRL-P16: the picture side of a CLIP ViT-B/16, trained on faces (FacePerceiver/FaRL, MIT).

Layout: its ``farl/network/farl/model.py``; the published files hold the whole of CLIP
and FaRL's decoder, of which only ``visual.*`` of the encoder is used. Code written anew
from the layout. Input is RGB with CLIP's mean and deviation.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.nets.iresnet import n_blocks
from vcn.weights.torchfile import empty, fill, load_state_dict

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

_PREFIX = "visual."
_DECODER = ("lm_transformer.", "ln_lm.", "lm_head.", "mask_token")
"""What masked-image training added; not part of the encoder."""

WIDTH = 768
HEADS = 12
LAYERS = 12
PATCH = 16
OUTPUT = 512
SIZE = 224


class _QuickGELU(nn.Module):
    """CLIP's approximation of GELU."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(
            OrderedDict(
                c_fc=nn.Linear(WIDTH, 4 * WIDTH),
                gelu=_QuickGELU(),
                c_proj=nn.Linear(4 * WIDTH, WIDTH),
            )
        )
        self.ln_2 = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class _Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(_Block() for _ in range(LAYERS))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.resblocks:
            x = block(x)
        return x


class ViTLayout(nn.Module):
    """The modules under their published names, without ``visual.``."""

    def __init__(self) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.empty(WIDTH))
        self.positional_embedding = nn.Parameter(torch.empty((SIZE // PATCH) ** 2 + 1, WIDTH))
        self.proj = nn.Parameter(torch.empty(WIDTH, OUTPUT))
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.ln_pre = nn.LayerNorm(WIDTH)
        self.transformer = _Transformer()
        self.ln_post = nn.LayerNorm(WIDTH)


class FarlViT(FaceModel):
    """FaRL's encoder; both kinds of token are in the embedding. P = 2*768.

    The paper's, VCN 3.4: "separate heads are attached for the class and patch token
    embeddings, respectively". So the two are the parts of the embedding. Its
    supplement 1.1 says otherwise, that "the head is shared between" them; we follow
    the paper itself.

    Ours, for the paper is silent: the patch tokens of a crop are averaged before they
    meet a head, since those of two crops do not show the same place of a face; both
    kinds are normalised and projected to 512 values as CLIP does with the class token,
    so that a part is as wide as the model's own output; the two losses count alike, as
    in iBOT, to which the paper refers.
    """

    n_parts = 2

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        if spec.input_size != SIZE or spec.embedding_dim != 2 * OUTPUT:
            raise PackError(
                f"{spec.path}: FaRL-P16 takes {SIZE} pixels and gives {2 * OUTPUT} values"
            )
        state = {
            name.removeprefix(_PREFIX): tensor
            for name, tensor in load_state_dict(spec.path).items()
            if name.startswith(_PREFIX)
        }
        state = {name: state[name] for name in state if not name.startswith(_DECODER)}
        if n_blocks(state, "transformer.resblocks.") != LAYERS:
            raise PackError(f"{spec.path} is not a ViT-B/16 with {LAYERS} layers under visual.*")
        self.net = empty(ViTLayout)
        fill(self.net, state, spec.path)

    def tokens(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 224, 224) to the class token (N, 768) and the patch tokens (N, 196, 768)."""
        net = self.net
        x = net.conv1(x).flatten(2).transpose(1, 2)  # (N, 196, 768)
        first = net.class_embedding.expand(len(x), 1, -1)
        x = torch.cat([first, x], dim=1) + net.positional_embedding  # (N, 197, 768)
        x = net.ln_post(net.transformer(net.ln_pre(x)))
        return x[:, 0], x[:, 1:]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, 224, 224) to (N, 1536)."""
        first, patches = self.tokens(x)
        return torch.cat([first, patches.mean(1)], dim=1)

    def last(self, features: Tensor) -> Tensor:
        """(N, 1536) to (N, 1024): of the class token, of the patch tokens."""
        return (features.reshape(-1, 2, WIDTH) @ self.net.proj).flatten(1)
