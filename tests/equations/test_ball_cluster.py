"""Ball Cluster Learning: check values, a NumPy loop that shares no code, gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vcn.equations.ball_cluster import (
    ball_loss,
    ball_losses,
    centroids,
    cut,
    pair_loss,
    squared_radius,
)

F64 = torch.float64
RELEASED = -1.4799283
"""h of the authors' checkpoint."""
POINTS = np.array([(1, 0), (1, 0.5), (0, 1), (-0.2, 1), (-1, -1)], np.float64)
FEATURES = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
LABELS = np.array([0, 0, 1, 1, 2])


def literal(f: np.ndarray, y: np.ndarray, h: float, epsilon: float) -> tuple[float, float]:
    """Eq. 1, 6 and 7, one sample after the other."""
    b = math.log(1 + math.exp(h))
    mean = {}
    for k in set(y.tolist()):
        total = f[y == k].sum(axis=0)
        mean[k] = total / math.sqrt(float((total**2).sum()))
    similar, dissimilar = 0.0, 0.0
    for row, k in zip(f, y.tolist(), strict=True):
        similar += max(0.0, float(((row - mean[k]) ** 2).sum()) - b)
        dissimilar += max(
            max(0.0, 9 * b + epsilon - float(((row - m) ** 2).sum()))
            for v, m in mean.items()
            if v != k
        )
    return similar / len(f), dissimilar / len(f)


def losses(h: float, epsilon: float = 0.05) -> tuple[float, float]:
    b = squared_radius(torch.tensor(h, dtype=F64))
    similar, dissimilar = ball_losses(torch.tensor(FEATURES), torch.tensor(LABELS), b, epsilon)
    return similar.item(), dissimilar.item()


def test_check_values() -> None:
    similar, dissimilar = losses(RELEASED)
    assert similar == 0
    assert dissimilar == pytest.approx(0.1930403, abs=5e-8)
    similar, dissimilar = losses(-3.0)
    assert 4 * similar == pytest.approx(0.0078635, abs=5e-8)
    assert dissimilar == 0
    whole = ball_loss(
        torch.tensor(FEATURES), torch.tensor(LABELS), torch.tensor(-3.0, dtype=F64), 4.0, 0.05
    )
    assert whole.item() == pytest.approx(0.0078635, abs=5e-8)


def test_released_threshold() -> None:
    b = squared_radius(torch.tensor(RELEASED, dtype=F64)).item()
    assert b == pytest.approx(0.2051050, abs=5e-8)
    assert cut(b) == pytest.approx(0.8204202, abs=1e-7)
    assert 1 - cut(b) / 2 == pytest.approx(0.58979, abs=5e-6)  # its cosine
    assert squared_radius(torch.tensor(-3.0, dtype=F64)).item() == pytest.approx(
        0.0485874, abs=5e-8
    )
    assert squared_radius(torch.tensor(0.1, dtype=F64)).item() == pytest.approx(0.744, abs=5e-4)


def test_centroids_by_hand() -> None:
    f = torch.tensor([[3.0, 0.0], [0.0, 4.0], [1.0, 1.0]], dtype=F64)
    y = torch.tensor([7, 7, -2])
    unit, row = centroids(f, y, unit=True)
    assert row.tolist() == [1, 1, 0]
    torch.testing.assert_close(unit, torch.tensor([[math.sqrt(0.5)] * 2, [0.6, 0.8]], dtype=F64))
    plain, _ = centroids(f, y, unit=False)
    assert plain.tolist() == [[1.0, 1.0], [1.5, 2.0]]


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_literal_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    f = rng.normal(size=(40, 6))
    f /= np.linalg.norm(f, axis=1, keepdims=True)
    y = rng.integers(0, 7, 40)
    h = float(rng.normal())
    got = ball_losses(
        torch.tensor(f), torch.tensor(y), squared_radius(torch.tensor(h, dtype=F64)), 0.05
    )
    assert [value.item() for value in got] == pytest.approx(literal(f, y, h, 0.05), abs=1e-12)


def test_gradients_reach_features_through_centroids_and_the_radius() -> None:
    rng = torch.Generator().manual_seed(3)
    raw = torch.randn(9, 4, generator=rng, dtype=F64, requires_grad=True)
    h = torch.tensor(-1.0, dtype=F64, requires_grad=True)
    y = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2])

    def loss(x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return ball_loss(torch.nn.functional.normalize(x, dim=1), y, h, 4.0, 0.05)

    assert torch.autograd.gradcheck(loss, (raw, h))
    loss(raw, h).backward()
    assert h.grad is not None
    assert h.grad.abs() > 0


def test_order_and_names_of_classes_change_nothing() -> None:
    b = torch.tensor(0.3, dtype=F64)
    order = torch.tensor([4, 1, 3, 0, 2])
    f, y = torch.tensor(FEATURES), torch.tensor(LABELS)
    plain = ball_losses(f, y, b, 0.05)
    other = ball_losses(f[order], 10 - 3 * y[order], b, 0.05)
    torch.testing.assert_close(plain, other)


def test_pairs_by_hand() -> None:
    same = torch.tensor([0.1, 0.5], dtype=F64)
    different = torch.tensor([0.65, 3.0, 0.85], dtype=F64)
    b = torch.tensor(0.2, dtype=F64)
    assert pair_loss(same, different, b, 0.05).item() == pytest.approx(0.3 / 2 + 0.2 / 3)
    assert pair_loss(same, different[:0], b, 0.05).item() == pytest.approx(0.15)
