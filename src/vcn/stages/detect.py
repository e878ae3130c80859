"""Which frames are searched for faces, and the search itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vcn.config import DetectConfig
from vcn.detectors import Detections, Detector
from vcn.types import FrameTime, ImageArray


class HasPicture(Protocol):
    """What this stage needs of a frame."""

    @property
    def time(self) -> FrameTime:
        """Its time."""
        ...

    @property
    def image(self) -> ImageArray:
        """(H, W, 3) RGB, displayed pixels."""
        ...


class Schedule:
    """Chooses the frames to search: the first of a shot, then at a regular rate.

    The times on which a search is due lie on a grid from there, and the frame next to
    each is searched: the rate is met in the mean, whatever the frame rate.

    Args:
        rate: Searches a second of film; None = every frame.
    """

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 1 / rate
        self._next: float | None = None
        self._before = 0.0

    def restart(self) -> None:
        """A new shot begins with the next frame."""
        self._next = None

    def due(self, seconds: float) -> bool:
        """Whether the frame at this time is to be searched; asked of every frame in turn."""
        step, self._before = seconds - self._before, seconds
        if self._next is None:
            self._next = seconds + self._interval
            return True
        if seconds + step / 2 < self._next:  # the frame after this one is no farther off
            return False
        self._next += self._interval
        if self._next <= seconds:  # frames are rarer than searches: no arrears
            self._next = seconds + self._interval
        return True


def search_rate(config: DetectConfig, on_gpu: bool, frame_rate: float) -> float | None:
    """Searches a second of film: the user's, or every frame on a GPU, fewer on a CPU.

    Returns:
        None where every frame is searched.
    """
    rate = config.rate if config.rate is not None else (None if on_gpu else config.cpu_rate)
    return None if rate is None or rate >= frame_rate else rate


def search(detector: Detector, frames: Sequence[HasPicture]) -> list[Detections]:
    """Find the faces of a few frames of one size; one result for each."""
    return detector.detect([frame.image for frame in frames]) if frames else []
