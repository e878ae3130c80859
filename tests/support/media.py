"""Small films whose every frame says which it is: the input matrix of the tests.

A film shows a bright square on a dark ground. Frame i has it in cell (i mod 5, i div 5)
of a grid of 5 by 3, so that the place of the square is the number of the frame, and
the place in displayed pixels is known for every way of storing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph

COLUMNS, ROWS = 5, 3
SIDE = 24
DARK, BRIGHT = 40, 225

Times = tuple[Fraction, ...]


@dataclass(frozen=True)
class Film:
    """One file of the matrix: how it is stored and what must be seen."""

    name: str
    """File name with its ending."""
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    size: tuple[int, int] = (160, 96)
    """Stored width and height."""
    n_frames: int = 12
    rate: Fraction = Fraction(25)
    times: Times | None = None
    """Seconds of each frame; None: i / rate."""
    time_base: Fraction | None = None
    options: dict[str, str] = field(default_factory=dict)
    container: dict[str, str] = field(default_factory=dict)
    form: str | None = None
    """FFmpeg's name of the container, where the ending does not say it."""
    sample_aspect: Fraction = Fraction(1)
    turn: tuple[int, bool, bool] | None = None
    """Counter-clockwise degrees, then horizontal and vertical mirror, for display."""
    colour: tuple[int, int, int, int] = (2, 2, 2, 0)
    """Primaries, transfer, matrix (ITU-T H.273) and range (1 limited, 2 full)."""
    levels: tuple[int, int] = (DARK, BRIGHT)
    fields: str | None = None
    """`tff` or `bff`: interlaced; the second field shows the square 6 pixels on."""
    audio: str | None = None
    """Codec of a sound track that comes before the video."""
    second: str | None = None
    """`before` or `after`: another, smaller video stream; the tested one is default."""
    cover: bool = False
    hidden: int = 0
    """Leading frames that an edit list hides."""
    start: Fraction | None = None
    """Seconds of the first shown frame; None: not tested (the container decides)."""
    finish: Callable[[bytes], bytes] | None = None
    """What is done to the finished file."""

    # What must be seen.
    shown: tuple[int, int] | None = None
    """Displayed size; None: as stored."""
    place: Callable[[float, float], tuple[float, float]] | None = None
    """Displayed point of a stored point; None: the same."""
    slack: float = 2.0
    """Pixels by which the centre of the square may be off."""
    note: str | None = None
    """A note of VideoInfo that must be there."""

    @property
    def displayed(self) -> tuple[int, int]:
        return self.shown or self.size

    @property
    def seconds(self) -> Times:
        """Intended time of each shown frame, from 0."""
        times = self.times or tuple(i / self.rate for i in range(self.n_frames))
        return tuple(time - times[self.hidden] for time in times[self.hidden :])

    def centre(self, index: int) -> tuple[float, float]:
        """Centre of the square in shown frame `index`, displayed pixels."""
        x, y = stored_centre(self.size, index + self.hidden)
        return self.place(x, y) if self.place else (x, y)

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        _write(self, path)
        if self.finish is not None:
            path.write_bytes(self.finish(path.read_bytes()))
        return path


def write_long(path: Path, seconds: float, rate: int = 25) -> Path:
    """A film of any length in seconds of work: 15 coded pictures, muxed over and over.

    Each picture stays for 4 seconds. An hour has 90,000 frames and 60 MB.
    """
    size = (96, 64)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, rate)
    coded = []
    for i in range(COLUMNS * ROWS):
        frame = av.VideoFrame.from_ndarray(draw(size, i)).reformat(format="yuvj420p")
        coded.append(b"".join(bytes(packet) for packet in encoder.encode(frame)))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=rate, width=size[0], height=size[1])
        stream.pix_fmt = "yuvj420p"
        stream.codec_context.color_range = 2
        for i in range(round(seconds * rate)):
            packet = av.Packet(coded[i // (4 * rate) % len(coded)])
            packet.stream, packet.time_base = stream, Fraction(1, rate)
            packet.pts = packet.dts = i
            packet.duration, packet.is_keyframe = 1, True
            out.mux_one(packet)
    return path


def stored_centre(size: tuple[int, int], index: int) -> tuple[float, float]:
    cell = index % (COLUMNS * ROWS)
    column, row = cell % COLUMNS, cell // COLUMNS
    return (column + 0.5) * size[0] / COLUMNS, (row + 0.5) * size[1] / ROWS


def draw(size: tuple[int, int], index: int, levels: tuple[int, int] = (DARK, BRIGHT)) -> np.ndarray:
    """(H, W, 3) uint8."""
    image = np.full((size[1], size[0], 3), levels[0], np.uint8)
    x, y = stored_centre(size, index)
    half = SIDE // 2
    image[round(y) - half : round(y) + half, round(x) - half : round(x) + half] = levels[1]
    return image


def find(image: np.ndarray) -> tuple[float, float]:
    """Centre of the bright square, in pixels; NaN where there is none."""
    light = image.mean(axis=2)
    middle = (light.min() + light.max()) / 2
    ys, xs = np.nonzero(light > middle)
    if len(xs) == 0:
        return math.nan, math.nan
    return float(xs.mean()) + 0.5, float(ys.mean()) + 0.5


def _write(film: Film, path: Path) -> None:
    with av.open(str(path), "w", format=film.form, options=film.container) as out:
        sound = None
        if film.audio:
            sound = out.add_stream(film.audio, rate=48000)
        extra = []
        if film.second == "before":
            extra.append(_add_small(out, film))
        if film.cover and path.suffix == ".mkv":
            out.add_attachment("cover.jpg", "image/jpeg", _jpeg())
        elif film.cover:
            cover = out.add_stream("mjpeg", rate=1, width=64, height=64)
            cover.pix_fmt = "yuvj420p"
            cover.disposition = av.stream.Disposition.attached_pic
        stream = _add(out, film)
        if film.second == "after":
            extra.append(_add_small(out, film))
        if film.second:
            stream.disposition = av.stream.Disposition.default
            extra[0].disposition = av.stream.Disposition(0)
        if film.cover and path.suffix != ".mkv":
            out.mux(cover.encode(_white("yuvj420p")))
            out.mux(cover.encode(None))
        if sound is not None:
            _sound(out, sound, film)
        for frame in _frames(film):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        for small in extra:
            for i in range(film.n_frames):
                frame = _white("yuv420p")
                frame.pts, frame.time_base = i, 1 / film.rate
                out.mux(small.encode(frame))
            out.mux(small.encode(None))


def _white(pixel_format: str) -> av.VideoFrame:
    image = np.full((64, 64, 3), 255, np.uint8)
    return av.VideoFrame.from_ndarray(image).reformat(format=pixel_format)


def _jpeg() -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width = encoder.height = 64
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1)
    return b"".join(bytes(packet) for packet in encoder.encode(_white("yuvj420p")))


def _add(out: av.container.OutputContainer, film: Film) -> av.VideoStream:
    options = dict(film.options)
    if film.codec == "libx264":
        options = {"preset": "veryfast", "crf": "16"} | options
    if film.codec == "libx265":
        options = {"preset": "ultrafast", "x265-params": "log-level=none"} | options
    stream = out.add_stream(film.codec, rate=film.rate, options=options)
    stream.width, stream.height = film.size
    stream.pix_fmt = film.pixel_format
    context = stream.codec_context
    context.time_base = film.time_base or 1 / film.rate
    context.thread_count = 1
    if film.sample_aspect != 1:
        context.sample_aspect_ratio = film.sample_aspect
    if film.turn is not None:
        stream.set_display_rotation(*film.turn)
    primaries, transfer, matrix, colour_range = film.colour
    context.color_primaries, context.color_trc = primaries, transfer
    context.colorspace, context.color_range = matrix, colour_range
    return stream


def _add_small(out: av.container.OutputContainer, film: Film) -> av.VideoStream:
    return _add(out, replace(film, size=(64, 64), codec="libx264", pixel_format="yuv420p"))


def _frames(film: Film) -> Iterator[av.VideoFrame]:
    time_base = film.time_base or 1 / film.rate
    times = film.times or tuple(i / film.rate for i in range(film.n_frames))
    start = times[film.hidden]
    mark = _field_marker(film) if film.fields else None
    _, _, _, colour_range = film.colour
    for i, seconds in enumerate(times):
        image = draw(film.size, i, film.levels)
        if film.fields:
            late = np.roll(image, 6, axis=1)
            first = 0 if film.fields == "tff" else 1
            image[1 - first :: 2] = late[1 - first :: 2]
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        full = {} if colour_range != 2 else {"dst_color_range": "JPEG"}
        frame = frame.reformat(format=film.pixel_format, **full)
        if mark is not None:
            frame = mark(frame)
        frame.pts = round((seconds - start + (film.start or 0)) / time_base)
        frame.time_base = time_base
        frame.color_trc, frame.color_primaries = film.colour[1], film.colour[0]
        frame.colorspace = film.colour[2]
        if colour_range:
            frame.color_range = colour_range
        yield frame


def _field_marker(film: Film) -> Callable[[av.VideoFrame], av.VideoFrame]:
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=film.size[0],
            height=film.size[1],
            format=av.VideoFormat(film.pixel_format),
            time_base=Fraction(1, 1000),
        ),
        graph.add("setfield", film.fields),
        graph.add("buffersink"),
    ).configure()

    def mark(frame: av.VideoFrame) -> av.VideoFrame:
        graph.vpush(frame)
        return graph.vpull()

    return mark


def _sound(out: av.container.OutputContainer, stream: av.AudioStream, film: Film) -> None:
    n = round(48000 * (film.n_frames / film.rate + 1))
    samples = np.zeros((1, n), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    resampler = av.AudioResampler(stream.format, stream.layout, 48000, stream.frame_size or 1024)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        out.mux(stream.encode(part))
    out.mux(stream.encode(None))
