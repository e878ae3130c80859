"""Runs of the whole chain that are killed at random moments, and then run again.

`python tests/killed_runs.py FILM FOLDER --kills 100 --seed 1` prints what came of it as
JSON. Runs are children forked from one process that has imported everything and used
nothing of it, so that a run takes as long as its own work.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import re
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from vcn import pipeline
from vcn.config import RunConfig
from vcn.errors import VcnError
from vcn.report.write import check_writable, write_result
from vcn.runtime.progress import NoProgress
from vcn.weights.packs import load_pack

# What a run imports when it gets there; and the weights are hashed once in a process.
for module in (
    "av.subtitles.stream", "boxmot.trackers.box.botsort.tracker", "cv2", "jinja2", "onnx",
    "onnxruntime", "PIL.JpegImagePlugin", "pyarrow.parquet", "scenedetect", "scipy.fft",
    "scipy.optimize", "scipy.sparse.csgraph", "torch._dynamo",
    "vcn.detectors.centerface", "vcn.nets.dlib_resnet",
):  # fmt: skip
    importlib.import_module(module)
load_pack("open").verify()

EVENTS = (
    *("read, detect, track", "embed", "check tracks", "compare shots", "adapt, cluster"),
    *("listen", "write", "end"),
)
PATIENCE = 180.0
"""Seconds for one small run on a busy machine."""


def quick_config() -> RunConfig:
    """All stages, each with little work."""
    base = RunConfig(device="cpu")
    return replace(
        base,
        detect=replace(base.detect, max_side=320, cpu_rate=8.0),
        adapt=replace(base.adapt, iterations=2, first_epochs=4, epochs=2, n_heads=2),
        quality=replace(base.quality, passes=20),
    )


class Told(NoProgress):
    """Progress that writes a byte for every start of a stage."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def stage(self, name: str, *_: object) -> None:
        os.write(self._pipe, bytes([EVENTS.index(name)]))


def run(film: Path, work: Path, out: Path, progress: Told) -> None:
    """What `vcn cluster` does."""
    check_writable(out)
    result = pipeline.cluster(film, quick_config(), progress=progress, work_dir=work)
    progress.stage("write", None, "files")
    write_result(result, out)


@contextmanager
def forked(
    film: Path, work: Path, out: Path, before: Callable[[], object] = lambda: None
) -> Iterator[tuple[int, int]]:
    """A run in a child: its process id and the pipe that tells how far it is."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.close(told)
            torch.set_num_threads(1)
            before()
            run(film, work, out, Told(tell))
            code = 0
        except VcnError as error:
            sys.stderr.write(f"vcn: {error}\n")
            code = error.exit_code
        except BaseException as error:
            sys.stderr.write(f"unexpected {error!r}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    try:
        yield child, told
    finally:
        os.close(told)


def finish(film: Path, work: Path, out: Path, before: Callable[[], object] = lambda: None) -> int:
    """A run that is left alone; its exit code, negative where a signal ended it."""
    with forked(film, work, out, before) as (child, _):
        return wait(child)


def wait(child: int) -> int:
    """The exit code of a child that ends within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def content(out: Path) -> dict[str, object]:
    """What was written, less the timings."""
    document = json.loads(out.read_bytes())
    assert document["manifest"].pop("timings") is not None
    report = out.with_suffix(".report.html").read_text(encoding="utf-8")
    report, n = re.subn(r"<summary>Time taken</summary>.*?</dl>", "", report, flags=re.DOTALL)
    assert n == 1
    return {
        "clusters": json.dumps(document),
        "boxes": out.with_suffix(".boxes.parquet").read_bytes(),
        "report": report,
    }


def kill_sometime(
    film: Path, work: Path, out: Path, seconds: float, choose: random.Random
) -> str | None:
    """Kill a run at a random moment; the stage it was in, None where it was done before.

    Half of the moments are random in the whole run, half are just after a stage begins,
    where artefacts are being finished, or while the result is written.
    """
    event = choose.choice(EVENTS[:-1]) if choose.random() < 0.5 else None
    delay = choose.uniform(0, {None: seconds, "write": 0.3}.get(event, 0.05))
    with forked(film, work, out) as (child, told):
        end = time.monotonic() + (PATIENCE if event else delay)
        stage = "start"
        while (left := end - time.monotonic()) > 0:
            if not select.select([told], [], [], left)[0]:
                break
            byte = os.read(told, 1)
            if not byte:
                break
            stage = EVENTS[byte[0]]
            if stage == event:
                end = time.monotonic() + delay
        os.kill(child, signal.SIGKILL)
        return stage if wait(child) == -signal.SIGKILL else None


def left_behind(work: Path, out: Path) -> list[str]:
    """Unfinished files that a finished run did not clear away."""
    return [p.name for p in (*work.glob("*/.*"), *out.parent.glob(".*"))]


def kill_and_resume(
    film: Path, folder: Path, expected: dict[str, object], seconds: float, kills: int, seed: int
) -> dict[str, object]:
    """Kill and resume `kills` times; a whole run takes `seconds` and gives `expected`."""
    choose = random.Random(seed)
    stages: dict[str, int] = {}
    failures: list[str] = []
    done = number = 0
    while done < kills:
        number += 1
        work, out = folder / "work", folder / "out" / "film.json"
        out.parent.mkdir(parents=True)
        stage = kill_sometime(film, work, out, seconds, choose)
        if stage is not None:
            done += 1
            stages[stage] = stages.get(stage, 0) + 1
        code = finish(film, work, out)
        if code != 0:
            failures.append(f"kill {number} in {stage}: exit code {code}")
        else:
            found = content(out)
            wrong = [name for name in expected if found[name] != expected[name]]
            wrong += left_behind(work, out)
            if wrong:
                failures.append(f"kill {number} in {stage}: {', '.join(wrong)} differ")
        shutil.rmtree(work)
        shutil.rmtree(out.parent)
    return {"kills": done, "stages": stages, "failures": failures, "run_seconds": seconds}


def whole_run(film: Path, work: Path, out: Path) -> tuple[dict[str, object], float]:
    """A run that is left alone: what it wrote, and how many seconds it took."""
    out.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    assert finish(film, work, out) == 0
    return content(out), time.monotonic() - begin


def main() -> int:
    """Kill and resume, again and again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    film, folder = options.film, options.folder
    # The first run of the machine's file cache is not a measure of the others.
    for number in range(2):
        out = folder / "whole" / "film.json"
        expected, seconds = whole_run(film, folder / f"work{number}", out)
    outcome = kill_and_resume(film, folder, expected, seconds, options.kills, options.seed)
    sys.stdout.write(json.dumps(outcome) + "\n")
    return 1 if outcome["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
