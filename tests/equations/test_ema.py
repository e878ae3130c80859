"""The teacher's moving average."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vcn.equations.ema import moving_average


def test_by_hand() -> None:
    teacher = {"w": torch.tensor([1.0, 2.0])}
    moving_average(teacher, {"w": torch.tensor([3.0, 2.0])}, 0.75)
    assert teacher["w"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_extremes(momentum: float) -> None:
    teacher = {"w": torch.tensor([1.0])}
    moving_average(teacher, {"w": torch.tensor([5.0])}, momentum)
    assert teacher["w"].item() == (5 if momentum == 0 else 1)


def test_buffers_move_too_and_the_modules_change_in_place() -> None:
    teacher, student = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    student(torch.randn(8, 2, generator=torch.Generator().manual_seed(0)))
    moving_average(teacher.state_dict(), student.state_dict(), 0.5)
    assert student.running_mean is not None
    assert teacher.running_mean is not None
    torch.testing.assert_close(teacher.running_mean, 0.5 * student.running_mean)
    assert teacher.num_batches_tracked is not None
    assert teacher.num_batches_tracked.item() == 1  # integers are copied
