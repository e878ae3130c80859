"""The loss of VCTRSF against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.equations.video_centre import video_centre_loss


def test_by_numpy() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4, 3))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    centres = rng.normal(size=(5, 3))
    own, others = np.array([0, 1, 2, 4]), np.array([[1, 2], [0, -1], [-1, -1], [3, 0]])
    unit = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    expected = []
    for row in range(4):
        pull = ((z[row] - unit[own[row]]) ** 2).sum()
        pushes = [
            max(0.0, 1 - np.linalg.norm(z[row] - unit[other])) ** 2
            for other in others[row]
            if other >= 0
        ]
        expected.append(pull + (np.mean(pushes) if pushes else 0.0))
    found = video_centre_loss(*map(torch.tensor, (z, centres, own, others)), 1.0)
    assert found.item() == pytest.approx(np.mean(expected))


def test_a_clip_at_its_centre_far_from_all_others_costs_nothing() -> None:
    unit = torch.eye(3)
    loss = video_centre_loss(unit[:1], 5 * unit, torch.tensor([0]), torch.tensor([[1, 2]]), 1.0)
    assert loss.item() == pytest.approx(0, abs=1e-9)
