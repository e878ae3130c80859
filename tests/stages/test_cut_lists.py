"""Editors' lists of cuts: every form, exact frames, and clear errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vcn.config import ShotConfig
from vcn.cuts.base import with_cuts
from vcn.cuts.lists import read_cuts
from vcn.errors import DataError, UsageError
from vcn.stages.shots import cut_detector
from vcn.types import FrameTime, VideoInfo

NTSC = Fraction(30000, 1001)


def info(rate: Fraction = Fraction(25), **more: Any) -> VideoInfo:
    fields = {"n_frames_hint": 100, "duration": 4.0} | more
    return VideoInfo("film.mp4", 64, 48, "h264", "yuv420p", rate, 1 / rate, **fields)


def starts(path: Path, film: VideoInfo, n: int = 100, first: int = 7) -> list[int]:
    """Frames that start a shot, in a film whose first time stamp is not 0."""
    frames: Any = [SimpleNamespace(time=FrameTime(i, first + i, film.time_base)) for i in range(n)]
    detector = cut_detector(ShotConfig(cuts=str(path)), film)
    return [f.time.index for f, start in with_cuts(frames, detector, 1.0) if start][1:]


def test_one_time_a_line(tmp_path: Path) -> None:
    file = tmp_path / "cuts.txt"
    file.write_text("# cuts\n0.4\n0:00:00.80 # the door\n\n00:00:01:10\n1:02.0\n")
    assert read_cuts(file, info(duration=None)) == [
        Fraction(2, 5), Fraction(4, 5), Fraction(7, 5), Fraction(62)
    ]  # fmt: skip
    file.write_text("0\n0.4\n1.21\n")
    assert starts(file, info()) == [10, 30]


def test_what_pyscenedetect_writes(tmp_path: Path) -> None:
    from scenedetect import FrameTimecode, write_scene_list

    edges = [FrameTimecode(i, fps=25.0) for i in (0, 12, 40, 77, 100)]
    for cut_list in (True, False):
        file = tmp_path / "scenes.csv"
        with file.open("w", newline="") as out:
            write_scene_list(out, list(pairwise(edges)), cut_list)
        assert starts(file, info()) == [12, 40, 77]


EDL = """TITLE: film
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:00:12 01:00:00:00 01:00:00:12
* FROM CLIP NAME: a.mov
002  AX       AA/V  C        00:00:10:00 00:00:11:03 01:00:00:12 01:00:01:15
003  AX       A     C        00:00:10:00 00:00:11:03 01:00:00:20 01:00:01:15
004  BX       V     D    010 00:00:20:00 00:00:22:10 01:00:01:15 01:00:04:00
"""


def test_an_edl(tmp_path: Path) -> None:
    file = tmp_path / "film.edl"
    file.write_text(EDL)
    # Sound is no cut; a dissolve is cut in its middle.
    assert starts(file, info()) == [12, 45]
    assert starts(file, info(timecode="01:00:00:00")) == [12, 45]
    assert starts(file, info(timecode="00:59:59:20")) == [5, 17, 50]


def test_drop_frame_timecode(tmp_path: Path) -> None:
    file = tmp_path / "cuts.txt"
    file.write_text("00:01:00;02\n00:10:00;00\n")
    film = info(NTSC, duration=None)
    assert [cut * NTSC for cut in read_cuts(file, film)] == [1800, 17982]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0.4\nsoon\n", "line 2"),
        ("1:2:3:4:5\n", "line 1"),
        ("Scene Number,Start Frame\n1,1\n", "Start Time"),
        ("99.0\n", "the film lasts 4.00 s"),
    ],
)
def test_lists_that_cannot_be(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "cuts.txt"
    file.write_text(content)
    with pytest.raises(DataError, match=message):
        read_cuts(file, info())
    with pytest.raises(DataError, match="cannot be read"):
        read_cuts(tmp_path / "none.txt", info())


def test_choices_that_contradict_each_other() -> None:
    for config in (
        ShotConfig(method="content", cuts="cuts.txt"),
        ShotConfig(threshold=27.0),
        replace(ShotConfig(method="none"), threshold=1.0),
    ):
        with pytest.raises(UsageError):
            cut_detector(config, info())


def test_on_the_command_line(
    short_film: Path, tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, err = run("cluster", short_film, "--dry-run", "--cuts", tmp_path / "none.txt")
    assert code == 7
    assert "none.txt" in err
    code, _, err = run("cluster", short_film, "--dry-run", "--shot-threshold", "3")
    assert code == 2
    (tmp_path / "cuts.txt").write_text("0.5\n")
    code, out, _ = run("cluster", short_film, "--dry-run", "--cuts", tmp_path / "cuts.txt")
    assert code == 0
    assert "cuts.txt" in out
    code, out, _ = run("cluster", short_film, "--dry-run", "--shots", "hash")
    assert code == 0
    assert "hash" in out
