"""How many threads torch may take for many small products."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def no_spinning() -> Iterator[None]:
    """Torch on one thread where its threads would spin, then on as many as before.

    Each product of the heads takes less than a millisecond. Threads that spin while they wait
    for each other take the processor from those that they wait for: training the same heads on
    two cores with other work (load 10) took 165 to 186 s with two threads that spin, 18 s with
    one, 7 to 10 s with two that sleep (``OMP_WAIT_POLICY=PASSIVE``, which the command line
    sets before torch is loaded; a program that uses the library may not have).
    """
    if os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE":
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
