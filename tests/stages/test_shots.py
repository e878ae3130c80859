"""Shots: cuts are told in time, at the first frame of the new shot, on the film's own clock."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vcn.config import ShotConfig
from vcn.cuts.base import with_cuts
from vcn.cuts.wipes import is_swept
from vcn.stages.shots import cut_detector
from vcn.video import open_video

SIZE = (128, 96)


def noise(seed: int) -> np.ndarray:
    """A picture of its own: coloured blobs."""
    rng = np.random.default_rng(seed)
    blobs = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.kron(blobs, np.ones((16, 16, 1), np.uint8))


def film(path: Path, images: Sequence[np.ndarray], times: Sequence[Fraction]) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25, width=SIZE[0], height=SIZE[1])
        stream.pix_fmt = "yuv444p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for image, seconds in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image).reformat(format="yuv444p")
            frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def cuts(path: Path, config: ShotConfig | None = None, max_gap: float = 1.0) -> list[int]:
    with open_video(path) as video:
        detector = cut_detector(config or ShotConfig(), video.info)
        frames = [(frame, start) for frame, start in with_cuts(video.frames(), detector, max_gap)]
    assert [frame.time.index for frame, _ in frames] == list(range(len(frames)))
    assert frames[0][1]
    return [frame.time.index for frame, is_start in frames[1:] if is_start]


def shots_of(lengths: Sequence[int]) -> list[np.ndarray]:
    return [noise(shot) for shot, n in enumerate(lengths) for _ in range(n)]


def test_cuts_are_told_at_the_first_frame_of_the_new_shot(tmp_path: Path) -> None:
    images = shots_of([10, 12, 9])
    times = [Fraction(i, 25) for i in range(31)]
    assert cuts(film(tmp_path / "a.mkv", images, times)) == [10, 22]


ADAPTIVE = ShotConfig(method="adaptive")


def test_the_shortest_shot_is_measured_in_seconds(tmp_path: Path) -> None:
    """A shot of six frames is long enough at 20 frames a second and not at 30."""
    images = shots_of([10, 6, 10])
    slow = film(tmp_path / "slow.mkv", images, [Fraction(i, 20) for i in range(26)])
    fast = film(tmp_path / "fast.mkv", images, [Fraction(i, 30) for i in range(26)])
    assert cuts(slow, ADAPTIVE) == [10, 16]
    assert cuts(fast, ADAPTIVE) == [10]


def test_variable_frame_rate(tmp_path: Path) -> None:
    """The same six frames last long enough if one of them is held."""
    images = shots_of([10, 6, 10])
    times = [Fraction(i, 30) + (Fraction(1, 10) if i >= 12 else 0) for i in range(26)]
    assert cuts(film(tmp_path / "held.mkv", images, times), ADAPTIVE) == [10, 16]


def test_shots_of_five_frames(tmp_path: Path) -> None:
    path = film(
        tmp_path / "a.mkv", shots_of([20, 5, 5, 5, 20]), [Fraction(i, 25) for i in range(55)]
    )
    assert cuts(path) == [20, 25, 30, 35]


def test_every_frame_is_a_cut(tmp_path: Path) -> None:
    """Slides, at any rate, and key frames."""
    for rate in (1, 5, 25):
        path = film(
            tmp_path / f"{rate}.mkv", shots_of([1] * 20), [Fraction(i, rate) for i in range(20)]
        )
        assert cuts(path) == list(range(1, 20))


def test_a_dissolve_and_a_fade_end_a_shot(tmp_path: Path) -> None:
    share = np.linspace(0, 1, 14)[1:-1]
    a, b = noise(0).astype(float), noise(1).astype(float)
    dissolve = [((1 - x) * a + x * b).astype(np.uint8) for x in share]
    fade = [(x * b).astype(np.uint8) for x in 1 - share] + [np.zeros_like(noise(0))] * 5
    fade += [(x * noise(2)).astype(np.uint8) for x in share]
    images = [noise(0)] * 30 + dissolve + [noise(1)] * 30 + fade + [noise(2)] * 30
    found = cuts(film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(len(images))]))
    assert len(found) == 2
    assert abs(found[0] - 36) <= 2
    assert abs(found[1] - 86) <= 2


def portrait(seed: int) -> np.ndarray:
    """Somebody in front of a dark ground: the middle is a face, lighter, with its own features."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    inside = ((x - 64) / 34) ** 2 + ((y - 48) / 40) ** 2 < 1
    face = 50 + 0.9 * cv2.GaussianBlur(noise(seed).astype(np.float32), (0, 0), 3)
    return np.where(inside[..., None], face, 20).astype(np.uint8)


def test_a_dissolve_between_two_portraits_ends_a_shot(tmp_path: Path) -> None:
    """Alike for a dissolve in which people move (correlation .8), and nothing moves here."""
    a, b = portrait(5), portrait(6)
    alike = np.corrcoef(points(a).ravel(), points(b).ravel())[0, 1]
    assert 0.8 < alike < 0.9
    dissolve = [((1 - x) * a + x * b).astype(np.uint8) for x in np.linspace(0, 1, 18)[1:-1]]
    images = [a] * 30 + dissolve + [b] * 30
    (cut,) = cuts(film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(76)]))
    assert 33 <= cut <= 43


def test_a_light_that_goes_on_slowly_is_no_dissolve(tmp_path: Path) -> None:
    a = portrait(3)
    lamp = np.array([1.25, 1.1, 0.9])
    lit = [a * (1 + x * (lamp - 1)) for x in np.linspace(0, 1, 18)[1:-1]]
    images = [np.clip(i, 0, 255).astype(np.uint8) for i in [a] * 30 + lit + [a * lamp] * 30]
    assert cuts(film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(76)])) == []


def swept(a: np.ndarray, b: np.ndarray, n: int, direction: tuple[float, float]) -> list[np.ndarray]:
    """A boundary goes over the picture in n frames."""
    y, x = np.mgrid[0:1:96j, 0:1:128j]
    along = direction[0] * (x - 0.5) + direction[1] * (y - 0.5)
    along = along / (abs(direction[0]) + abs(direction[1])) + 0.5
    return [np.where((along < (i + 1) / (n + 1))[..., None], b, a) for i in range(n)]


@pytest.mark.parametrize("direction", [(1, 0), (0, -1), (-1, 1)])
@pytest.mark.parametrize("n", [20, 32])
def test_a_wipe_between_pictures_that_have_much_in_common(
    direction: tuple[float, float], n: int, tmp_path: Path
) -> None:
    a, b = noise(0), noise(0) // 2 + noise(1) // 2
    images = [a] * 30 + swept(a, b, n, direction) + [b] * 30
    (cut,) = cuts(film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(len(images))]))
    assert 29 <= cut <= 30 + n + 1


def test_a_dissolve_and_a_pan_are_no_wipe() -> None:
    a, b = noise(0), noise(1)
    dissolve = [(a * (1 - share) + b * share) for share in np.linspace(0, 1, 33)]
    wide = np.concatenate([a, b], axis=1)
    pan = [wide[:, 4 * i : 4 * i + 128] for i in range(33)]
    wipe = [a, *swept(a, b, 31, (1, 0)), b]
    found = [is_swept(np.stack([points(image) for image in images]), 16) for images in (
        dissolve, pan, wipe, wipe[::-1]
    )]  # fmt: skip
    assert found == [False, False, True, True]


def points(image: np.ndarray) -> np.ndarray:
    """(144, 3)."""
    return cv2.resize(image.astype(np.float32), (16, 9), interpolation=cv2.INTER_AREA).reshape(
        -1, 3
    )


@pytest.mark.parametrize("light", [0.0, 0.3, 3.0])
def test_flashes_and_strobes_are_no_cuts(tmp_path: Path, light: float) -> None:
    images = [noise(0)] * 60
    for i in (*range(15, 17), *range(30, 50, 4), *range(31, 50, 4)):
        images[i] = np.clip(noise(0) * light, 0, 255).astype(np.uint8)
    path = film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(60)])
    assert cuts(path) == []


def test_motion_is_no_cut(tmp_path: Path) -> None:
    """A fast pan changes every frame as much as a cut does."""
    wide = np.concatenate([noise(i) for i in range(6)], axis=1)
    images = [np.ascontiguousarray(wide[:, 16 * i : 16 * i + SIZE[0]]) for i in range(30)]
    path = film(tmp_path / "pan.mkv", images, [Fraction(i, 25) for i in range(30)])
    assert cuts(path) == []


def test_one_frame_has_no_cut(tmp_path: Path) -> None:
    assert cuts(film(tmp_path / "one.mkv", [noise(0)], [Fraction(0)])) == []


def test_a_hole_in_time_ends_a_shot(tmp_path: Path) -> None:
    times = [Fraction(i, 25) + (2 if i >= 12 else 0) for i in range(25)]
    path = film(tmp_path / "hole.mkv", shots_of([25]), times)
    assert cuts(path) == [12]
    assert cuts(path, ShotConfig(method="none")) == [12]
    assert cuts(path, max_gap=3.0) == []


@pytest.mark.parametrize("method", ["adaptive", "content", "hash", "histogram"])
def test_each_detector_finds_what_the_original_finds(tmp_path: Path, method: str) -> None:
    """PySceneDetect itself, on the same frames, with its own reader."""
    import scenedetect

    images = shots_of([20, 30, 25, 25])
    path = film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(100)])
    kind = getattr(scenedetect, f"{method.capitalize()}Detector")
    scenes = scenedetect.detect(str(path), kind(min_scene_len=0.25))
    expected = [start.frame_num for start, _ in scenes[1:]]
    assert expected == [20, 50, 75]
    assert cuts(path, ShotConfig(method=method)) == expected  # type: ignore[arg-type]


def test_a_fade_is_cut_in_the_middle(tmp_path: Path) -> None:
    light = np.concatenate([np.linspace(1, 0, 20), np.linspace(0, 1, 20)])
    images = [noise(0)] * 30
    images += [(noise(i // 20) * k).astype(np.uint8) for i, k in enumerate(light)]
    images += [noise(1)] * 30
    path = film(tmp_path / "fade.mkv", images, [Fraction(i, 25) for i in range(100)])
    (cut,) = cuts(path, ShotConfig(method="threshold"))
    assert abs(cut - 50) <= 1


@pytest.mark.parametrize(
    ("clip", "missed", "false"),
    [
        pytest.param("office", 0, 0, marks=pytest.mark.slow),
        ("signers", 1, 0),
        pytest.param("gallery", 0, 0, marks=pytest.mark.slow),
    ],
)
def test_cuts_of_real_clips(clip: str, missed: int, false: int, shared_data: Path) -> None:
    """What ShotConfig says was measured."""
    with (shared_data / "clips" / f"{clip}.shots.csv").open(newline="") as file:
        true = {int(row["first_frame"]) for row in csv.DictReader(file)} - {0}
    found = set(cuts(shared_data / "clips" / f"{clip}.mp4"))
    assert len(true - found) <= missed
    assert len(found - true) <= false


def test_a_shaky_film_without_cuts(shared_data: Path) -> None:
    assert cuts(shared_data / "clips" / "cyclists.mp4") == []


CASES = {
    "demo_cuts5": list(range(5, 180, 5)),
    "demo_slides1fps": list(range(1, 36)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_cases_with_hard_cuts(name: str, shared_data: Path) -> None:
    assert cuts(shared_data / "cases" / f"{name}.mp4") == CASES[name]


def test_case_with_dissolves(shared_data: Path) -> None:
    """Frames without a face in the truth are the transitions: one cut in each, no other."""
    with (shared_data / "cases" / "demo_dissolve.truth.csv").open(newline="") as file:
        shown = sorted({int(row["frame"]) for row in csv.DictReader(file)})
    between = [(a, b) for a, b in pairwise(shown) if b - a > 1]
    found = cuts(shared_data / "cases" / "demo_dissolve.mp4")
    assert len(found) == len(between) == 8
    assert all(a < cut <= b for cut, (a, b) in zip(found, between, strict=True))


def test_case_with_a_hole(shared_data: Path) -> None:
    assert 48 in cuts(shared_data / "cases" / "recorder_gap2h.ts", ShotConfig(method="none"))


def test_a_threshold_that_nothing_reaches(tmp_path: Path) -> None:
    images = shots_of([10, 12])
    path = film(tmp_path / "a.mkv", images, [Fraction(i, 25) for i in range(22)])
    assert cuts(path, ShotConfig(method="content", threshold=200.0)) == []
