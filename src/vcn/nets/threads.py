"""How many threads torch may take for many small products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread, then on as many as before.

    Each product of the heads takes less than a millisecond: threads cost more than they bring.
    Training the heads of a film of 102 s on two idle cores took 10 to 11 s with two threads
    that sleep while they wait (``OMP_WAIT_POLICY=PASSIVE``, which the command line sets), and
    6 s with one; with other work (load 10) two threads that spin took 165 to 186 s.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
