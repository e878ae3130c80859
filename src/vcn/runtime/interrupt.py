"""Ctrl-C and SIGTERM: stop within two seconds, whatever the process is doing.

Python runs a signal handler between two of its own instructions, so one long call into
a library (a training step of a large model) would put it off. A watching thread is told
of the signal by the system at once, and ends the process itself when the main thread
has not done so in time. What is then left behind is swept by the next run.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from vcn.errors import Interrupted, Terminated

PATIENCE = 1.2
"""Seconds for an orderly end; the whole must not take two."""
_ERRORS: dict[int, type[Interrupted]] = {signal.SIGINT: Interrupted, signal.SIGTERM: Terminated}


class _Stop(BaseException):
    """Raised in the main thread by a signal.

    Not a KeyboardInterrupt, nor an Exception: there are libraries that catch those.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextmanager
def stoppable(what: str, hint: str = "") -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into an error while the block runs.

    A second signal ends the process at once. Blocks may be nested; the innermost one
    speaks. Outside the main thread, where signals cannot be handled, nothing changes.

    Args:
        what: What was stopped.
        hint: How to go on.

    Raises:
        Interrupted: After SIGINT (Ctrl-C).
        Terminated: After SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    over = threading.Event()
    before = {number: signal.signal(number, _stop) for number in _ERRORS}
    wakeup = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    line = str(Interrupted(what, hint))
    watcher = threading.Thread(target=_watch, args=(told, over, line), name="vcn-signals")
    watcher.daemon = True
    watcher.start()
    try:
        yield
    except _Stop as stop:
        raise _ERRORS[stop.number](what, hint) from stop
    finally:
        over.set()
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(tell)  # the watcher reads the end, and goes
        watcher.join()


def _stop(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    raise _Stop(number)


def _watch(told: int, over: threading.Event, line: str) -> None:
    try:
        while received := os.read(told, 1):
            error = _ERRORS.get(received[0])
            if error is not None and not over.wait(PATIENCE):
                cursor = "\x1b[?25h" if sys.stderr.isatty() else ""  # progress bars hide it
                os.write(2, f"{cursor}vcn: {line}\n".encode(errors="replace"))
                os._exit(error.exit_code)
    finally:
        os.close(told)
