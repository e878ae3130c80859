"""Multi-Face, ImpTriplet: by hand, gradient, and which way it pushes."""

from __future__ import annotations

import pytest
import torch

from vcn.equations.imp_triplet import imp_triplet_loss

F64 = torch.float64


def rows(*points: tuple[float, float]) -> torch.Tensor:
    return torch.tensor(points, dtype=F64)


def test_by_hand() -> None:
    anchor, positive, negative = rows((0, 0)), rows((0.6, 0.8)), rows((0, 1))
    # d_ap = 1, d_aq = 1, d_pq = sqrt(.36 + .04)
    push = 1 - (1 + 0.4**0.5) / 2 + 0.3
    got = imp_triplet_loss(anchor, positive, negative, 0.3, 0.1, 0.02)
    assert got.item() == pytest.approx(push + 0.02 * 0.9, abs=1e-6)
    far = rows((30, 40))
    got = imp_triplet_loss(anchor, positive, far, 0.3, 0.1, 0.02)
    assert got.item() == pytest.approx(0.018, abs=1e-6)


def test_pushes_the_negative_from_both() -> None:
    anchor, positive, negative = rows((0, 0)), rows((1, 0)), rows((0.5, 0.5))
    points = [p.requires_grad_() for p in (anchor, positive, negative)]
    imp_triplet_loss(*points, 0.3, 0.1, 0.02).backward()
    assert negative.grad is not None
    # Downhill is away from the line between the two.
    assert -negative.grad[0, 1] > 0
    assert abs(negative.grad[0, 0]) < 1e-12


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    points = tuple(
        torch.randn(5, 4, generator=generator, dtype=F64, requires_grad=True) for _ in range(3)
    )
    assert torch.autograd.gradcheck(
        lambda a, p, q: imp_triplet_loss(a, p, q, 0.3, 0.1, 0.02), points
    )
    one = torch.zeros(2, 3, dtype=F64, requires_grad=True)  # all at one point
    imp_triplet_loss(one, one * 1, one * 1, 0.3, 0.1, 0.02).backward()
    assert one.grad is not None
    assert torch.isfinite(one.grad).all()
