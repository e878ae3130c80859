"""The network of TSiam and SSiam (Sharma et al., FG 2019), and its training on pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from vcn.equations.siamese import contrast
from vcn.types import BoolArray, FloatArray, IntArray

Pairs = tuple[IntArray, BoolArray]
"""(P, 2) rows and (P,) True for one person."""


class SiamMlp(nn.Module):
    """Linear, ReLU, Linear to 2 values, which the loss sees; no normalisation of either.

    Args:
        width: D of the input.
        hidden: H of the feature.
        generator: Source of the initial weights.
    """

    def __init__(self, width: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.first = nn.Linear(width, hidden)
        self.last = nn.Linear(hidden, 2)
        with torch.no_grad():
            for layer in (self.first, self.last):
                std = math.sqrt(2 / layer.in_features)
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * std)
                layer.bias.zero_()

    def feature(self, x: Tensor) -> Tensor:
        """(B, D) to the (B, H) feature: before the ReLU."""
        out: Tensor = self.first(x)
        return out

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) to (B, 2)."""
        out: Tensor = self.last(torch.relu(self.first(x)))
        return out


def fit_pairs(
    model: SiamMlp,
    values: Tensor,
    batches: Iterable[Pairs],
    optimiser: torch.optim.Optimizer,
    margin: float,
) -> float:
    """One step of the contrastive loss for each batch of pairs.

    Args:
        model: Is trained.
        values: (N, D) inputs.
        batches: Of pairs of rows; empty ones are passed over.
        optimiser: Of the model.
        margin: m.

    Returns:
        Mean loss, 0 where there was no pair.
    """
    losses = []
    for rows, same in batches:
        if len(rows) == 0:
            continue
        pairs = torch.from_numpy(np.ascontiguousarray(rows))
        loss = contrast(
            model(values[pairs[:, 0]]), model(values[pairs[:, 1]]), torch.from_numpy(same), margin
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.detach())
    return float(torch.stack(losses).mean()) if losses else 0.0


@torch.no_grad()
def features(model: SiamMlp, values: Tensor) -> FloatArray:
    """(N, H) what is compared afterwards."""
    out: FloatArray = model.feature(values).numpy()
    return out
