"""Reads a film once, in display order, decoding in the background.

A pass holds a fixed number of frames whatever the film's length: the decoder's own,
`_QUEUE` decoded ones, and the one that the caller looks at.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from array import array
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import NamedTuple, Self

import av
import numpy as np
from av.stream import Discard, Disposition

from vcn.errors import InputError
from vcn.types import FrameTime, ImageArray, Timeline, VideoInfo
from vcn.video.clock import Clock
from vcn.video.interlace import Deinterlacer
from vcn.video.picture import MAX_PIXELS, Converter, Geometry, has_alpha, is_hdr, is_sane

_QUEUE = 4
"""Decoded frames that wait for the caller: enough to even out slow frames."""
_POLL = 0.1
"""Seconds between looks at the stop signal while the queue is full."""
_DEFAULT_RATE = Fraction(25)
_SHORT = 1
"""Seconds by which a film must miss its stated duration to count as cut off."""

# What a mutated file makes PyAV raise, besides FFmpeg's own errors.
_AV_ERRORS = (av.FFmpegError, ValueError, OverflowError, ArithmeticError, LookupError)

# Text and lists of other files, which FFmpeg would render or follow. A film is one
# file whose content its hash covers.
_NOT_FILMS = frozenset({"tty", "bin", "xbin", "adf", "idf", "hls", "concat", "dash", "imf", "sdp"})


class Frame:
    """One decoded frame. Its pictures are made when they are asked for."""

    __slots__ = ("_converter", "_frame", "_image", "time")

    def __init__(self, time: FrameTime, frame: av.VideoFrame, converter: Converter) -> None:
        self.time = time
        self._frame = frame
        self._converter = converter
        self._image: ImageArray | None = None

    @property
    def image(self) -> ImageArray:
        """The displayed picture, (H, W, 3) uint8 RGB; made once."""
        if self._image is None:
            self._image = self._converter.image(self._frame)
        return self._image

    def small(self, width: int) -> ImageArray:
        """The displayed picture scaled to a width, (h, width, 3) uint8 RGB."""
        return self._converter.small(self._frame, width)


class Video:
    """A film that was opened. Use as a context manager.

    Attributes:
        info: What the film is.
        corrupt: Packets and frames of the last pass that FFmpeg found damaged, and 1
            more where the film ends before its container says. (Damage that a
            decoder does not notice, as in Motion JPEG, is not counted.)
        repaired: Frames of the last pass whose time stamp had to be made up.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = _readable(Path(path))
        self.info, self._converter = _probe(self._path)
        self.corrupt = 0
        self.repaired = 0
        self._timeline: Timeline | None = None
        self._passes: set[_Pass] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all passes and release their files."""
        for one in self._passes:
            one.close()
        self._passes.clear()

    @property
    def timeline(self) -> Timeline:
        """The times of all frames, once a pass has come to its end."""
        if self._timeline is None:
            raise RuntimeError("the timeline is known when frames() has come to its end")
        return self._timeline

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in display order, with strictly increasing time stamps.

        Each call is a new pass from the start. A pass may be left early.

        Raises:
            InputError: The film cannot be read (any more).
        """
        this = _Pass(self._path, self.info)
        self._passes.add(this)
        pts: array[int] = array("q")
        try:
            for stamp, frame in this:
                time = FrameTime(len(pts), stamp, self.info.time_base)
                pts.append(stamp)
                yield Frame(time, frame, self._converter)
            if not pts:
                raise InputError(f"no picture of {self._path} can be decoded", _DAMAGED)
            self.corrupt = this.corrupt
            self.repaired = this.repaired
            self._timeline = Timeline(
                np.frombuffer(pts, np.int64), self.info.time_base, pts[-1] + this.last_duration
            )
        finally:
            this.close()
            self._passes.discard(this)


def open_video(path: str | Path) -> Video:
    """Open a film and read its properties.

    Raises:
        InputError: No such file, a directory, an empty file, not a video, no video
            stream, or nothing in it can be decoded.
    """
    return Video(path)


_DAMAGED = "The file may be damaged or incomplete: copy or export it again."
_NO_FILM = "Give a film: mp4, mov, mkv, webm, avi, ts, mxf, ..."


class _Decoded(NamedTuple):
    """What travels from the decoding thread: a frame, the end or an error."""

    pts: int
    frame: av.VideoFrame


class _Pass:
    """One pass over a film, decoded in a thread of its own."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        self.corrupt = 0
        self.repaired = 0
        self.last_duration = 1
        self._path = path
        self._info = info
        self._queue: Queue[_Decoded | BaseException | None] = Queue(_QUEUE)
        self._stop = Event()
        self._thread = Thread(target=self._work, name="vcn-decode", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[_Decoded]:
        while (item := self._queue.get()) is not None:
            if self._stop.is_set():
                raise RuntimeError("the film was closed in the middle of a pass")
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop decoding and wait until the file is closed."""
        self._stop.set()
        while self._thread.is_alive():
            with contextlib.suppress(Empty):
                self._queue.get_nowait()
            self._thread.join(_POLL / 10)
        with contextlib.suppress(Full):  # wakes a caller who goes on with the pass
            self._queue.put_nowait(RuntimeError("the film was closed"))

    def _work(self) -> None:
        end: BaseException | None = None
        try:
            with _open(self._path) as container:
                self._decode(container)
        except Exception as error:
            end = error
        self._put(end)

    def _put(self, item: _Decoded | BaseException | None) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(Full):
                return self._queue.put(item, timeout=_POLL)

    def _decode(self, container: av.container.InputContainer) -> None:
        info = self._info
        stream = _stream(container, info.stream_index)
        stream.thread_type = "AUTO"
        nominal = max(round(1 / (info.frame_rate * info.time_base)), 1)
        clock: Clock[av.VideoFrame] = Clock(info.time_base, nominal)
        deinterlacer = Deinterlacer()
        first = last = None
        with contextlib.closing(_frames(container, stream, self._damage)) as frames:
            progressive = deinterlacer.filter(frames)
            for pts, frame in clock.place((frame.pts, frame) for frame in progressive):
                if self._stop.is_set():
                    return
                first = pts if first is None else first
                last = pts
                self.last_duration = _duration(frame, nominal)
                self._put(_Decoded(pts, frame))
        self.repaired = clock.repaired
        if first is not None and last is not None:
            shown = (last + self.last_duration - first) * info.time_base
            stated = _stated_duration(stream)
            self.corrupt += stated is not None and stated - shown >= _SHORT

    def _damage(self) -> None:
        self.corrupt += 1


def _readable(path: Path) -> Path:
    """The path, after checks that give clearer errors than FFmpeg."""
    try:
        state = path.stat()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}", "Check the path.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}", "Check the path.") from error
    if stat.S_ISDIR(state.st_mode):
        raise InputError(f"{path} is a folder", "Give the film file itself.")
    if not stat.S_ISREG(state.st_mode):
        raise InputError(f"{path} is not a regular file", "Save the film to a file first.")
    if state.st_size == 0:
        raise InputError(f"{path} is empty", _DAMAGED)
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read", "Check its permissions.")
    return path.absolute()


def _open(path: Path) -> av.container.InputContainer:
    """Open the container; FFmpeg may read this file only, and nothing from a network."""
    try:
        container = av.open(
            f"file:{path}",
            mode="r",
            metadata_errors="replace",
            options={"protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)},
        )
    except _AV_ERRORS as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} is not a video that can be read: {why}", _NO_FILM) from error
    if _NOT_FILMS & set(container.format.name.split(",")):
        name = container.format.name
        container.close()
        raise InputError(f"{path} is not a video (it looks like {name})", _NO_FILM)
    return container


def _stream(container: av.container.InputContainer, index: int) -> av.VideoStream:
    """The video stream to decode; all others are skipped while reading."""
    for other in container.streams:
        if other.index != index:
            with contextlib.suppress(*_AV_ERRORS):
                other.discard = Discard.all
    stream = container.streams[index]
    assert isinstance(stream, av.VideoStream)
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def _frames(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    damage: Callable[[], None],
) -> Generator[av.VideoFrame]:
    """Decoded frames in display order; damage is reported and passed over."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except _AV_ERRORS as error:
            if getattr(error, "errno", None) in (errno.EIO, errno.ESTALE):
                raise InputError(f"reading {container.name} failed: {error}", _DAMAGED) from error
            damage()
            packet = None
            packets = iter(())
        flush = packet is None or packet.size == 0
        damaged = packet is not None and packet.is_corrupt
        try:
            decoded = stream.codec_context.decode(None if flush else packet)
        except EOFError:
            decoded = []
        except _AV_ERRORS:
            damaged = True
            decoded = []
        damaged = damaged or any(frame.is_corrupt for frame in decoded)
        if damaged:
            damage()
        yield from (frame for frame in decoded if is_sane(frame.width, frame.height))
        if flush:
            return


def _duration(frame: av.VideoFrame, nominal: int) -> int:
    """Units for which a frame is shown, as its packet says; within reason."""
    return frame.duration if 0 < frame.duration <= 1000 * nominal else nominal


def _stated_duration(stream: av.VideoStream) -> Fraction | None:
    """Seconds of this stream alone as the container states them; None: it does not.

    Matroska keeps them in a tag of the stream (its header has the end of the longest
    stream only); some programs count from zero there, not from the first frame.
    """
    if stream.duration and stream.duration > 0 and stream.time_base:
        return stream.duration * stream.time_base
    parts = stream.metadata.get("DURATION", "").split(":")
    try:
        hours, minutes, seconds = (Fraction(part) for part in parts)
    except (ValueError, ZeroDivisionError):
        return None
    start = (stream.start_time or 0) * (stream.time_base or 0)
    return 3600 * hours + 60 * minutes + seconds - max(start, 0)


def _probe(path: Path) -> tuple[VideoInfo, Converter]:
    """Decode the first picture of the first video stream that has one."""
    with _open(path) as container:
        candidates = [
            (not stream.disposition & Disposition.default, stream.index)
            for stream in container.streams.video
            if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails)
        ]
        if not candidates:
            covers = len(container.streams.video)
            what = "only a cover picture" if covers else "no video stream"
            raise InputError(f"{path} has {what}", _NO_FILM)
        known = [key for key in candidates if container.streams[key[1]].codec_context is not None]
        if not known:
            raise InputError(
                f"{path} is coded in a way that FFmpeg cannot decode",
                "Convert it, to H.264 for example.",
            )
    for _, index in sorted(known):
        with _open(path) as container:
            stream = _stream(container, index)
            with contextlib.closing(_frames(container, stream, lambda: None)) as frames:
                frame = next(frames, None)
            if frame is not None:
                return _describe(path, container, stream, frame)
    raise InputError(f"no picture of {path} can be decoded", _DAMAGED)


def _describe(
    path: Path,
    container: av.container.InputContainer,
    stream: av.VideoStream,
    frame: av.VideoFrame,
) -> tuple[VideoInfo, Converter]:
    geometry = Geometry.of(frame, stream.sample_aspect_ratio)
    if not is_sane(geometry.width, geometry.height):
        geometry = Geometry(frame.width, frame.height)
    rate = _rate(stream)
    duration = _stated_duration(stream)
    if duration is None and container.duration and container.duration > 0:
        duration = Fraction(container.duration, av.time_base)
    n_frames = stream.frames if stream.frames > 0 else None
    if n_frames is None and duration is not None:
        n_frames = round(duration * rate)
    doings = {
        "turned": geometry.rotation != 0,
        "mirrored": geometry.mirrored,
        "resampled to square pixels": geometry.width * geometry.height
        != frame.width * frame.height,
        "deinterlaced": frame.interlaced_frame,
        "tone-mapped from high dynamic range": is_hdr(frame),
        "transparency ignored": has_alpha(frame),
    }
    info = VideoInfo(
        path=str(path),
        width=geometry.width,
        height=geometry.height,
        codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        frame_rate=rate,
        time_base=stream.time_base or Fraction(1, av.time_base),
        n_frames_hint=n_frames,
        duration=None if duration is None else float(duration),
        rotation=geometry.rotation,
        stream_index=stream.index,
        notes=tuple(what for what, done in doings.items() if done),
    )
    return info, Converter(geometry)


def _rate(stream: av.VideoStream) -> Fraction:
    """The average rate, or the best guess at it."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and Fraction(1, 100) <= rate <= 1000:
            return Fraction(rate)
    return _DEFAULT_RATE
