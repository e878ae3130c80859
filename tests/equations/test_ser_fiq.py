"""SER-FIQ: the masked product equals literal passes through dropout."""

from __future__ import annotations

import math

import pytest
import torch

from vcn.equations.ser_fiq import ser_fiq_score, stochastic_embeddings

F64 = torch.float64


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_literal_loop() -> None:
    g = generator()
    features = torch.randn(3, 10, generator=g, dtype=F64)
    weight = torch.randn(4, 10, generator=g, dtype=F64)
    bias = torch.randn(4, generator=g, dtype=F64)
    masks = (torch.rand(6, 10, generator=g) > 0.5).to(F64) * 2
    fast = ser_fiq_score(stochastic_embeddings(features, weight, bias, masks))
    for crop in range(3):
        passes = []
        for mask in masks:  # one pass through the network each
            out = weight @ (features[crop] * mask) + bias
            passes.append(out / out.norm())
        total = sum(
            (passes[i] - passes[j]).norm().item() for i in range(6) for j in range(i + 1, 6)
        )
        expected = 2 / (1 + math.exp(2 / 36 * total))
        assert fast[crop].item() == pytest.approx(expected, abs=1e-7)


def test_equal_passes_score_one() -> None:
    features = torch.randn(2, 8, generator=generator())
    weight = torch.randn(3, 8, generator=generator())
    scores = ser_fiq_score(stochastic_embeddings(features, weight, None, torch.ones(5, 8)))
    torch.testing.assert_close(scores, torch.ones(2))


def test_two_opposite_passes_by_hand() -> None:
    # One pair at distance 2: 2 / 2^2 * 2 = 1, so 2 * sigmoid(-1).
    embeddings = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    assert ser_fiq_score(embeddings).item() == pytest.approx(2 / (1 + math.e), abs=1e-6)


def test_order_of_passes_does_not_matter_and_zero_rows_are_defined() -> None:
    rows = torch.randn(2, 5, 3, generator=generator())
    rows[1] = 0
    torch.testing.assert_close(ser_fiq_score(rows), ser_fiq_score(rows.flip(1)))
    assert ser_fiq_score(rows)[1].item() == 1
