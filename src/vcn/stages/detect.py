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

    Args:
        rate: Searches a second of film; None = every frame.
        frame_rate: Frames a second, about.
    """

    def __init__(self, rate: float | None, frame_rate: float) -> None:
        # Half a frame of slack, so that a rate that divides the frame rate is met
        # exactly although the times are rounded to the time base.
        self._interval = 0.0 if rate is None else 1 / rate - 0.5 / frame_rate
        self._last: float | None = None

    def restart(self) -> None:
        """A new shot begins with the next frame."""
        self._last = None

    def due(self, seconds: float) -> bool:
        """Whether the frame at this time is to be searched; remembers that it was."""
        if self._last is not None and seconds - self._last < self._interval:
            return False
        self._last = seconds
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
