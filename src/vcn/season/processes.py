"""Films in parallel, or runs of their shots, each in a process of its own on this machine.

A process that dies (out of memory, killed) costs its own film only, which is begun again; a
pool of the standard library would lose all. Processes are spawned: torch and CUDA bear no fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from vcn.runtime.devices import available_cores
from vcn.season.divide import Plan, Task
from vcn.season.work import Failed, FilmTask, Outcome, attempt

_THREADS = "OMP_NUM_THREADS"
_GOODBYE = 0.4
"""Seconds that a process has to end in when all are stopped."""


def in_processes(tasks: Sequence[FilmTask], n: int) -> Iterator[tuple[FilmTask, Outcome]]:
    """Do films, as they come to an end; leaves no process behind, however it is left.

    Args:
        tasks: The films.
        n: Processes at once.
    """
    if not tasks:
        return
    context, attempts = multiprocessing.get_context("spawn"), tasks[0].season.attempts
    plan = Plan.of(tasks, n)
    waiting = deque((task, 1) for task in plan.first())
    n = min(n, len(waiting))
    running: dict[Connection, tuple[SpawnProcess, Task, int]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < n:
                task, number = waiting.popleft()
                mine, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(task, theirs), daemon=True)
                with _threads(max(1, available_cores() // n)):
                    process.start()
                theirs.close()
                running[mine] = (process, task, number)
            for ended in wait(list(running)):
                assert isinstance(ended, Connection)
                process, task, number = running.pop(ended)
                try:
                    outcome: Outcome | None = ended.recv()
                except (EOFError, OSError):
                    outcome = None
                ended.close()
                process.join()
                if outcome is None and number < attempts:
                    waiting.append((task, number + 1))
                    continue
                if outcome is None:
                    why = f"its process ended with {process.exitcode}, {number} times"
                    outcome = Failed(task, why)
                waiting.extendleft((follows, 1) for follows in plan.after(task))
                if isinstance(task, FilmTask):
                    yield task, outcome
    finally:
        for process, _, _ in running.values():
            process.terminate()
        for process, _, _ in running.values():
            process.join(_GOODBYE)
            if process.is_alive():
                process.kill()


def _child(task: Task, tell: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is told to all: the parent decides
    tell.send(attempt(task))
    tell.close()


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Processes share the cores, unless somebody said otherwise."""
    if _THREADS in os.environ:
        yield
        return
    os.environ[_THREADS] = str(n)
    try:
        yield
    finally:
        del os.environ[_THREADS]
