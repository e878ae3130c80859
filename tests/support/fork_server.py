"""Command lines of vcn in children of one process that has imported everything.

`python tests/support/fork_server.py` reads lines from standard input: a JSON list, the words
after `vcn` and, last, a file for what the child says. It forks, prints the child's process
id, waits, and prints its exit code (negative where a signal ended it). So a run takes as
long as its own work; and no other test has left torch another number of threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from paths import SUPPORT


class ForkServer:
    """The other end: starts the process and talks to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, SUPPORT / "fork_server.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, *words: object, said: Path) -> int:
        """Begin `vcn WORDS`; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([*map(str, words), str(said)]) + "\n")
        self._process.stdin.flush()
        return self._number()

    def end(self) -> int:
        """Wait for the run; its exit code."""
        return self._number()

    def close(self) -> None:
        """End the process; it waits for a run that goes on."""
        self._process.communicate()

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def serve() -> None:
    """Answer until standard input ends."""
    import_module("killed_runs")  # which imports what a run imports, and uses nothing of it
    from vcn import cli

    for line in sys.stdin:
        *words, said = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 70
            try:
                stderr = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(stderr, 2)
                os.dup2(stderr, 1)
                sys.argv = ["vcn", *words]
                cli.main()
            except SystemExit as stop:
                code = int(stop.code or 0)
            finally:
                sys.stderr.flush()
                os._exit(code)
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
