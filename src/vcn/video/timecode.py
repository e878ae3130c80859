"""The timecode that a film was recorded with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import av

_TIMECODE = re.compile(r"\d\d[:;]\d\d[:;]\d\d[:;.]\d\d\d?", re.ASCII)


def start_timecode(container: av.container.InputContainer, stream: av.VideoStream) -> str | None:
    """Timecode of the first frame, "01:00:00:00", with a semicolon where it is drop-frame.

    FFmpeg reads QuickTime's timecode track (tmcd), the timecode components of MXF, the
    time code of MPEG-2 and the tags of Matroska and others into the metadata of the
    stream, of the timecode track or of the file. That of the picture goes first.
    """
    for tags in _tags(container, stream):
        for key, value in tags.items():
            if key.lower() == "timecode" and _TIMECODE.fullmatch(value.strip()):
                *rest, frames = re.split("[:;.]", value.strip())
                drop = ";" in value or "." in value
                return ":".join(rest) + (";" if drop else ":") + frames
    return None


def _tags(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[Mapping[str, str]]:
    yield stream.metadata
    yield from (other.metadata for other in container.streams if other.type == "data")
    yield container.metadata
