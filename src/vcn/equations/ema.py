"""The teacher: a moving average of the student (VideoClusterNet 3.4, supplement 1.3)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


@torch.no_grad()
def moving_average(
    teacher: Mapping[str, Tensor], student: Mapping[str, Tensor], momentum: float
) -> None:
    """Set teacher to momentum * teacher + (1 - momentum) * student, in place.

    Covers every entry of the state, buffers too (running statistics left out would
    belong to no model); integer buffers are copied.

    Args:
        teacher: name -> tensor, changed in place.
        student: the same names and shapes.
        momentum: in [0, 1].
    """
    for name, value in teacher.items():
        if value.is_floating_point():
            value.lerp_(student[name].to(value.dtype), 1 - momentum)
        else:
            value.copy_(student[name])
