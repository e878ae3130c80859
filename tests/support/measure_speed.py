"""Where the time of `vcn cluster` goes, in one run.

`python tests/measure_speed.py FILM FOLDER` prints JSON; test_bench_speed.py makes a table.

Everything that computes has one thread here, so that the processor time of the main
thread splits exactly into detection, embedding, adaptation and the rest; all other
threads decode. Processor time does not depend on what else the machine is doing; wall
time is given too.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

START = time.perf_counter(), time.process_time()  # Python itself is not counted

PARTS = (
    "start", "decode", "detection", "embedding", "adaptation", "shots", "tracking", "crops", "rest",
)  # fmt: skip
"""start: imports and the loading of models. decode: to RGB pixels. embedding: of all crops.
adaptation: with quality and clustering. rest: all else, storing and reporting among it."""
FLOOR = ("decode", "detection", "embedding")
OVERHEAD = ("shots", "tracking", "crops", "rest")


class Meter:
    """Seconds of each part: processor time of the main thread, and wall time."""

    def __init__(self) -> None:
        self.cpu = dict.fromkeys(PARTS, 0.0)
        self.wall = dict.fromkeys(PARTS, 0.0)
        self._inside = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the block; a block inside another belongs to the outer one."""
        cpu, wall = time.thread_time(), time.perf_counter()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self.cpu[name] += time.thread_time() - cpu
                self.wall[name] += time.perf_counter() - wall

    def of(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted."""

        @wraps(function)
        def counted(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                return function(*arguments, **named)

        return counted

    def iterated(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The generator function, counted while it makes the next value."""

        @wraps(function)
        def counted(*arguments: Any) -> Iterator[Any]:
            values = function(*arguments)
            while True:
                with self.part(name):
                    value = next(values, None)
                if value is None:
                    return
                yield value

        return counted


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure(film: Path, folder: Path) -> dict[str, Any]:
    """Run the whole chain once, with a new cache."""
    for module in ("boxmot.trackers.box.botsort.tracker", "jinja2", "torch._dynamo"):
        importlib.import_module(module)  # what is imported on the way
    import cv2
    import torch

    from vcn import pipeline
    from vcn.config import RunConfig
    from vcn.cuts.auto import AutoCuts
    from vcn.methods.vcn import VideoClusterNet
    from vcn.pipeline import run, scan
    from vcn.report.write import check_writable, write_result
    from vcn.video.reader import Frame, Video

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    meter = Meter()
    search, image = scan.search, Frame.image.fget
    assert image is not None

    def counted_search(detector: Any, frames: Any) -> Any:
        with meter.part("decode"):  # to RGB pixels
            for frame in frames:
                image(frame)
        with meter.part("detection"):
            return search(detector, frames)

    scan.search = counted_search
    Video.frames = meter.iterated("decode", Video.frames)
    run.load_detector = meter.of("start", run.load_detector)
    run.load_face_model = meter.of("start", run.load_face_model)
    run.embed = meter.of("embedding", run.embed)
    AutoCuts.push = meter.of("shots", AutoCuts.push)
    scan.ShotTracker.update = meter.of("tracking", scan.ShotTracker.update)
    scan.CropSampler.add = meter.of("crops", scan.CropSampler.add)
    VideoClusterNet.run = meter.of("adaptation", VideoClusterNet.run)

    begin = time.perf_counter(), time.process_time(), time.thread_time()
    out = folder / "film.json"
    check_writable(out)
    result = pipeline.cluster(film, RunConfig(device="cpu"), work_dir=folder / "work")
    write_result(result, out)
    wall = time.perf_counter() - begin[0]
    process, thread = time.process_time() - begin[1], time.thread_time() - begin[2]
    meter.wall["rest"] = wall - sum(meter.wall.values())
    meter.cpu["rest"] = thread - sum(meter.cpu.values())
    meter.cpu["decode"] += process - thread
    meter.wall["start"] += begin[0] - START[0]
    meter.cpu["start"] += begin[1] - START[1]
    timeline = result.timeline
    return {
        "film": film.name,
        "film_seconds": timeline.seconds(len(timeline)) - timeline.seconds(0),
        "frames": len(timeline),
        "searched_frames": result.manifest.counts["searched_frames"],
        "tracks": len(result.tracks),
        "crops": result.manifest.counts["crops"],
        "cpu_seconds": meter.cpu,
        "wall_seconds": meter.wall,
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    os.environ.update(dict.fromkeys(THREADS, "1"))  # the libraries are not there yet
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
