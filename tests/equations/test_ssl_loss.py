"""VideoClusterNet Eq. 2: by hand, by an independent oracle, and its gradient."""

from __future__ import annotations

import math

import pytest
import torch

from vcn.equations.ssl_loss import log_predictions, soft_targets, ssl_loss

F64 = torch.float64


def random_rows(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_by_hand() -> None:
    # softmax((ln 3 * 0.5 - 0) / 0.5) = (3/4, 1/4); log softmax(0, ln 3) = (ln 1/4, ln 3/4)
    teacher = torch.tensor([[0.5 * math.log(3) + 1, 0.0]], dtype=F64)
    centre = torch.tensor([1.0, 0.0], dtype=F64)
    student = torch.tensor([[0.0, math.log(3)]], dtype=F64)
    expected = -(0.75 * math.log(0.25) + 0.25 * math.log(0.75))
    assert ssl_loss(teacher, student, centre, 0.5).item() == pytest.approx(expected, abs=1e-12)


def test_is_torchs_cross_entropy_with_soft_targets() -> None:
    teacher, student, centre = random_rows(5, 7), random_rows(5, 7, seed=1), random_rows(7, seed=2)
    oracle = torch.nn.functional.cross_entropy(
        student / 0.3, torch.softmax((teacher - centre) / 0.07, -1), reduction="none"
    )
    torch.testing.assert_close(ssl_loss(teacher, student, centre, 0.07, 0.3), oracle)


def test_gradient_reaches_only_the_student() -> None:
    teacher = random_rows(3, 4).requires_grad_()
    student = random_rows(3, 4, seed=1).requires_grad_()
    centre = random_rows(4, seed=2)
    assert torch.autograd.gradcheck(
        lambda s: ssl_loss(teacher.detach(), s, centre, 0.2), (student,)
    )
    ssl_loss(teacher, student, centre, 0.2).sum().backward()
    assert teacher.grad is None
    # d loss / d student = softmax(student) - target
    expected = torch.softmax(student, -1) - soft_targets(teacher, centre, 0.2)
    torch.testing.assert_close(student.grad, expected.detach())


def test_adding_a_constant_changes_nothing() -> None:
    teacher, student, centre = random_rows(2, 6), random_rows(2, 6, seed=1), random_rows(6, seed=2)
    torch.testing.assert_close(
        ssl_loss(teacher + 3, student - 5, centre + 2, 0.1),
        ssl_loss(teacher, student, centre, 0.1),
    )


def test_is_least_when_the_student_agrees() -> None:
    teacher, centre = random_rows(4, 5), torch.zeros(5, dtype=F64)
    entropy = -(torch.softmax(teacher, -1) * torch.log_softmax(teacher, -1)).sum(-1)
    torch.testing.assert_close(ssl_loss(teacher, teacher, centre, 1.0), entropy)
    assert (ssl_loss(teacher, random_rows(4, 5, seed=9), centre, 1.0) >= entropy).all()


def test_extreme_outputs_stay_finite() -> None:
    huge = torch.tensor([[1e4, -1e4, 0.0]], dtype=F64)
    assert torch.isfinite(ssl_loss(huge, -huge, torch.zeros(3, dtype=F64), 0.07)).all()
    assert soft_targets(huge, torch.zeros(3, dtype=F64), 0.07).sum().item() == pytest.approx(1)
    assert log_predictions(huge).exp().sum().item() == pytest.approx(1)
