"""Errors of any library that mean that memory was short."""

from __future__ import annotations

import errno

import numpy as np
import pytest

from vcn.runtime.memory import is_out_of_memory

HUGE = 1 << 50


def error_of(code: str) -> BaseException:
    import cv2
    import torch

    try:
        exec(code, {"np": np, "torch": torch, "cv2": cv2, "HUGE": HUGE})
    except BaseException as error:
        return error
    raise AssertionError("it had the memory")


@pytest.mark.parametrize(
    "code",
    [
        "np.empty(HUGE)",
        "torch.empty(HUGE)",
        "bytearray(HUGE)",
        "cv2.resize(np.zeros((2, 2, 3), np.uint8), (30000000, 30000000))",
    ],
)
def test_the_real_errors_of_libraries(code: str) -> None:
    error = error_of(code)
    assert is_out_of_memory(error), repr(error)


def test_causes_are_looked_at_and_other_errors_are_not_memory() -> None:
    outer = ValueError("the model cannot be run")
    assert not is_out_of_memory(outer)
    outer.__cause__ = OSError(errno.ENOMEM, "Cannot allocate memory")
    assert is_out_of_memory(outer)
    loop = ValueError("a")
    loop.__cause__ = outer2 = ValueError("b")
    outer2.__cause__ = loop
    assert not is_out_of_memory(loop)
    assert not is_out_of_memory(OSError(errno.ENOSPC, "No space left on device"))
