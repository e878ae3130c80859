"""Opening, passes, laziness, and what is left behind: nothing."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media import Film, find, write_long

from vcn.errors import InputError
from vcn.video import content_hash, open_video

FILM = Film("film.mp4", n_frames=40)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FILM.write(tmp_path_factory.mktemp("film"))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.fixture(scope="module", autouse=True)
def _collecting_is_quick() -> Iterator[None]:
    """What the tests before left loaded is not looked through again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def _nothing_left() -> Iterator[None]:
    """The test ends with the descriptors and threads that it started with."""
    gc.collect()
    before = descriptors(), threading.active_count()
    yield
    gc.collect()
    assert (descriptors(), threading.active_count()) == before


def bad_missing(folder: Path) -> Path:
    return folder / "missing.mp4"


def bad_folder(folder: Path) -> Path:
    return folder


def bad_empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def bad_text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("These are not the frames you are looking for.\n" * 50)
    return folder / "text.mp4"


def bad_sound(folder: Path) -> Path:
    import av

    with av.open(str(folder / "sound.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = 48000, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return folder / "sound.mp4"


def bad_playlist(folder: Path) -> Path:
    """A list of other films: reading it could even reach for the network."""
    (folder / "list.mp4").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    return folder / "list.mp4"


def bad_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.mp4")
    return folder / "pipe.mp4"


def bad_name(folder: Path) -> Path:
    return folder / "nul\0byte.mp4"


BAD = {
    bad_missing: "there is no file",
    bad_folder: "is a folder",
    bad_empty: "is empty",
    bad_text: "not a video",
    bad_sound: "no video stream",
    bad_playlist: "not a video",
    bad_pipe: "not a regular file",
    bad_name: "cannot read",
}


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize(
    ("make", "what"), BAD.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_bad_input_is_one_clear_line(make, what: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError, match=what) as caught:
        open_video(path)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert path.name in caught.value.what or make is bad_name
    assert caught.value.hint


def test_names_that_look_like_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is only ever a name of a file, also where FFmpeg would see a protocol."""
    monkeypatch.chdir(tmp_path)
    for name in ("http:film.mp4", "pipe:0", "-i.mp4", "a%03d.mp4", "ünï côde 🎬.mp4", "a:b.mkv"):
        replace(FILM, name="plain.mp4", n_frames=3).write(tmp_path).rename(tmp_path / name)
        with open_video(name) as video:
            assert len(list(video.frames())) == 3


def test_what_is_known_at_once(path: Path) -> None:
    with open_video(path) as video:
        info = video.info
    assert (info.width, info.height) == (160, 96)
    assert info.codec == "h264"
    assert info.pixel_format == "yuv420p"
    assert info.frame_rate == 25
    assert info.time_base == Fraction(1, 12800)
    assert info.n_frames_hint == 40
    assert info.duration == pytest.approx(1.6)
    assert info.notes == ()


@pytest.mark.usefixtures("_nothing_left")
def test_passes_are_independent(path: Path) -> None:
    with open_video(path) as video:
        first, second = video.frames(), video.frames()
        for i in range(40):
            assert find(next(first).image) == find(next(second).image)
            if i == 0:
                with pytest.raises(RuntimeError, match="timeline"):
                    _ = video.timeline
        assert next(first, None) is None
        assert len(video.timeline) == 40
        second.close()
        assert sum(1 for _ in video.frames()) == 40


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize("n", [0, 1, 7, 39])
def test_a_pass_may_be_left_early(n: int, path: Path) -> None:
    with open_video(path) as video:
        frames = video.frames()
        kept = [next(frames) for _ in range(n)]
        frames.close()
    # Frames outlive the film.
    assert [find(frame.image) for frame in kept] == [
        pytest.approx(FILM.centre(i), abs=2) for i in range(n)
    ]


@pytest.mark.usefixtures("_nothing_left")
def test_closing_ends_a_pass(path: Path) -> None:
    video = open_video(path)
    frames = video.frames()
    next(frames)
    video.close()
    with pytest.raises(RuntimeError, match="closed"):
        list(frames)
    with pytest.raises(RuntimeError, match="timeline"):
        _ = video.timeline


@pytest.mark.usefixtures("_nothing_left")
def test_a_caller_that_fails_leaves_nothing(path: Path) -> None:
    def work() -> None:
        with open_video(path) as video:
            for _ in video.frames():
                raise KeyError("of the caller")

    with pytest.raises(KeyError):
        work()


@pytest.mark.usefixtures("_nothing_left")
def test_a_film_that_vanishes_between_passes(tmp_path: Path) -> None:
    path = FILM.write(tmp_path)
    with open_video(path) as video:
        path.unlink()
        with pytest.raises(InputError, match=r"film\.mp4"):
            list(video.frames())


def test_fifty_films_leave_nothing(path: Path) -> None:
    for i in range(55):
        with open_video(path) as video:
            n = sum(1 for _ in zip(video.frames(), range(40 if i % 2 else 3), strict=False))
        assert n in (3, 40)
        if i == 4:
            gc.collect()
            before = descriptors(), threading.active_count()
    gc.collect()
    assert (descriptors(), threading.active_count()) == before


def resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    """1,200 frames of 230 KB each: holding them all would take 276 MB."""
    film = Film("long.mkv", "mpeg4", size=(320, 240), n_frames=1200, options={"b": "300000"})
    path = film.write(tmp_path)
    sizes = []
    with open_video(path) as video:
        for frame in video.frames():
            frame.image[0, 0, 0] = 0
            frame.small(64)
            if frame.time.index % 200 == 199:
                sizes.append(resident())
    assert max(sizes) - sizes[0] < 12 * 2**20, sizes


@pytest.mark.slow
def test_two_hours_take_no_more_memory_than_ten_minutes(tmp_path: Path) -> None:
    path = write_long(tmp_path / "long.mkv", 7200)
    with open_video(path) as video:
        for frame in video.frames():
            frame.small(48)
            if frame.time.seconds == 600:
                ten_minutes = resident()
        assert len(video.timeline) == 180_000
        assert video.timeline.seconds(180_000) == pytest.approx(7200)
    assert resident() < 1.1 * ten_minutes


def test_decoding_waits_for_a_slow_caller(path: Path) -> None:
    """Frames that nobody has asked for yet are few, however slow the caller is."""
    import vcn.video.reader as reader

    with open_video(path) as video:
        frames = video.frames()
        next(frames)
        time.sleep(0.3)
        (this,) = video._passes
        assert this._queue.qsize() <= reader._QUEUE
        frames.close()


def test_images_are_made_when_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vcn.video.picture import Converter

    made = []
    convert = Converter._convert

    def count(self, frame, width, height):
        made.append((width, height))
        return convert(self, frame, width, height)

    monkeypatch.setattr(Converter, "_convert", count)
    with open_video(path) as video:
        for frame in video.frames():
            if frame.time.index == 3:
                assert frame.image is frame.image
                frame.small(32)
    assert made == [(160, 96), (32, 19)]


def test_images_are_contiguous_rgb_bytes(path: Path) -> None:
    with open_video(path) as video:
        for frame in video.frames():
            for image in (frame.image, frame.small(100), frame.small(320)):
                assert image.dtype == np.uint8
                assert image.flags.c_contiguous
                assert image.flags.owndata or image.base is not None


@pytest.mark.usefixtures("_nothing_left")
def test_reading_opens_no_socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    with open_video(path) as video:
        assert sum(1 for _ in video.frames()) == 40


def test_content_hash_covers_every_byte(tmp_path: Path) -> None:
    import xxhash

    data = bytearray(np.random.default_rng(0).integers(0, 256, 3_000_001, dtype=np.uint8))
    path = tmp_path / "film.bin"
    path.write_bytes(data)
    first = content_hash(path)
    assert first == f"xxh3:{xxhash.xxh3_128_hexdigest(bytes(data))}"
    for at in (0, 1_500_000, 3_000_000):
        changed = bytearray(data)
        changed[at] ^= 1
        path.write_bytes(changed)
        assert content_hash(path) != first
    with pytest.raises(InputError, match="cannot read"):
        content_hash(tmp_path / "missing")
    with pytest.raises(InputError, match="cannot read"):
        content_hash(tmp_path)
