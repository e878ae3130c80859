"""Whether an error, whoever raised it, means that there was not enough memory."""

from __future__ import annotations

import errno

_SIGNS = (
    "can't allocate memory",  # torch on a CPU
    "cannot allocate memory",  # the C library
    "failed to allocate memory",  # onnxruntime
    "bad_alloc",  # C++ through onnxruntime
    "bad allocation",
    "insufficient memory",  # OpenCV
    "out of memory",  # CUDA
    "not enough memory",
    "can't start new thread",  # no room for its stack
    "failed to map segment",  # no room for a library
)


def is_out_of_memory(error: BaseException) -> bool:
    """Look at an error and at what caused it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, MemoryError):
            return True
        if isinstance(current, OSError) and current.errno == errno.ENOMEM:
            return True
        if any(sign in str(current).lower() for sign in _SIGNS):
            return True
        current = current.__cause__ or current.__context__
    return False
