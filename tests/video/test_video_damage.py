"""Damaged films: what can be read is read, the rest is counted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media import Film, find

from vcn.errors import InputError
from vcn.video import Video, open_video, reader
from vcn.video.container import video_stream

SLOW = Fraction(5)
"""Frames a second: long enough for a missing end to be noticed."""


def places(video: Video) -> list[tuple[float, float]]:
    return [find(frame.image) for frame in video.frames()]


def cut(film: bytes) -> bytes:
    return film[: len(film) * 6 // 10]


def scratch(film: bytes) -> bytes:
    """Noise over a stretch in the middle."""
    data = bytearray(film)
    n = len(data)
    noise = np.random.default_rng(0).integers(0, 256, n // 6, dtype=np.uint8).tobytes()
    data[n // 2 : n // 2 + len(noise)] = noise
    return bytes(data)


@pytest.mark.parametrize(
    "film",
    [
        Film("cut.mp4", container={"movflags": "faststart"}, options={"bf": "0"}),
        Film("cut.mov", "prores_ks", "yuv422p10le", container={"movflags": "faststart"}),
        Film("cut.mkv"),
        Film("cut.ts", "mpeg2video"),
        Film("cut.avi", "mjpeg", "yuvj420p", colour=(2, 2, 2, 2)),
        Film("cut.webm", "libvpx-vp9", options={"cpu-used": "8"}),
    ],
    ids=lambda film: film.name,
)
def test_a_cut_off_film_is_read_up_to_its_end(film: Film, tmp_path: Path) -> None:
    film = replace(film, n_frames=60, rate=SLOW, finish=cut)
    with open_video(film.write(tmp_path)) as video:
        n = sum(1 for _ in video.frames())
        assert 5 <= n < 60
        assert len(video.timeline) == n
        if not film.name.endswith(".ts"):  # which does not state its length
            assert video.corrupt >= 1


@pytest.mark.parametrize("codec", ["libx264", "libx265", "prores_ks"])
def test_the_end_of_a_cut_off_film_does_not_hang_on_the_number_of_threads(
    codec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixel_format = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    film = Film("cut.mov", codec, pixel_format, container={"movflags": "faststart"}, finish=cut)
    path = replace(film, n_frames=60, options={"bf": "2"}).write(tmp_path)
    seen = set()
    for threads in (1, 2, 5):

        def limited(*arguments, n=threads):
            stream = video_stream(*arguments)
            stream.thread_count = n
            return stream

        monkeypatch.setattr(reader, "video_stream", limited)
        with open_video(path) as video:
            seen.add(tuple(places(video)))
            assert video.corrupt >= 1
    assert len(seen) == 1


@pytest.mark.parametrize("hidden", [0, 8])
def test_a_whole_film_is_not_taken_for_a_cut_off_one(hidden: int, tmp_path: Path) -> None:
    for ending in ("mp4", "mkv", "avi", "mxf"):
        codec = "libx264" if ending in ("mp4", "mkv") else "mpeg2video"
        hide = hidden if ending == "mp4" else 0
        rate = Fraction(25) if ending == "mxf" else SLOW
        film = Film(f"whole.{ending}", codec, n_frames=30, rate=rate, hidden=hide)
        with open_video(
            replace(film, audio="pcm_s16le" if ending == "mkv" else None).write(tmp_path)
        ) as video:
            assert len(places(video)) == 30 - hide
            assert video.corrupt == 0, film.name


@pytest.mark.parametrize(
    "film",
    [
        Film("noise.mkv", container={"cluster_time_limit": "200"}),
        Film("noise.ts"),
        Film("noise.mpg", "mpeg2video"),
        Film("noise.avi", "mpeg4"),
        Film("noise.mp4", container={"movflags": "faststart"}),
        Film("noise.mov", "prores_ks", "yuv422p10le", container={"movflags": "faststart"}),
        Film("hevc.mp4", "libx265", container={"movflags": "faststart"}),
    ],
    ids=lambda film: film.name,
)
def test_damage_in_the_middle_is_counted_and_passed_over(film: Film, tmp_path: Path) -> None:
    film = replace(
        film,
        n_frames=60,
        finish=scratch,
        options=film.options | ({"g": "6"} if film.codec != "prores_ks" else {}),
    )
    with open_video(film.write(tmp_path)) as video:
        seen = places(video)
        assert len(seen) >= 30
        assert video.corrupt >= 1
        # The picture is right again after the damage.
        assert seen[-1] == pytest.approx(film.centre(59), abs=film.slack)
        assert seen[0] == pytest.approx(film.centre(0), abs=film.slack)
        assert np.diff(video.timeline.pts).min() > 0


def test_joined_recordings_go_on_in_time(tmp_path: Path) -> None:
    """The second part starts anew at its own zero, in another size."""
    first = Film("a.ts", n_frames=20).write(tmp_path).read_bytes()
    second = Film("b.ts", n_frames=20, size=(80, 48)).write(tmp_path).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(first + second)
    with open_video(path) as video:
        shapes = {frame.image.shape for frame in video.frames()}
        assert shapes == {(96, 160, 3)}  # shown at the size of the first
        assert len(video.timeline) == 40
        length = video.timeline.seconds(40) - video.timeline.seconds(0)
        assert length == pytest.approx(40 / 25, abs=1)


def test_progressive_then_interlaced(tmp_path: Path) -> None:
    first = Film("a.ts", n_frames=10).write(tmp_path).read_bytes()
    second = Film("b.ts", n_frames=10, fields="tff", options={"x264-params": "interlaced=1"})
    path = tmp_path / "mixed.ts"
    path.write_bytes(first + second.write(tmp_path).read_bytes())
    with open_video(path) as video:
        seen = places(video)
        assert len(seen) == 20
        for i in range(20):
            assert seen[i] == pytest.approx(second.centre(i % 10), abs=2)


def test_repeated_time_stamps_are_spread(tmp_path: Path) -> None:
    ms = (0, 40, 80, 80, 160, 200, 200, 200, 320, 360)
    film = Film(
        "repeats.mkv", n_frames=10, times=tuple(Fraction(t, 1000) for t in ms),
        time_base=Fraction(1, 1000), options={"bf": "0"},
    )  # fmt: skip
    with open_video(film.write(tmp_path)) as video:
        seen = places(video)
        assert seen == [pytest.approx(film.centre(i), abs=2) for i in range(10)]
        assert video.repaired == 3
        for i in range(10):
            assert video.timeline.seconds(i) == pytest.approx(i / 25, abs=0.02)


def trim(film: bytes) -> bytes:
    """Let the edit list of an mp4 end after 0.24 s."""
    data = bytearray(film)
    at = data.index(b"elst") + 12
    data[at : at + 4] = (240).to_bytes(4, "big")
    return bytes(data)


def test_an_edit_list_may_end_early(tmp_path: Path) -> None:
    film = Film("trimmed.mp4", options={"bf": "0"}, finish=trim)
    with open_video(film.write(tmp_path)) as video:
        assert len(places(video)) == 6
        assert video.corrupt == 0


def test_nothing_decodable(tmp_path: Path) -> None:
    def wipe(film: bytes) -> bytes:
        start = film.index(b"mdat") + 4
        return film[:start] + bytes(len(film) - start)

    film = Film("wiped.mp4", container={"movflags": "faststart"}, finish=wipe)
    with pytest.raises(InputError, match="can be decoded"):
        open_video(film.write(tmp_path))


def test_mp4_without_its_index(tmp_path: Path) -> None:
    """A recording that was never finished: the index is at the end."""
    with pytest.raises(InputError) as caught:
        open_video(Film("unfinished.mp4", finish=cut).write(tmp_path))
    assert "unfinished.mp4" in str(caught.value)
    assert caught.value.hint
