"""Opening a film's container and describing its picture."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Discard, Disposition

from vcn.errors import InputError
from vcn.types import VideoInfo
from vcn.video.decode import AV_ERRORS, DAMAGED, frames
from vcn.video.picture import MAX_PIXELS, Converter, Geometry, has_alpha, is_hdr, is_sane
from vcn.video.timecode import start_timecode

_DEFAULT_RATE = Fraction(25)
_NO_FILM = "Give a film: mp4, mov, mkv, webm, avi, ts, mxf, ..."

# Text and lists of other files, which FFmpeg would render or follow. A film is one
# file whose content its hash covers.
_NOT_FILMS = frozenset({"tty", "bin", "xbin", "adf", "idf", "hls", "concat", "dash", "imf", "sdp"})


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
"""Of a network, with one slash where it was taken for a path."""


def readable(path: Path) -> Path:
    """The path, after checks that give clearer errors than FFmpeg."""
    if str(path) == "-":
        raise InputError(
            "standard input is no film: it is read more than once", "Save it to a file first."
        )
    try:
        state = path.stat()
    except FileNotFoundError:
        if _ADDRESS.match(str(path)):
            raise InputError(
                f"{path} is an address, and vcn reads nothing from a network",
                "Download it to a file first.",
            ) from None
        raise InputError(f"there is no file {path}", "Check the path.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}", "Check the path.") from error
    if stat.S_ISDIR(state.st_mode):
        raise InputError(f"{path} is a folder", "Give the film file itself, or --fps for pictures.")
    if not stat.S_ISREG(state.st_mode):
        raise InputError(f"{path} is not a regular file", "Save the film to a file first.")
    if state.st_size == 0:
        raise InputError(f"{path} is empty", DAMAGED)
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} may not be read", "Check its permissions.")
    return path.absolute()


def open_container(path: Path) -> av.container.InputContainer:
    """Open the container; FFmpeg may read this file only, and nothing from a network."""
    try:
        container = av.open(
            f"file:{path}",
            mode="r",
            metadata_errors="replace",
            options={"protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)},
        )
    except AV_ERRORS as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} is not a video that can be read: {why}", _NO_FILM) from error
    if _NOT_FILMS & set(container.format.name.split(",")):
        name = container.format.name
        container.close()
        raise InputError(f"{path} is not a video (it looks like {name})", _NO_FILM)
    return container


def has_sound(path: Path) -> bool:
    """True where a film has a sound track; where it cannot be opened, as most films have."""
    try:
        with open_container(readable(path)) as container:
            return bool(container.streams.audio)
    except InputError:
        return True


def video_stream(container: av.container.InputContainer, index: int) -> av.VideoStream:
    """The video stream to decode; all others are skipped while reading."""
    for other in container.streams:
        if other.index != index:
            with contextlib.suppress(*AV_ERRORS):
                other.discard = Discard.all
    stream = container.streams[index]
    assert isinstance(stream, av.VideoStream)
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def probe(path: Path) -> tuple[VideoInfo, Converter]:
    """Decode the first picture of the first video stream that has one."""
    with open_container(path) as container:
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
        with open_container(path) as container:
            stream = video_stream(container, index)
            with contextlib.closing(frames(container, stream)) as decoded:
                frame = next(decoded, None)
            if frame is not None:
                return _describe(path, container, stream, frame)
    raise InputError(f"no picture of {path} can be decoded", DAMAGED)


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
    duration = stated_duration(stream)
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
        timecode=start_timecode(container, stream),
        notes=tuple(what for what, done in doings.items() if done),
    )
    return info, Converter(geometry)


def _rate(stream: av.VideoStream) -> Fraction:
    """The average rate, or the best guess at it."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and Fraction(1, 100) <= rate <= 1000:
            return Fraction(rate)
    return _DEFAULT_RATE


def stated_duration(stream: av.VideoStream) -> Fraction | None:
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
