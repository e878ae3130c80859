"""Sound in one channel at 16 kHz, in the stream's own clock, whatever the film holds."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vcn.errors import InputError, UsageError
from vcn.video import SOUND_RATE, open_sound, open_video, sound_streams

CLICK = 0.5
"""Seconds at which each test sound has its click."""


def click(rate: int, seconds: float, at: float = CLICK) -> np.ndarray:
    """Silence with a 20 ms burst of 400 Hz."""
    t = np.arange(round(rate * seconds)) / rate
    burst = (t >= at) & (t < at + 0.02)
    return (0.5 * np.sin(2 * np.pi * 400 * t) * burst).astype(np.float32)


def write(
    path: Path,
    sounds: Sequence[np.ndarray],
    rate: int = 48000,
    layout: str = "mono",
    codec: str = "pcm_s16le",
    start: float = 0.0,
    holes: Sequence[tuple[float, float]] = (),
    default: int | None = None,
    video_seconds: float = 1.0,
) -> Path:
    """A film with one sound stream for each of `sounds`, (n,) or (channels, n)."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("mjpeg", rate=25, width=64, height=64)
        video.pix_fmt = "yuvj420p"
        video.codec_context.color_range = 2
        streams = []
        for number in range(len(sounds)):
            stream = out.add_stream(codec, rate=rate, layout=layout)
            stream.metadata["language"] = ("eng", "deu")[number % 2]
            if default is not None:
                stream.disposition = av.stream.Disposition(int(number == default))
            streams.append(stream)
        for i in range(round(video_seconds * 25)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8))
            frame = frame.reformat(format="yuvj420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for stream, sound in zip(streams, sounds, strict=True):
            channels = np.atleast_2d(sound)
            step = stream.codec_context.frame_size or 1024
            form = stream.codec_context.format.name
            for at in range(0, channels.shape[1], step):
                seconds = at / rate
                part = channels[:, at : at + step]
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(part), format="fltp", layout=layout
                )
                frame.sample_rate = rate
                later = sum(length for begin, length in holes if seconds >= begin)
                frame.pts = at + round((start + later) * rate)
                frame.time_base = Fraction(1, rate)
                if form != "fltp":
                    (frame,) = av.AudioResampler(form, layout, rate).resample(frame)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def heard(path: Path, number: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Time and value of every sample."""
    sound = open_sound(path, number)
    assert sound is not None
    times, values = [np.zeros(0)], [np.zeros(0, np.float32)]
    for block in sound.blocks():
        times.append(block.seconds + np.arange(len(block.samples)) / SOUND_RATE)
        values.append(block.samples)
    return np.concatenate(times), np.concatenate(values)


def click_at(times: np.ndarray, values: np.ndarray) -> float:
    return float(times[np.flatnonzero(np.abs(values) > 0.1)[0]])


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 192000])
def test_the_click_is_where_it_was(tmp_path: Path, rate: int) -> None:
    times, values = heard(write(tmp_path / "film.mkv", [click(rate, 1)], rate))
    assert click_at(times, values) == pytest.approx(CLICK, abs=0.003)
    assert len(values) == pytest.approx(SOUND_RATE, abs=SOUND_RATE * 0.01)
    assert np.abs(values).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("layout", ["stereo", "5.1"])
def test_speech_in_the_middle_channel_is_heard(tmp_path: Path, layout: str) -> None:
    channels = np.zeros((av.AudioLayout(layout).nb_channels, 48000), np.float32)
    channels[2 if layout == "5.1" else 0] = click(48000, 1)
    times, values = heard(write(tmp_path / "film.mkv", [channels], layout=layout))
    assert click_at(times, values) == pytest.approx(CLICK, abs=0.003)


@pytest.mark.parametrize("start", [-0.25, 0.0, 2.5, 3600.0])
def test_sound_that_begins_before_or_after_the_picture(tmp_path: Path, start: float) -> None:
    path = write(tmp_path / "film.mkv", [click(48000, 1)], start=start)
    times, values = heard(path)
    # Matroska has no negative times: it moves the whole film.
    with open_video(path) as video:
        picture = next(iter(video.frames())).time.seconds
    assert click_at(times, values) - picture == pytest.approx(CLICK + start, abs=0.003)


def test_a_hole_is_a_hole(tmp_path: Path) -> None:
    path = write(tmp_path / "film.mkv", [click(48000, 1)], holes=[(0.3, 5.0)])
    times, values = heard(path)
    assert click_at(times, values) == pytest.approx(CLICK + 5, abs=0.03)
    assert np.diff(times).max() == pytest.approx(5, abs=0.03)


def test_recordings_that_were_joined_are_heard_one_after_the_other(tmp_path: Path) -> None:
    sound = click(48000, 3)
    parts = [
        write(tmp_path / f"{start}.ts", [sound], codec="mp2", start=start).read_bytes()
        for start in (100.0, 5.0)
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(parts))
    times, values = heard(joined)
    assert (np.diff(times) > 0).all()
    assert times[-1] - times[0] == pytest.approx(6, abs=0.2)
    clicks = times[np.abs(values) > 0.1]
    assert clicks[-1] - clicks[0] == pytest.approx(3, abs=0.1)


def test_the_marked_stream_is_taken_of_ten(tmp_path: Path) -> None:
    sounds = [click(48000, 1, at=0.05 * (1 + n)) for n in range(10)]
    path = write(tmp_path / "film.mkv", sounds, default=6)
    sound = open_sound(path)
    assert sound is not None
    assert (sound.info.number, sound.info.n_streams) == (6, 10)
    assert str(sound.info) == "sound stream 6 (pcm_s16le, 48000 Hz, mono, eng)"
    assert click_at(*heard(path)) == pytest.approx(0.35, abs=0.003)
    assert click_at(*heard(path, 3)) == pytest.approx(0.2, abs=0.003)
    assert len(sound_streams(path)) == 10
    with pytest.raises(UsageError, match=r"stream 10 of .* it has 10, counted from 0"):
        open_sound(path, 10)


def test_a_film_without_sound(tmp_path: Path) -> None:
    path = write(tmp_path / "film.mkv", [])
    assert open_sound(path) is None
    assert sound_streams(path) == ()
    with pytest.raises(UsageError, match="it has no sound"):
        open_sound(path, 0)
    with pytest.raises(InputError):
        open_sound(tmp_path / "missing.mkv")


def test_damage_is_counted_and_passed_over(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tone = 0.5 * np.sin(2 * np.pi * 400 * np.arange(96000) / 48000).astype(np.float32)
    path = write(tmp_path / "film.mkv", [tone], codec="aac")
    data = bytearray(path.read_bytes())
    for _ in range(40):
        at = int(rng.integers(len(data) // 2, len(data)))
        data[at : at + 20] = rng.bytes(20)
    path.write_bytes(data)
    sound = open_sound(path)
    assert sound is not None
    values = np.concatenate([block.samples for block in sound.blocks()])
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 1
    assert len(values) > SOUND_RATE / 2


def test_no_rate_and_no_sample(tmp_path: Path) -> None:
    """Metadata of 0 Hz: nothing is heard, and nothing fails."""
    path = write(tmp_path / "film.wav.mkv", [click(48000, 1)])
    data = path.read_bytes()
    rate = b"\xb5\x88" + np.array(48000, ">f8").tobytes()  # SamplingFrequency
    assert rate in data
    path.write_bytes(data.replace(rate, b"\xb5\x88" + bytes(8)))
    sound = open_sound(path)
    assert sound is None or all(np.isfinite(block.samples).all() for block in sound.blocks())


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    peaks = []
    for seconds in (10, 120):
        path = write(tmp_path / f"{seconds}.mkv", [click(8000, seconds)], 8000)
        sound = open_sound(path)
        assert sound is not None
        tracemalloc.start()
        for _ in sound.blocks():
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 100_000
