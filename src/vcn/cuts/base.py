"""What every finder of cuts is, and the frames of a film with its cuts told in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from vcn.types import FrameTime
from vcn.video import Frame


class CutDetector(Protocol):
    """Looks at every frame of a film in turn and says where shots begin."""

    @property
    def delay(self) -> int:
        """Most frames that come after a cut before it is told."""
        ...

    def push(self, frame: Frame) -> Sequence[int]:
        """Look at the next frame.

        Returns:
            Indices of frames that start a shot, of this one or of up to `delay` before.
        """
        ...

    def finish(self) -> Sequence[int]:
        """The film has ended: the cuts among its last frames."""
        ...


def with_cuts(
    frames: Iterable[Frame], detector: CutDetector, max_gap_seconds: float
) -> Iterator[tuple[Frame, bool]]:
    """Yield each frame and whether it starts a shot; `delay` frames are held back.

    The first frame starts a shot, and so does one that comes after a hole in time.

    Args:
        frames: All frames of a film.
        detector: Finds the cuts; a fresh one.
        max_gap_seconds: Seconds without a picture that end a shot.
    """
    held: deque[Frame] = deque()
    starts: set[int] = set()
    before: FrameTime | None = None

    def release() -> tuple[Frame, bool]:
        frame = held.popleft()
        index = frame.time.index
        # A detector that is late all the same tells of the earliest frame that is left.
        is_start = any(start <= index for start in starts)
        starts.difference_update([start for start in starts if start <= index])
        return frame, is_start

    for frame in frames:
        time = frame.time
        if before is None or float((time.pts - before.pts) * time.time_base) > max_gap_seconds:
            starts.add(time.index)
        before = time
        starts.update(detector.push(frame))
        held.append(frame)
        if len(held) > detector.delay:
            yield release()
    starts.update(detector.finish())
    while held:
        yield release()
