"""Deinterlacing: one picture for each frame, whatever flags its neighbours carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph


class Deinterlacer:
    """Passes progressive frames through; runs `bwdif` from the first interlaced one.

    `bwdif` looks at the frame before and the frame after, gives one frame for each,
    and leaves frames that are not flagged as they are. Time stamps and durations are
    carried past it, since its own are at half the time base.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: tuple[int, int, str] | None = None
        self._inside: dict[int, tuple[int | None, int]] = {}
        self._count = 0

    def filter(self, frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Yield one progressive frame for each frame, in order."""
        for frame in frames:
            layout = (frame.width, frame.height, frame.format.name)
            if self._graph is not None and layout != self._layout:
                yield from self._drain()
            if self._graph is None and not frame.interlaced_frame:
                yield frame
                continue
            if self._graph is None:
                self._start(frame)
                self._layout = layout
            yield from self._push(frame)
        if self._graph is not None:
            yield from self._drain()

    def _start(self, frame: av.VideoFrame) -> None:
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=Fraction(1, 1),
            ),
            graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"),
            graph.add("buffersink"),
        ).configure()
        self._graph = graph
        self._count = 0

    def _push(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        graph = self._graph
        assert graph is not None
        if frame is not None:
            self._inside[self._count] = (frame.pts, frame.duration)
            frame.pts = self._count
            frame.time_base = Fraction(1, 1)
            self._count += 1
        graph.vpush(frame)
        while True:
            try:
                shown = graph.vpull()
            except (BlockingIOError, EOFError):
                return
            if shown.pts is None:
                continue
            stamp = self._inside.pop(shown.pts // 2, None)
            if stamp is not None:
                shown.pts, shown.duration = stamp
                yield shown

    def _drain(self) -> Iterator[av.VideoFrame]:
        yield from self._push(None)
        self._graph = None
        self._inside.clear()
