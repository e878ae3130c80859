"""Frames, their exact times, and shots."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import IntArray, frozen, set_fields


@dataclass(frozen=True, slots=True)
class FrameTime:
    """The time of one frame in its stream's own clock."""

    index: int
    """Position in display order, from 0."""
    pts: int
    """Presentation time stamp, in units of `time_base`."""
    time_base: Fraction
    """Seconds per unit of `pts`."""

    def __post_init__(self) -> None:
        if self.index < 0:
            raise DataError(f"a frame index must not be negative, got {self.index}")
        if self.time_base <= 0:
            raise DataError(f"a time base must be positive, got {self.time_base}")

    @property
    def seconds(self) -> float:
        """Seconds in the stream's own clock (the first frame need not be at 0)."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video is, as its container and its first frame tell."""

    path: str
    width: int
    """Displayed width in square pixels, after rotation and sample aspect."""
    height: int
    codec: str
    pixel_format: str
    frame_rate: Fraction
    """Average rate: for pacing and trackers only, never for time stamps."""
    time_base: Fraction
    n_frames_hint: int | None
    """Number of frames that the container states, or an estimate, or None."""
    duration: float | None
    """Seconds as the container states it, or None."""
    rotation: int = 0
    """Degrees by which stored frames are turned clockwise for display."""
    stream_index: int = 0
    timecode: str | None = None
    """Of the first frame, as the container has it; with a semicolon: drop-frame."""
    notes: tuple[str, ...] = ()
    """What had to be done to show the picture (deinterlaced, tone-mapped, ...)."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The exact times of all frames of a film.

    The frame `i` is on screen from `start(i)` to `start(i + 1)`; the last one for
    as long as `end_pts` says.
    """

    pts: IntArray
    """(F,) strictly increasing."""
    time_base: Fraction
    end_pts: int

    def __post_init__(self) -> None:
        pts = frozen(self.pts, "pts", (None,), np.int64)
        if len(pts) and (np.diff(pts) <= 0).any():
            raise DataError("pts must increase strictly")
        if len(pts) and self.end_pts <= int(pts[-1]):
            raise DataError("end_pts must lie after the last pts")
        if self.time_base <= 0:
            raise DataError(f"a time base must be positive, got {self.time_base}")
        set_fields(self, pts=pts)

    def __len__(self) -> int:
        return len(self.pts)

    def seconds(self, frame: int) -> float:
        """Start of `frame` in seconds; `frame == len(self)` is the end of the film."""
        pts = self.end_pts if frame >= len(self.pts) else int(self.pts[frame])
        return float(pts * self.time_base)

    def duration_of(self, frames: IntArray) -> float:
        """Seconds for which the given distinct frames are on screen together."""
        edges = np.append(self.pts, self.end_pts)
        frames = np.asarray(frames, dtype=np.int64)
        return float(int((edges[frames + 1] - edges[frames]).sum()) * self.time_base)


@dataclass(frozen=True, slots=True)
class Shot:
    """A half-open range of frames without a cut."""

    index: int
    start: int
    """First frame."""
    stop: int
    """One past the last frame."""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise DataError(f"a shot needs 0 <= start < stop, got [{self.start}, {self.stop})")


def check_shots(shots: tuple[Shot, ...], n_frames: int) -> None:
    """Raise DataError unless `shots` are sorted, disjoint and cover every frame."""
    edge = 0
    for index, shot in enumerate(shots):
        if shot.index != index or shot.start != edge:
            raise DataError(
                f"shot {index} must have its position as index and start at frame {edge}, "
                f"got index {shot.index} and start {shot.start}"
            )
        edge = shot.stop
    if edge != n_frames:
        raise DataError(f"shots must end at frame {n_frames}, got {edge}")
