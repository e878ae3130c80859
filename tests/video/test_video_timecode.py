"""Source timecode, written by FFmpeg into the containers that carry it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from vcn.video import open_video

NTSC = Fraction(1000, 1001)


def film(path: Path, rate: Fraction, timecode: str | None, codec: str) -> Path:
    with av.open(str(path), "w") as out:
        if timecode is not None:
            out.metadata["timecode"] = timecode
        stream = out.add_stream(codec, rate=rate, width=160, height=96)
        stream.pix_fmt = "yuv420p"
        for i in range(5):
            frame = av.VideoFrame(160, 96, "yuv420p")
            frame.pts, frame.time_base = i, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mov", "libx264"), ("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.mxf", "mpeg2video")],
)
@pytest.mark.parametrize(
    ("rate", "timecode"),
    [
        (Fraction(25), "10:00:00:05"),
        (30 * NTSC, "09:58:59;28"),
        (30 * NTSC, "01:02:03:04"),
        (24 * NTSC, "01:00:00:00"),
    ],
)
def test_it_is_read(tmp_path: Path, name: str, codec: str, rate: Fraction, timecode: str) -> None:
    with open_video(film(tmp_path / name, rate, timecode, codec)) as video:
        assert video.info.timecode == timecode


def test_a_film_without_one(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mp4", Fraction(25), None, "libx264")) as video:
        assert video.info.timecode is None


def test_nonsense_is_no_timecode(tmp_path: Path) -> None:
    with open_video(film(tmp_path / "a.mkv", Fraction(25), "about noon", "libx264")) as video:
        assert video.info.timecode is None
