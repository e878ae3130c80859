"""Memory and descriptors stay flat: in the number of films and in the length of one."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media import write_long
from paths import SUPPORT
from short_film import write_short_film

from vcn.config import RunConfig
from vcn.detectors import Detections
from vcn.pipeline import scan
from vcn.runtime.store import Store
from vcn.types import ImageArray
from vcn.video import open_video

MANY = """
import gc, os, sys
from pathlib import Path
import torch
from killed_runs import quick_config, run
from vcn.runtime.progress import NoProgress

def resident():
    gc.collect()
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

torch.set_num_threads(1)
folder = Path(sys.argv[1])
films = sorted(folder.glob("*.mp4"))
for number, film in enumerate(films):
    out = folder / f"{film.stem}.json"
    run(film, folder / "work", out, NoProgress())
    if number in (4, len(films) - 1):
        threads = len(os.listdir("/proc/self/task"))
        print(resident(), len(os.listdir("/proc/self/fd")), threads)
"""


@pytest.mark.parametrize("n_films", [9, pytest.param(50, marks=pytest.mark.slow)])
def test_many_films_leave_no_descriptor_and_no_memory(tmp_path: Path, n_films: int) -> None:
    """Nothing is held from film to film, in one process."""
    film = write_short_film(tmp_path / "film-00.mp4", 0.25, (1, 3)).read_bytes()
    for number in range(1, n_films):
        # Another film each: the container takes what follows its last box.
        size = (8 + number).to_bytes(4, "big")
        (tmp_path / f"film-{number:02}.mp4").write_bytes(film + size + b"free" + bytes(number))
    done = subprocess.run(
        [sys.executable, "-c", MANY, tmp_path],
        check=True, capture_output=True, text=True, cwd=SUPPORT,
    )  # fmt: skip
    (early, *few), (late, *many) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert len(list((tmp_path / "work").iterdir())) == n_films
    assert many == few
    assert late < 1.1 * early


class TwoFaces:
    """Stands for a detector, in this test only: a film of two hours takes an hour otherwise."""

    batched = False

    def __init__(self) -> None:
        self.count = 0

    def detect(self, images: list[ImageArray]) -> list[Detections]:
        """Two faces, which move a little."""
        found = []
        for _ in images:
            self.count += 1
            x = np.array([10.0, 55.0]) + self.count % 5
            xyxy = np.stack([x, x * 0 + 20, x + 20, x * 0 + 45], axis=1).astype(np.float32)
            points = xyxy[:, None, :2] + np.array(
                [[6, 8], [14, 8], [10, 13], [7, 19], [13, 19]], np.float32
            )
            found.append(Detections(xyxy, points, np.full(2, 0.9, np.float32)))
        return found


TEMPLATE = np.array([[38, 52], [74, 52], [56, 72], [42, 92], [71, 92]], np.float32)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_of_scan(folder: Path, seconds: float, at: Callable[[int], None]) -> scan.Scan:
    """Scan a generated film with the detector above; `at` is told each frame."""
    base = RunConfig()
    config = replace(
        base,
        shots=replace(base.shots, min_change=5.0),  # the square moves every 4 seconds
        track=replace(base.track, camera_motion=False),
    )
    path = write_long(folder / f"long-{seconds}.mkv", seconds)
    store = Store(folder, f"film-{seconds}")
    frames = 0

    def count(n: int) -> None:
        nonlocal frames
        frames += n
        at(frames)

    with open_video(path) as video, store.draft("scan", "k") as draft:
        scan.scan(video, TwoFaces(), TEMPLATE, 112, config, 2.0, draft, count)  # type: ignore[arg-type]
    found = store.find("scan", "k")
    assert found is not None
    return scan.load(found)


@pytest.mark.slow
def test_two_hours_take_no_more_memory_than_ten_minutes(tmp_path: Path) -> None:
    sizes = []

    def look(frames: int) -> None:
        if frames % 1500 == 0:  # a minute
            sizes.append(resident())

    found = peak_of_scan(tmp_path, 7200, look)
    assert len(found.timeline) == 180_000
    assert len(found.shots) > 1000
    assert len(found.tracks) >= 2 * len(found.shots) - 2
    ten_minutes = max(sizes[:10])
    sizes.append(resident())
    assert max(sizes) < 1.1 * ten_minutes, sizes
    # Also at its highest, while the artefact is put together.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < 1.1 * ten_minutes
