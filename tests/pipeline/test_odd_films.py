"""Films of unusual size, length and rate through the whole chain: sensible, within memory."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from paths import EXAMPLES

sys.path.insert(0, str(EXAMPLES))
import make_film

pytestmark = pytest.mark.slow

Picture = np.ndarray

CHILD = """
import json, resource, sys
from pathlib import Path
import torch
import vcn
from vcn.config import RunConfig
torch.set_num_threads(1)
result = vcn.cluster(sys.argv[1], RunConfig(device="cpu"), work_dir=Path(sys.argv[2]))
print(json.dumps({
    "frames": len(result.timeline),
    "shots": len(result.shots),
    "tracks": len(result.tracks),
    "seen": [[int(track.observed.sum()), len(track)] for track in result.tracks],
    "people": result.clustering.n_clusters,
    "searched": result.manifest.counts["searched_frames"],
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def write(path: Path, pictures: list[Picture], rate: int) -> Path:
    """An H.264 film."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, width=width, height=height)
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "20", "preset": "ultrafast"}
        stream.codec_context.time_base = Fraction(1, rate)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def found(film: Path) -> dict:
    """What a run in a process of its own finds, and the most memory it took."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, film, film.parent / "work"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def table(width: int, height: int) -> Picture:
    """Six people at a table, in a picture of this size."""
    picture = make_film.photograph("insightface", "data/images/t1.jpg").picture
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)


def face() -> Picture:
    return make_film.photograph("skimage", "data/astronaut.png").picture[:320, 60:380]


def test_a_film_of_one_frame(tmp_path: Path) -> None:
    result = found(write(tmp_path / "one.mp4", [table(1280, 886)], 25))
    assert (result["frames"], result["shots"], result["tracks"]) == (1, 1, 6)
    assert result["people"] == 6


def test_240_frames_a_second(tmp_path: Path) -> None:
    result = found(write(tmp_path / "fast.mp4", [table(640, 442)] * 240, 240))
    assert (result["shots"], result["tracks"], result["people"]) == (1, 6, 6)
    assert result["searched"] <= 12  # ten a second, and the last frame
    assert all(length >= 230 for _, length in result["seen"])


def test_a_vertical_film(tmp_path: Path) -> None:
    picture = np.full((1280, 720, 3), 90, np.uint8)
    picture[500:820, 200:520] = face()
    result = found(write(tmp_path / "tall.mp4", [picture] * 25, 25))
    assert (result["tracks"], result["people"]) == (1, 1)


def test_a_4k_picture(tmp_path: Path) -> None:
    """A face of 80 pixels is in the corner; the six at the table are large."""
    picture = table(3840, 2160)
    small = cv2.resize(face(), (240, 240), interpolation=cv2.INTER_AREA)
    picture[-260:-20, -260:-20] = small
    result = found(write(tmp_path / "large.mp4", [picture] * 6, 25))
    assert result["tracks"] == result["people"] == 7
    assert result["megabytes"] < 4000
