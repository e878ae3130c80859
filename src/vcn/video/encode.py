"""Writes a film: H.264 from displayed pictures with their own times, and sound."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av

from vcn.config.render import RenderConfig
from vcn.errors import OutputError, UsageError
from vcn.types import ImageArray
from vcn.video.decode import AV_ERRORS
from vcn.video.soundtrack import SoundCopy, SoundCut, can_be_copied

_HARDWARE = ("h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_amf")
_SOFTWARE = "libx264"
FORMS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's containers by the ending of the file."""
_TRY_SIZE = (640, 360)
_BT709 = 1


def working_encoder(asked: str | None) -> str:
    """The encoder asked for, or a hardware encoder that works here, else x264.

    Raises:
        UsageError: The one asked for does not work here.
    """
    if asked is None:
        return next((name for name in _HARDWARE if _works(name)), _SOFTWARE)
    if not _works(asked):
        raise UsageError(
            f"no encoder {asked!r} works on this machine", f"Leave it out, or use {_SOFTWARE}."
        )
    return asked


def _works(encoder: str) -> bool:
    """True where it encodes a picture: that it is in the library says nothing."""
    with contextlib.suppress(*AV_ERRORS, OSError):
        context = av.CodecContext.create(encoder, "w")
        if isinstance(context, av.VideoCodecContext):
            context.width, context.height = _TRY_SIZE
            context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 25)
            context.framerate = Fraction(25)
            frame = av.VideoFrame(*_TRY_SIZE, "yuv420p")
            frame.pts = 0
            return bool(context.encode(frame) or context.encode(None))
    return False


class FilmWriter:
    """A film that is being written. Use as a context manager.

    Args:
        path: Where to; its ending is one of `FORMS`.
        size: Width and height of the pictures; an odd side loses its last line.
        rate: Nominal frames a second.
        time_base: Of the time stamps of `picture`.
        config: Quality.
        sound: A film whose sound is kept; None: silent.
        cut: True where the sound comes in pieces (`begin_piece`); else all of it is
            kept with its own times, copied where that is possible.
        form: FFmpeg's name of the container.
        encoder: FFmpeg's name of the encoder (`working_encoder`).
        start: Seconds of the first picture in the film's clock.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: Fraction,
        time_base: Fraction,
        config: RenderConfig,
        *,
        form: str,
        encoder: str,
        sound: Path | None,
        cut: bool,
        start: float,
    ) -> None:
        self._size = (size[0] // 2 * 2, size[1] // 2 * 2)
        self._time_base = time_base
        self._out = av.open(str(path), "w", format=form)
        options = {} if encoder != _SOFTWARE else {"crf": str(config.crf), "preset": config.preset}
        stream = self._out.add_stream(encoder, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        self._video = stream
        self._video.width, self._video.height = self._size
        self._video.pix_fmt = "yuv420p"
        context = self._video.codec_context
        context.time_base = time_base
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = 1
        self._copy: SoundCopy | None = None
        self._cut: SoundCut | None = None
        if sound is not None and not cut and can_be_copied(sound):
            self._copy = SoundCopy(sound, self._out)
        elif sound is not None:
            self._cut = SoundCut(sound, self._out, config.sound_bit_rate, 0.0 if cut else start)
            if not cut:
                self._cut.begin(start)
        self._start = 0.0 if cut else start

    def picture(self, image: ImageArray, pts: int) -> None:
        """Write one picture, (H, W, 3) RGB, at a time stamp; they come in order."""
        width, height = self._size
        frame = av.VideoFrame.from_ndarray(image[:height, :width], format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", threads=1)
        frame.pts, frame.time_base = pts, self._time_base
        self._mux(self._video.encode(frame))
        self._sound_until(float(pts * self._time_base))

    def begin_piece(self, seconds: float, length: float) -> None:
        """From here on the sound is that of a time of the film.

        Args:
            seconds: The time, in the film's clock.
            length: Seconds of the new film before this piece.
        """
        self._sound_until(length)
        if self._cut is not None:
            self._cut.begin(seconds)

    def finish(self, end: float) -> None:
        """Write what is still held, and the sound up to the end of the last picture."""
        self._mux(self._video.encode(None))
        self._sound_until(end)
        if self._cut is not None:
            self._mux(self._cut.finish())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for sound in (self._copy, self._cut):
            if sound is not None:
                sound.close()
        with contextlib.suppress(OutputError) if kind else contextlib.nullcontext(), self._errors():
            self._out.close()

    def _sound_until(self, seconds: float) -> None:
        """Sound up to a time of the new film: the two are written side by side."""
        if self._copy is not None:
            self._mux(self._copy.until(seconds))
        elif self._cut is not None:
            self._mux(self._cut.until(seconds - self._start))

    def _mux(self, packets: Iterable[av.Packet[Any]]) -> None:
        with self._errors():
            for packet in packets:
                self._out.mux(packet)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except av.FFmpegError as error:
            raise OutputError(
                f"cannot write the film: {error.strerror}", "Make room or choose another place."
            ) from error
