"""The example film has the truth that its labels state, and is the same every time."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from paths import EXAMPLES

from vcn.config import DetectConfig
from vcn.detectors import load_detector
from vcn.video import open_video
from vcn.weights.packs import load_pack

sys.path.insert(0, str(EXAMPLES))
import make_film

Labels = dict[int, list[tuple[str, tuple[float, ...]]]]


@pytest.fixture(scope="module")
def labels(example_film: Path) -> Labels:
    rows: Labels = defaultdict(list)
    with example_film.with_suffix(".labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            box = tuple(float(row[key]) for key in ("x1", "y1", "x2", "y2"))
            rows[int(row["frame"])].append((row["identity"], box))
    return rows


def test_labels_lie_in_the_picture_and_name_nobody_twice(labels: Labels) -> None:
    for faces in labels.values():
        names = [name for name, _ in faces]
        assert len(set(names)) == len(names)
        for _, (x1, y1, x2, y2) in faces:
            assert 0 <= x1 < x2 <= make_film.WIDTH
            assert 0 <= y1 < y2 <= make_film.HEIGHT


def test_nine_people_return_and_some_are_together(labels: Labels) -> None:
    people = {name for faces in labels.values() for name, _ in faces} - {make_film.UNSURE}
    assert len(people) == 9
    shots_of = defaultdict(set)
    frame = 0
    for number, shot in enumerate(make_film.shots()):
        stop = frame + round(shot.seconds * make_film.RATE)
        for at in range(frame, stop):
            for name, _ in labels.get(at, ()):
                shots_of[name].add(number)
        frame = stop
    assert min(len(shots_of[name]) for name in people) >= 3
    assert max(len(faces) for faces in labels.values()) >= 5


def test_the_film_is_what_it_says(example_film: Path) -> None:
    expected = sum(round(shot.seconds * make_film.RATE) for shot in make_film.shots())
    with open_video(example_film) as video:
        count = sum(1 for _ in video.frames())
        assert (video.info.width, video.info.height) == (make_film.WIDTH, make_film.HEIGHT)
        assert video.info.frame_rate == Fraction(24000, 1001)
        assert count == len(video.timeline) == expected


def test_frames_are_the_same_every_time() -> None:
    for (first, faces), (second, same), _ in zip(
        make_film.frames(), make_film.frames(), range(3), strict=False
    ):
        assert np.array_equal(first, second)
        assert faces == same


def test_the_detector_finds_the_labelled_faces(example_film: Path, labels: Labels) -> None:
    """The truth is where a detector sees faces: most are found, at the place stated."""
    pack = load_pack("open")
    assert pack.detector is not None
    detector = load_detector(pack.detector, DetectConfig(), "cpu")
    chosen = sorted(labels)[::10]
    found = total = 0
    with open_video(example_film) as video:
        for frame in video.frames():
            if frame.time.index not in chosen:
                continue
            (seen,) = detector.detect([frame.image])
            for name, box in labels[frame.time.index]:
                if name == make_film.UNSURE:
                    continue
                total += 1
                found += any(iou(box, other) > 0.5 for other in seen.xyxy)
    assert total > 20
    assert found >= 0.9 * total


def iou(a: tuple[float, ...], b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
