"""The self-distillation loss, VideoClusterNet Eq. 2, as pure functions.

The centre is an argument and is never moved here: the same functions serve the
training and, frozen, the metric of the clustering.
"""

from __future__ import annotations

import torch
from torch import Tensor


def soft_targets(teacher: Tensor, centre: Tensor, temperature: float) -> Tensor:
    """softmax((teacher - c) / temp) of VideoClusterNet Eq. 2.

    Args:
        teacher: (..., D) outputs of the teacher, unnormalised.
        centre: (D,) or broadcastable: the rolling mean c of teacher outputs.
        temperature: temp > 0.

    Returns:
        (..., D) probabilities.
    """
    return torch.softmax((teacher - centre) / temperature, dim=-1)


def log_predictions(student: Tensor, temperature: float = 1.0) -> Tensor:
    """log(softmax(student)) of VideoClusterNet Eq. 2.

    Args:
        student: (..., D) outputs of the student, unnormalised.
        temperature: 1 in the paper.

    Returns:
        (..., D) log-probabilities.
    """
    return torch.log_softmax(student / temperature, dim=-1)


def ssl_loss(
    teacher: Tensor,
    student: Tensor,
    centre: Tensor,
    teacher_temperature: float,
    student_temperature: float = 1.0,
) -> Tensor:
    """VideoClusterNet Eq. 2: the cross-entropy of the student under the teacher.

    No gradient flows through the teacher.

    Args:
        teacher: (..., D) embed_t.
        student: (..., D) embed_s.
        centre: (D,) or broadcastable, c.
        teacher_temperature: temp.
        student_temperature: 1 in the paper.

    Returns:
        (...) loss of each pair of rows, in nats, not negative.
    """
    targets = soft_targets(teacher.detach(), centre, teacher_temperature)
    return -(targets * log_predictions(student, student_temperature)).sum(dim=-1)
