"""Pictures searched ahead of the tracker: the order of steps, and a scan that is the same."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vcn.config import RunConfig
from vcn.detectors import Detections
from vcn.pipeline import Run
from vcn.pipeline.ahead import Ahead, Later, pictures_ahead
from vcn.types import ImageArray


class Slow:
    """Finds one face, whose score is the picture's first pixel; the first search is slowest."""

    batched = False

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        self.threads.add(threading.current_thread().name)
        time.sleep(0.02 if images[0].flat[0] == 0 else 0.001)
        if images[0].flat[0] == 99:
            raise ValueError("no such picture")
        box = np.zeros((1, 4), np.float32)
        return [
            Detections(box, np.zeros((1, 5, 2), np.float32), np.full(1, i.flat[0], np.float32))
            for i in images
        ]


def picture(value: int) -> ImageArray:
    return np.full((2, 2, 3), value, np.uint8)


def test_what_was_begun_is_what_is_asked_for() -> None:
    pictures = [picture(n) for n in range(6)]
    slow = Slow()
    with Ahead(slow, 3) as ahead:
        for one in pictures:
            ahead.begin(one)
        found = [ahead.detect([one])[0].score[0] for one in reversed(pictures)]
        assert found == [5, 4, 3, 2, 1, 0]
        assert [f.score[0] for f in ahead.detect(pictures)] == list(range(6))  # not begun
        ahead.begin(bad := picture(99))
        with pytest.raises(ValueError, match="no such picture"):
            ahead.detect([bad])
    assert all(name.startswith("vcn-detect") for name in slow.threads)
    assert not any(t.name.startswith("vcn-detect") for t in threading.enumerate())


def test_one_thread_is_the_caller() -> None:
    slow = Slow()
    with Ahead(slow, 1) as ahead:
        ahead.begin(picture(1))
        assert ahead.detect([picture(2)])[0].score[0] == 2
    assert slow.threads == {threading.main_thread().name}


@pytest.mark.parametrize("behind", [0, 1, 3])
def test_steps_keep_their_order_and_searches_may_wait(behind: int) -> None:
    taken: list[str] = []
    later = Later(behind)
    most = 0
    planned = 0
    for name in ["a", "S1", "b", "S2", "S3", "c", "S4", "S5"]:
        later.plan(lambda name=name: taken.append(name), search=name[0] == "S")  # type: ignore[misc]
        planned += name[0] == "S"
        most = max(most, planned - sum(t[0] == "S" for t in taken))
    assert most == behind
    later.finish()
    assert taken == ["a", "S1", "b", "S2", "S3", "c", "S4", "S5"]


def test_large_pictures_are_few() -> None:
    assert pictures_ahead(1, 640, 480, 64 << 20) == 0
    assert pictures_ahead(4, 640, 480, 64 << 20) == 8
    assert pictures_ahead(4, 3840, 2160, 64 << 20) == 4


def test_a_scan_is_the_same_with_any_number_of_threads(
    short_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    files = []
    for n in ("1", "4"):
        monkeypatch.setenv("OMP_NUM_THREADS", n)
        work = tmp_path / n
        Run.prepare(short_film, RunConfig(device="cpu"), None, work).scan()
        arrays = {p.name: p.read_bytes() for p in work.rglob("*.npy")}
        arrays |= {p.name: p.read_bytes() for p in work.rglob("scan.json")}
        files.append(arrays)
    assert len(files[0]) > 15
    assert files[0] == files[1]
