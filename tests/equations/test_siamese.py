"""The contrastive loss and SSiam's mining: check values, and NumPy that shares no code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.equations.siamese import contrast, mine, unit_scale


def pair_loss(u: tuple[float, float], v: tuple[float, float], same: bool) -> float:
    sides = (torch.tensor([side], dtype=torch.float64) for side in (u, v))
    return float(contrast(*sides, torch.tensor([same]), 1.0))


@pytest.mark.parametrize(
    ("u", "v", "same", "expected"),
    [
        ((0, 0), (0.3, 0.4), True, 0.25),
        ((0, 0), (0.3, 0.4), False, 0.25),
        ((0, 0), (3, 4), False, 0.0),
        ((1, 0), (1, 1.5), True, 2.25),
    ],
)
def test_check_values(
    u: tuple[float, float], v: tuple[float, float], same: bool, expected: float
) -> None:
    assert pair_loss(u, v, same) == pytest.approx(expected, abs=1e-9)


def test_loss_and_gradient_by_numpy() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.normal(0, 0.5, (2, 40, 2))
    same = rng.random(40) < 0.5
    distance = np.sqrt(((u - v) ** 2).sum(axis=1))
    expected = np.where(same, distance**2, np.maximum(0, 1 - distance) ** 2).mean()
    slope = np.where(same, 2.0, -2 * np.maximum(0, 1 - distance) / distance) / 40
    at = torch.tensor(u, requires_grad=True)
    loss = contrast(at, torch.tensor(v), torch.tensor(same), 1.0)
    loss.backward()
    assert loss.item() == pytest.approx(expected)
    np.testing.assert_allclose(at.grad, slope[:, None] * (u - v), atol=1e-9)


def test_the_gradient_of_equal_points_is_finite() -> None:
    at = torch.zeros(1, 2, requires_grad=True)
    contrast(at, torch.zeros(1, 2), torch.tensor([False]), 1.0).backward()
    assert at.grad is not None
    assert bool(torch.isfinite(at.grad).all())


POINTS = np.array([(0, 0), (0, 1), (5, 0), (5, 3), (10, 0), (10, 0.5)], float)


def distances(points: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))


def test_mining_check() -> None:
    found = mine(distances(POINTS))
    assert found.nearest.tolist() == [1, 0, 3, 2, 5, 4]
    assert found.positive.tolist() == [2, 3, 0, 1, 4, 5]
    assert found.farthest.tolist() == [5, 4, 1, 0, 1, 0]
    assert found.negative.tolist() == [2, 3, 0, 5, 1, 4]


def test_a_pair_is_taken_once() -> None:
    positive, negative = mine(distances(POINTS)).pairs(9)
    assert positive.tolist() == [[2, 3], [0, 1], [4, 5]]
    assert negative.tolist() == [[1, 2], [0, 3], [0, 5], [1, 4]]
    assert [len(pairs) for pairs in mine(distances(POINTS)).pairs(2)] == [2, 2]


def test_scale() -> None:
    values = np.random.default_rng(1).normal(0, 7, (30, 12))
    scaled = values / unit_scale(values)
    assert (scaled**2).sum(axis=1).mean() == pytest.approx(12)
    assert unit_scale(np.zeros((3, 4))) == 1.0
    assert unit_scale(np.zeros((0, 4))) == 1.0
