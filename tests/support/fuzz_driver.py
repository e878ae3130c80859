"""What both fuzzers do: mutate bytes, read in a child process, go on after a crash.

The child tells the number of each mutation before it begins, so that a crash of a library
is seen and told with that number.
"""

from __future__ import annotations

import argparse
import queue
import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

WORK = 60.0
"""Seconds of processor time for one small file: a busy machine makes no difference."""
PATIENCE = 600.0
"""Seconds for one, and for the child to begin: whoever waits for ever uses no processor."""

Reader = Callable[[int], str]
"""Reads the mutation of that number; what came of it, in a word or two."""


@dataclass
class Outcome:
    """What the mutations came to."""

    counts: dict[str, int]
    failures: list[str]


def mutate(files: list[tuple[str, bytes]], number: int) -> tuple[str, bytes]:
    """File number `number` (its name and content): always the same one."""
    rng = random.Random(number)
    name, content = files[number % len(files)]
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        n = len(data)
        # Heads and tails hold the structure: they get half of the changes.
        at = rng.choice([rng.randrange(n), rng.randrange(min(n, 1500)), n - 1 - rng.randrange(n)])
        kind = rng.randrange(8)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            value = rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**32)])
            data[at : at + 4] = value.to_bytes(4, rng.choice(["big", "little"]))
        elif kind == 3:
            data[at : at + rng.randrange(1, 200)] = rng.randbytes(rng.randrange(1, 200))
        elif kind == 4:
            del data[at : at + rng.randrange(1, 400)]
        elif kind == 5:
            data[at:at] = data[at : at + rng.randrange(1, 400)]
        elif kind == 6:
            del data[max(at, 16) :]
        else:
            _, other = files[rng.randrange(len(files))]
            data[at : at + 300] = other[:300] if rng.random() < 0.5 else other[-300:]
        if not data:
            data = bytearray(b"\0")
    return name, bytes(data)


def run(script: str, start: int, stop: int) -> Outcome:
    """Read mutations `start` to `stop` (half-open); go on after a failure.

    `script --child start stop` writes two lines for each: its number, what came of it.
    """
    outcome = Outcome({}, [])
    while start < stop:
        command = [sys.executable, script, "--child", str(start), str(stop)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            lines: queue.Queue[str | None] = queue.Queue()
            assert child.stdout is not None
            reader = threading.Thread(target=_forward, args=(child.stdout, lines), daemon=True)
            reader.start()
            current, why = start, ""
            while True:
                try:
                    line = lines.get(timeout=PATIENCE)
                except queue.Empty:
                    child.kill()
                    why = f"no answer within {PATIENCE:.0f} s"
                    break
                if line is None:
                    break
                if line.isdigit():
                    current = int(line)
                else:
                    outcome.counts[line] = outcome.counts.get(line, 0) + 1
            _, noise = child.communicate()
            if child.returncode == 0:
                return outcome
            if child.returncode == -signal.SIGPROF:
                why = f"more than {WORK:.0f} s of work"
            why = why or f"exit code {child.returncode}"
            tail = noise.strip().splitlines()[-1:] or [""]
            outcome.failures.append(f"mutation {current}: {why}: {tail[0]}")
            start = current + 1
    return outcome


def _forward(stream, lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line.strip())
    lines.put(None)


def main(
    script: str,
    about: str | None,
    memory: int,
    reading: Callable[[], AbstractContextManager[Reader]],
) -> int:
    """Run from the command line; exit code 1 when something failed.

    Args:
        script: The file that was run, which runs itself again as a child.
        about: Its description.
        memory: Bytes of address space beyond which the child fails.
        reading: Prepares what is to be mutated, and gives what reads it.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        with reading() as read:
            for number in range(*options.child):
                signal.setitimer(signal.ITIMER_PROF, WORK)
                sys.stdout.write(f"{number}\n")
                sys.stdout.flush()
                sys.stdout.write(f"{read(number)}\n")
                sys.stdout.flush()
        return 0
    outcome = run(script, options.seed, options.seed + options.count)
    sys.stdout.write(f"{outcome.counts}\n" + "".join(f"{line}\n" for line in outcome.failures))
    return 1 if outcome.failures else 0
