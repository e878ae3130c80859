"""The comparators of Ball Cluster Learning, by hand and by NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vcn.equations.verification_losses import (
    contrastive_loss,
    ldml_loss,
    prototypical_loss,
    triplet_loss,
)

F64 = torch.float64


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=F64)


def test_triplet_by_hand() -> None:
    # 1 - 2 + .5 < 0; 1 - 1.2 + .5 = .3
    assert triplet_loss(tensor(1, 1), tensor(2, 1.2), 0.5).item() == pytest.approx(0.15)


def test_contrastive_check_values() -> None:
    """The published pairs: (0,0)-(.3,.4), alike and not; (0,0)-(3,4); (1,0)-(1,1.5)."""
    one = tensor(1.0)[0]
    nothing = tensor(100.0)
    # Twice the loss: the check values have no factor 1/2.
    assert 2 * contrastive_loss(tensor(0.25), nothing, one).item() == pytest.approx(0.25)
    assert 2 * contrastive_loss(tensor(0.0), tensor(0.25), one).item() == pytest.approx(0.25)
    assert 2 * contrastive_loss(tensor(0.0), tensor(25.0), one).item() == 0
    assert 2 * contrastive_loss(tensor(2.25), nothing, one).item() == pytest.approx(2.25)


def test_contrastive_gradient_at_zero_is_finite() -> None:
    distance = tensor(0.0).requires_grad_()
    contrastive_loss(tensor(0.0), distance, tensor(1.0)[0]).backward()
    assert distance.grad is not None
    assert torch.isfinite(distance.grad).all()


def test_ldml_by_numpy() -> None:
    positive, negative, beta = np.array([0.1, 0.9, 3.0]), np.array([0.2, 2.5]), 0.7
    p = 1 / (1 + np.exp(positive - beta))
    q = 1 / (1 + np.exp(negative - beta))
    expected = -np.log(p).mean() - np.log(1 - q).mean()
    got = ldml_loss(torch.tensor(positive), torch.tensor(negative), torch.tensor(beta, dtype=F64))
    assert got.item() == pytest.approx(expected, abs=1e-12)
    # Far beyond what a plain sigmoid can hold.
    assert math.isfinite(ldml_loss(tensor(1e4), tensor(0.0), tensor(1.0)[0]).item())


@pytest.mark.parametrize(("b", "gamma", "scale"), [(0.0, 0.0, 1.0), (0.2, 1.85, 1.0), (0, 0, 0.1)])
def test_prototypical_by_numpy(b: float, gamma: float, scale: float) -> None:
    rng = np.random.default_rng(0)
    f, y = rng.normal(size=(12, 3)), np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 5])
    mean = {k: f[y == k].mean(axis=0) for k in (0, 1, 2, 5)}
    each: dict[int, list[float]] = {k: [] for k in mean}
    for row, k in zip(f, y.tolist(), strict=True):
        exponent = {
            v: -scale * float(((row - m) ** 2).sum()) + (b if v == k else gamma)
            for v, m in mean.items()
        }
        total = sum(math.exp(value) for value in exponent.values())
        each[k].append(-math.log(math.exp(exponent[k]) / total))
    expected = np.mean([np.mean(values) for values in each.values()])
    got = prototypical_loss(torch.tensor(f), torch.tensor(y), scale, b, gamma)
    assert got.item() == pytest.approx(expected, abs=1e-12)


def test_gradients() -> None:
    generator = torch.Generator().manual_seed(1)
    f = torch.randn(8, 3, generator=generator, dtype=F64, requires_grad=True)
    y = torch.tensor([0, 0, 1, 1, 1, 2, 2, 2])
    assert torch.autograd.gradcheck(lambda x: prototypical_loss(x, y, 0.1), (f,))
    positive = tensor(0.3, 0.8).requires_grad_()
    negative = tensor(0.4, 0.1).requires_grad_()
    free = tensor(0.9)[0].requires_grad_()
    assert torch.autograd.gradcheck(contrastive_loss, (positive, negative, free))
    assert torch.autograd.gradcheck(ldml_loss, (positive, negative, free))
    assert torch.autograd.gradcheck(lambda p, n: triplet_loss(p, n, 0.5), (positive, negative))
