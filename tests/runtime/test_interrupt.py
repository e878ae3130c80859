"""Ctrl-C and SIGTERM: within two seconds, with the documented code, and how to go on.

Other programs may have the machine: here a stopped process may take 2 s of processor time,
and 20 s of the clock; `make bench` has the clock to itself.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from media import Film

from vcn.errors import Interrupted, Terminated
from vcn.runtime.interrupt import stoppable

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize(("number", "error"), [(2, Interrupted), (15, Terminated)])
def test_a_signal_is_an_error_and_everything_is_as_before(number: int, error: type) -> None:
    before = [signal.getsignal(n) for n in CODES], threading.active_count()

    def be_stopped() -> None:
        with stoppable("more"), stoppable("the work was stopped", "Do it again"):
            try:
                os.kill(os.getpid(), number)
                time.sleep(5)
            except Exception:  # as libraries do
                pytest.fail("caught")

    with pytest.raises(error) as caught:
        be_stopped()
    assert str(caught.value) == "the work was stopped. Do it again"
    assert caught.value.exit_code == CODES[signal.Signals(number)]
    assert ([signal.getsignal(n) for n in CODES], threading.active_count()) == before


def test_nothing_happens_without_a_signal_or_outside_the_main_thread() -> None:
    done = []

    def work() -> None:
        with stoppable("work"):
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    work()
    assert done == [1, 1]


def start(*command: object, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ | environment,
    )


def processor_seconds(pid: int) -> float:
    """What a running process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_seconds_of_children() -> float:
    """What all processes used that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stop(process: subprocess.Popen[str], number: int, limit: float = 20) -> list[str]:
    """Send the signal; the lines on stderr after it. `limit` in seconds of the clock."""
    assert process.poll() is None
    before = processor_seconds_of_children() + processor_seconds(process.pid)
    process.send_signal(number)
    begin = time.monotonic()
    _, rest = process.communicate(timeout=60)
    assert time.monotonic() - begin < limit
    assert processor_seconds_of_children() - before < 2
    assert process.returncode == CODES[signal.Signals(number)], rest
    assert "Traceback" not in rest
    return rest.splitlines()


def long_call() -> subprocess.Popen[str]:
    """A process that is in one call into a library."""
    process = start(
        "-c",
        "import hashlib, sys\n"
        "from vcn.runtime.interrupt import stoppable\n"
        "with stoppable('the work was stopped', 'Do it again'):\n"
        "    print('ready', file=sys.stderr, flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'a', b'b', 10**9)\n",
    )
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.1)
    return process


@pytest.mark.parametrize("number", CODES)
def test_a_long_call_into_a_library_is_ended_too(number: int) -> None:
    """A training step of a large model takes a minute, and Python's handlers wait for it."""
    assert stop(long_call(), number) == ["vcn: the work was stopped. Do it again"]


@pytest.mark.bench
@pytest.mark.parametrize("number", CODES)
def test_it_takes_two_seconds_of_the_clock(number: int) -> None:
    stop(long_call(), number, limit=2)


def stages_until(process: subprocess.Popen[str], stage: str, times: int = 1) -> list[str]:
    """Wait for a stage to begin, which then takes half a second at least; the stages so far."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        event = json.loads(line)
        if event["event"] == "stage":
            seen.append(event["stage"])
            if seen.count(stage) == times:
                return seen
    raise AssertionError(f"it ended after {seen}")


def test_a_run_is_stopped_and_resumed(short_film: Path, tmp_path: Path) -> None:
    out, stage = tmp_path / "c.json", "adapt, cluster"
    command = ("-m", "vcn", "cluster", short_film, "-o", out, "--progress", "jsonl",
               "--work-dir", tmp_path / "work")  # fmt: skip
    process = start(*command)
    stages_until(process, stage)
    last = stop(process, signal.SIGTERM)[-1]
    assert last.startswith(f"vcn: interrupted while working on {short_film}. ")
    assert "again to resume" in last
    assert list(tmp_path.iterdir()) == [tmp_path / "work"]
    again = start(*command)  # and test_resume.py has what comes of it
    assert stages_until(again, stage) == [stage]
    stop(again, signal.SIGTERM)


def test_with_many_films_the_rest_is_not_begun(short_film: Path, tmp_path: Path) -> None:
    first = Film("first.mp4", n_frames=4).write(tmp_path)
    last = Film("last.mp4", n_frames=4).write(tmp_path)
    process = start(
        *("-m", "vcn", "cluster", first, short_film, last, "-o", tmp_path / "out"),
        *("--progress", "jsonl", "--no-report"),
        VCN_CACHE_DIR=str(tmp_path / "cache"),
    )
    stages_until(process, "read, detect, track", times=2)
    last = stop(process, signal.SIGINT)[-1]
    assert last.startswith(f"vcn: interrupted while working on {short_film}. ")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "first.clusters.boxes.parquet", "first.clusters.json",
    ]  # fmt: skip
