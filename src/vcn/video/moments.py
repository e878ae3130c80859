"""Single pictures and short stretches of a film, found by time."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av

from vcn.types import ImageArray
from vcn.video.container import open_container, probe, readable, video_stream
from vcn.video.decode import AV_ERRORS

_PROXY_BASE = Fraction(1, 90_000)
_SOUND_RATE = 48_000


class Moments:
    """A film that is looked into at any time. Use as a context manager; not thread-safe.

    Raises:
        InputError: The film cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = readable(Path(path))
        self.info, self._converter = probe(self._path)
        self._container = open_container(self._path)
        self._stream = video_stream(self._container, self.info.stream_index)
        self._stream.thread_type = "AUTO"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._container.close()

    def picture(self, seconds: float) -> ImageArray | None:
        """The displayed picture at a time in the stream's own clock, (H, W, 3) RGB.

        None where nothing can be decoded there.
        """
        target = round(seconds / self.info.time_base)
        best = None
        with contextlib.suppress(*AV_ERRORS):
            for pts, frame in self._from(target):
                if best is not None and pts > target:
                    break
                best = frame
        return None if best is None else self._converter.image(best)

    def _from(self, target: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Frames with a time stamp, from the key frame before a target on."""
        self._container.seek(max(target, 0), stream=self._stream, backward=True)
        for frame in self._container.decode(self._stream):
            if frame.pts is not None:
                yield frame.pts, frame

    def proxy(self, start: float, end: float, height: int) -> bytes:
        """A stretch as a small MP4 that every browser plays; its time starts at 0.

        Args:
            start: Seconds in the stream's own clock.
            end: Later seconds.
            height: Of the picture in pixels.
        """
        buffer = io.BytesIO()
        width = max(2 * round(self.info.width * height / self.info.height / 2), 2)
        with av.open(buffer, "w", format="mp4", options={"movflags": "faststart"}) as out:
            video = out.add_stream("libx264", rate=Fraction(30))
            video.width, video.height = width, height - height % 2
            video.pix_fmt, video.time_base = "yuv420p", _PROXY_BASE
            video.codec_context.time_base = _PROXY_BASE
            video.options = {"preset": "ultrafast", "crf": "26", "tune": "zerolatency"}
            sound = self._sound(start, end)
            voice = out.add_stream("aac", rate=_SOUND_RATE) if sound else None
            base, last = self.info.time_base, -1
            with contextlib.suppress(*AV_ERRORS):
                for pts, frame in self._from(round(start / base)):
                    seconds = float(pts * base)
                    if seconds >= end:
                        break
                    at = round((seconds - start) / _PROXY_BASE)
                    if seconds < start - 0.5 / float(self.info.frame_rate) or at <= last:
                        continue
                    small = self._converter.small(frame, width)[: video.height]
                    made = av.VideoFrame.from_ndarray(small).reformat(
                        width, video.height, format="yuv420p"
                    )
                    made.pts, made.time_base, last = max(at, 0), _PROXY_BASE, at
                    out.mux(video.encode(made))
            out.mux(video.encode(None))
            if voice is not None:
                for block in sound:
                    out.mux(voice.encode(block))
                out.mux(voice.encode(None))
        return buffer.getvalue()

    def _sound(self, start: float, end: float) -> list[av.AudioFrame]:
        """The first sound track of a stretch, at its place in time; nothing where it fails."""
        found: list[av.AudioFrame] = []
        with contextlib.suppress(*AV_ERRORS), open_container(self._path) as container:
            if not container.streams.audio:
                return []
            stream = container.streams.audio[0]
            base = stream.time_base or _PROXY_BASE
            resampler = av.AudioResampler("fltp", "stereo", _SOUND_RATE, frame_size=1024)
            container.seek(max(round(start / base), 0), stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.pts is None or float(frame.pts * base) < start:
                    continue
                if float(frame.pts * base) >= end:
                    break
                found += resampler.resample(frame)
            found += resampler.resample(None)
        for number, block in enumerate(found):
            block.pts, block.time_base = number * 1024, Fraction(1, _SOUND_RATE)
        return found
