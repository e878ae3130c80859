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

MOST_MEGABYTES = 4000
"""Of a whole run, 8K included."""


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


CHILD = """
import atexit, sys
from pathlib import Path
from vcn.cli import main
out = Path(sys.argv.pop(1))
status = Path("/proc/self/status")
atexit.register(lambda: out.write_text(status.read_text().split("VmHWM:")[1].split()[0]))
main()
"""
"""`vcn`, which tells its own most memory: that of a child counts its parent's before it began."""


def found(film: Path) -> dict:
    """What `vcn cluster` finds, and the most memory it took; it warns of nothing."""
    out, said, peak = (film.with_suffix(end) for end in (".json", ".log", ".peak"))
    arguments = ["cluster", film, "-o", out, "--device", "cpu", "--work-dir", film.parent / "work"]
    with said.open("w") as log:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, peak, *arguments], stdout=log, stderr=log, check=False
        )
    text = said.read_text()
    assert child.returncode == 0, text
    assert "arning" not in text, text
    result = json.loads(out.read_text())
    boxes = [track["stop_frame"] - track["start_frame"] for track in result["tracks"]]
    assert int(peak.read_text()) / 1024 < MOST_MEGABYTES
    return {
        "frames": result["video"]["n_frames"],
        "shots": len(result["shots"]),
        "tracks": len(boxes),
        "lengths": boxes,
        "people": len(result["people"]),
        "searched": result["manifest"]["counts"]["searched_frames"],
    }


def table(width: int, height: int) -> Picture:
    """Six people at a table, in a picture of this size."""
    picture = make_film.photograph("insightface", "data/images/t1.jpg").picture
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)


def face() -> Picture:
    return make_film.photograph("skimage", "data/astronaut.png").picture[:320, 60:380]


def admiral() -> Picture:
    return make_film.photograph("matplotlib", "mpl-data/sample_data/grace_hopper.jpg").picture[:480]


HEADS = ((54, 270), (262, 148), (458, 282), (735, 354), (898, 73), (1122, 275))
"""Left and top of each at the table, of 120 pixels."""


def masked() -> Picture:
    """The six, each with a mask that insightface carries."""
    picture = table(1280, 886)
    for n, (x, y) in enumerate(HEADS):
        colour = ("blue", "white", "black")[n % 3]
        mask = make_film.photograph("insightface", f"data/images/mask_{colour}.jpg").picture
        picture[y + 62 : y + 128, x + 8 : x + 112] = cv2.resize(mask, (104, 66))
    return picture


def drawing(n: int) -> Picture:
    """A round face as children draw it, moving."""
    picture = np.full((720, 1280, 3), (180, 220, 250), np.uint8)
    for x, y, r in ((250, 250, 120), (640, 350, 160), (1020, 300, 100)):
        x += 2 * n
        cv2.circle(picture, (x, y), r, (250, 210, 170), -1)
        cv2.circle(picture, (x, y), r, (60, 40, 30), 4)
        for side in (-1, 1):
            eye = (x + side * r * 2 // 5, y - r // 4)
            cv2.circle(picture, eye, r // 5, (255, 255, 255), -1)
            cv2.circle(picture, eye, r // 9, (30, 60, 120), -1)
        cv2.ellipse(
            picture, (x, y + r * 2 // 5), (r * 2 // 5, r // 5), 0, 0, 180, (170, 40, 50), -1
        )
    return picture


def test_a_film_of_one_frame(tmp_path: Path) -> None:
    result = found(write(tmp_path / "one.mp4", [table(1280, 886)], 25))
    assert (result["frames"], result["shots"], result["tracks"]) == (1, 1, 6)
    assert result["people"] == 6


def test_240_frames_a_second(tmp_path: Path) -> None:
    result = found(write(tmp_path / "fast.mp4", [table(640, 442)] * 240, 240))
    assert (result["shots"], result["tracks"], result["people"]) == (1, 6, 6)
    assert result["searched"] <= 12  # ten a second, and the last frame
    assert all(length >= 230 for length in result["lengths"])


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


def test_an_8k_picture(tmp_path: Path) -> None:
    """A face of 90 pixels is in the corner; the six at the table are large. The camera moves."""
    picture = table(7680, 4320)
    small = cv2.resize(face(), (270, 270), interpolation=cv2.INTER_AREA)
    picture[-300:-30, -300:-30] = small
    pictures = [np.roll(picture, -8 * n, axis=1) for n in range(6)]
    result = found(write(tmp_path / "huge.mp4", pictures, 25))
    assert result["tracks"] == result["people"] == 7


def test_one_frame_a_second(tmp_path: Path) -> None:
    """Six people who hold still for ten seconds are six tracks, not sixty."""
    wide = table(1380, 955)
    pictures = [np.ascontiguousarray(wide[:886, 10 * n : 10 * n + 1280]) for n in range(10)]
    result = found(write(tmp_path / "slow.mp4", pictures, 1))
    assert (result["frames"], result["shots"], result["tracks"]) == (10, 1, 6)
    assert result["people"] == 6


def test_a_crowd_of_600_faces(tmp_path: Path) -> None:
    """Everybody shares a frame with everybody: 600 tracks, and no two are one person."""
    heads = [table(1280, 886)[y : y + 120, x : x + 120] for x, y in HEADS]
    heads += [cv2.resize(face()[40:200, 60:220], (120, 120), interpolation=cv2.INTER_AREA)]
    picture = np.full((1080, 1920, 3), 120, np.uint8)
    for n in range(600):
        x, y = n % 30 * 64, n // 30 * 54
        picture[y + 2 : y + 52, x + 7 : x + 57] = cv2.resize(heads[n % len(heads)], (50, 50))
    result = found(write(tmp_path / "crowd.mp4", [picture] * 3, 25))
    assert result["tracks"] >= 570
    assert result["people"] >= 0.9 * result["tracks"]


def test_a_picture_in_the_picture(tmp_path: Path) -> None:
    """Whoever is in the small picture is a person, and so is who takes the place."""
    wide = table(1400, 969)
    news = [cv2.resize(picture, (260, 260)) for picture in (face(), admiral())]
    pictures = []
    for n in range(50):
        picture = np.array(wide[:720, 2 * n : 2 * n + 1280])
        picture[440:700, 1000:1260] = news[n >= 25]
        pictures.append(picture)
    result = found(write(tmp_path / "news.mp4", pictures, 25))
    hidden = 2  # of the six at the table are behind the small picture
    assert result["people"] >= 6 - hidden + 2
    assert sum(length == 25 for length in result["lengths"]) == 2


def test_what_is_no_face_is_nobody(tmp_path: Path) -> None:
    """Heads on coins, a cat, a cup, a clock, drawings: no person of them."""
    pictures = [drawing(n) for n in range(20)]
    for name in ("coins.png", "chelsea.png", "coffee.png", "clock_motion.png", "horse.png"):
        still = make_film.photograph("skimage", f"data/{name}").picture
        pictures += [cv2.resize(still, (1280, 720))] * 20
    result = found(write(tmp_path / "things.mp4", pictures, 25))
    assert result["people"] == 0


def test_masks(tmp_path: Path) -> None:
    """Faces with a mask over mouth and nose are found, and nobody is two people."""
    result = found(write(tmp_path / "masks.mp4", [masked()] * 25, 25))
    assert 4 <= result["tracks"] <= 6
    assert result["people"] <= result["tracks"]
