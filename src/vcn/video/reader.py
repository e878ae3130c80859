"""Reads a film once, in display order, decoding in the background.

A pass holds a fixed number of frames whatever the film's length: the decoder's own,
`_QUEUE` decoded ones, and the one that the caller looks at.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import NamedTuple, Self

import av
import numpy as np

from vcn.errors import InputError
from vcn.types import FrameTime, ImageArray, Timeline, VideoInfo
from vcn.video.clock import Clock
from vcn.video.container import open_container, probe, readable, stated_duration, video_stream
from vcn.video.decode import DAMAGED, frames
from vcn.video.interlace import Deinterlacer
from vcn.video.picture import Converter

_QUEUE = 4
"""Decoded frames that wait for the caller: enough to even out slow frames."""
_POLL = 0.1
"""Seconds between looks at the stop signal while the queue is full."""
_SHORT = 1
"""Seconds by which a film must miss its stated duration to count as cut off."""


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
            more where the film ends before its container says. (Damage that FFmpeg
            passes over in silence is not counted: Motion JPEG is shown broken, and
            frames that Matroska lost leave a gap in the times.)
        repaired: Frames of the last pass whose time stamp had to be made up.
        repairs: Runs of such frames.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = readable(Path(path))
        self.info, self._converter = probe(self._path)
        self.corrupt = 0
        self.repaired = 0
        self.repairs = 0
        self._timeline: Timeline | None = None
        self._passes: set[_Pass] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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
                raise InputError(f"no picture of {self._path} can be decoded", DAMAGED)
            self.corrupt = this.corrupt
            self.repaired = this.repaired
            self.repairs = this.repairs
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


class _Decoded(NamedTuple):
    """What travels from the decoding thread: a frame, the end or an error."""

    pts: int
    frame: av.VideoFrame


class _Pass:
    """One pass over a film, decoded in a thread of its own."""

    def __init__(self, path: Path, info: VideoInfo) -> None:
        self.corrupt = 0
        self.repaired = 0
        self.repairs = 0
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
            with open_container(self._path) as container:
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
        stream = video_stream(container, info.stream_index)
        stream.thread_type = "AUTO"
        nominal = max(round(1 / (info.frame_rate * info.time_base)), 1)
        clock: Clock[av.VideoFrame] = Clock(info.time_base, nominal)
        deinterlacer = Deinterlacer()
        first = last = None
        with contextlib.ExitStack() as opened:

            def again() -> av.VideoStream:
                other = opened.enter_context(open_container(self._path))
                return video_stream(other, info.stream_index)

            decoded = frames(container, stream, on_damage=self._damage, again=again)
            opened.callback(decoded.close)
            progressive = deinterlacer.filter(decoded)
            for pts, frame in clock.place((frame.pts, frame) for frame in progressive):
                if self._stop.is_set():
                    return
                first = pts if first is None else first
                last = pts
                self.last_duration = _duration(frame, nominal)
                self._put(_Decoded(pts, frame))
        self.repaired, self.repairs = clock.repaired, clock.repairs
        # Where stamps stray, so does what the container states of its length.
        if not self.repairs and first is not None and last is not None:
            shown = (last + self.last_duration - first) * info.time_base
            stated = stated_duration(stream)
            self.corrupt += stated is not None and stated - shown >= _SHORT

    def _damage(self) -> None:
        self.corrupt += 1


def _duration(frame: av.VideoFrame, nominal: int) -> int:
    """Units for which a frame is shown, as its packet says; within reason."""
    return frame.duration if 0 < frame.duration <= 1000 * nominal else nominal
