"""A process that was forked after a run: torch's and onnxruntime's threads are not in it."""

from __future__ import annotations

import os

from vcn.errors import UsageError

_ran_in: int | None = None
"""The process in which a run has begun."""


def begin_run() -> None:
    """Remember that a run begins in this process.

    Raises:
        UsageError: One has begun in the process that this one was forked from: it would wait
            for ever for threads that are not here.
    """
    global _ran_in
    if _ran_in is not None and _ran_in != os.getpid():
        raise UsageError(
            "vcn has run in the process that this one was forked from, and a fork takes no "
            "threads along",
            "Start workers with multiprocessing.get_context('spawn'), or run vcn in them alone",
        )
    _ran_in = os.getpid()
