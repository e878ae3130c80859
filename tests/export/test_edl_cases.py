"""Edit decision lists of films that went wrong: a phone, a recorded screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from film_results import result_of

from vcn.video import open_video

Run = Callable[..., tuple[int, str, str]]


def seconds_of(path: Path) -> np.ndarray:
    """When each frame is on screen, from the first, by its own time stamps."""
    with open_video(path) as video:
        times = [frame.time.seconds for frame in video.frames()]
    return np.array(times) - times[0]


def starts(edl: str, rate: int) -> list[float]:
    """Where OpenTimelineIO reads the events: frames from 00:00:00:00."""
    clips = otio.adapters.read_from_string(edl, "cmx_3600", rate=rate).find_clips()
    return [clip.source_range.start_time.value for clip in clips]


@pytest.mark.parametrize(
    ("name", "rate", "said"),
    [
        ("phone_vfr.mp4", 30, "varies"),
        ("screenrec.mp4", 25, "the film's rate is 0.89"),
    ],
)
def test_markers_are_on_the_frame_that_is_nearest_in_time(
    shared_data: Path, tmp_path: Path, run: Run, name: str, rate: int, said: str
) -> None:
    film = tmp_path / name
    film.symlink_to(shared_data / "cases" / name)
    seconds = seconds_of(film)
    first = np.unique(np.random.default_rng(0).integers(0, len(seconds) - 2, 40))
    clusters = result_of(film, [(int(a), int(a) + 2, i) for i, a in enumerate(first)])

    code, out, err = run("export", clusters, "-f", "edl")
    assert code == 0
    assert said in err
    assert f"timeline with {rate} frames a second" in err
    assert "FCM: NON-DROP FRAME" in out
    assert starts(out, rate) == np.round(seconds[first] * rate).tolist()
    lengths = [int(length) for length in re.findall(r"\|D:(\d+)", out)]
    assert lengths == (np.round(seconds[first + 2] * rate) - starts(out, rate)).tolist()

    code, out, _ = run("export", clusters, "-f", "edl", "--rate", "23.976")
    assert code == 0
    assert starts(out, 24) == np.round(seconds[first] * 24_000 / 1001).tolist()
