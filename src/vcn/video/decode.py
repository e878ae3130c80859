"""From packets to frames, over damage."""

from __future__ import annotations

import contextlib
import errno
from collections import deque
from collections.abc import Callable, Generator

import av

from vcn.errors import InputError
from vcn.video.picture import is_sane

DAMAGED = "The file may be damaged or incomplete: copy or export it again."

AV_ERRORS = (av.FFmpegError, ValueError, OverflowError, ArithmeticError, LookupError)
"""What a damaged file makes PyAV raise: FFmpeg's own errors and some of Python's."""

_IN_FLIGHT = 64
"""Packets that the decoder may hold: its threads and its reordering."""
_TAIL_BYTES = 1 << 26
"""Most that is kept of the end of a film in order to decode it again."""


def _nothing() -> None:
    """Nobody wants to know."""


def frames(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    *,
    on_damage: Callable[[], None] = _nothing,
    again: Callable[[], av.VideoStream] | None = None,
) -> Generator[av.VideoFrame]:
    """Decoded frames in display order; damage is told and passed over.

    Where the decoder works in several threads, damage in the last packets makes PyAV
    lose the frames that are still in the decoder. So where packets promise more, and
    `again` is given to open the film another time, the end is decoded once more, in a
    single thread.
    """
    tail = _Tail()
    last: int | None = None
    for packet in _packets(container, stream, on_damage):
        if packet is not None:
            tail.add(packet)
        damaged = packet is not None and packet.is_corrupt
        try:
            decoded = stream.codec_context.decode(packet)
        except EOFError:
            decoded = []
        except AV_ERRORS:
            damaged = True
            decoded = []
        if packet is None and again is not None:
            last = max((frame.pts for frame in decoded if frame.pts is not None), default=last)
            if tail.goes_on_after(last):
                lost = tail.decode(again(), last)
                damaged = damaged or bool(lost)
                decoded += lost
        if damaged or any(frame.is_corrupt for frame in decoded):
            on_damage()
        for frame in decoded:
            if frame.pts is not None:
                last = frame.pts
            if is_sane(frame.width, frame.height):
                yield frame


def _packets(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    on_damage: Callable[[], None],
) -> Generator[av.Packet[av.VideoStream] | None]:
    """The packets of a stream and a final None; empty ones (repeats in AVI) left out."""
    try:
        for packet in container.demux(stream):
            if packet.size > 0:
                yield packet
    except AV_ERRORS as error:
        if getattr(error, "errno", None) in (errno.EIO, errno.ESTALE):
            raise InputError(f"reading {container.name} failed: {error}", DAMAGED) from error
        on_damage()
    yield None


class _Tail:
    """The last packets, from a key frame on, enough to decode what is in flight."""

    def __init__(self) -> None:
        self._groups: deque[list[av.Packet[av.VideoStream]]] = deque()
        self._bytes = 0
        self._count = 0

    def add(self, packet: av.Packet[av.VideoStream]) -> None:
        if packet.is_keyframe:
            self._groups.append([])
        elif not self._groups:
            return
        self._groups[-1].append(packet)
        self._bytes += packet.size
        self._count += 1
        while self._groups and (
            self._count - len(self._groups[0]) >= _IN_FLIGHT or self._bytes > _TAIL_BYTES
        ):
            self._drop()

    def _drop(self) -> None:
        group = self._groups.popleft()
        self._bytes -= sum(packet.size for packet in group)
        self._count -= len(group)

    def goes_on_after(self, last: int | None) -> bool:
        """True when a packet's picture belongs after the last one that was decoded."""
        return any(
            packet.pts is not None and (last is None or packet.pts > last)
            for group in self._groups
            for packet in group
            if not packet.is_discard
        )

    def decode(self, stream: av.VideoStream, after: int | None) -> list[av.VideoFrame]:
        """The frames after a time stamp, decoded in one thread."""
        context = stream.codec_context
        context.thread_count = 1
        packets = [packet for group in self._groups for packet in group]
        found: list[av.VideoFrame] = []
        for packet in (*packets, None):
            with contextlib.suppress(*AV_ERRORS):
                found += (
                    frame
                    for frame in context.decode(packet)
                    if frame.pts is not None and (after is None or frame.pts > after)
                )
        return found
