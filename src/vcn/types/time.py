"""Frames, their exact times, and shots."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import IntArray, frozen, set_fields

_UNUSUAL = 10
"""A step to the next frame that is this many times the usual one is a hole, if it is long
enough: slides that stay for seconds are none."""


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

    The frame `i` is on screen from `seconds(i)` to `end_seconds(i)`: until the next one
    begins, but for holes, in which nothing was recorded; the last one for as long as
    `end_pts` says.
    """

    pts: IntArray
    """(F,) strictly increasing."""
    time_base: Fraction
    end_pts: int
    max_gap_seconds: float | None = None
    """What lies between two frames and is longer, and unusual for this film, is a hole: the
    frame before it is on screen for as long as the film's frames usually are. None: there
    are no holes, every frame stays until the next."""
    stop_pts: IntArray = field(init=False, repr=False, compare=False)
    """(F,) when each frame leaves the screen."""
    holes: IntArray = field(init=False, repr=False, compare=False)
    """(K,) the frames after which there is a hole."""

    def __post_init__(self) -> None:
        pts = frozen(self.pts, "pts", (None,), np.int64)
        if len(pts) and (np.diff(pts) <= 0).any():
            raise DataError("pts must increase strictly")
        if len(pts) and self.end_pts <= int(pts[-1]):
            raise DataError("end_pts must lie after the last pts")
        if self.time_base <= 0:
            raise DataError(f"a time base must be positive, got {self.time_base}")
        stop = np.append(pts[1:], self.end_pts) if len(pts) else pts
        steps = stop[:-1] - pts[:-1]
        holes = np.empty(0, np.int64)
        if self.max_gap_seconds is not None and len(steps):
            usual = int(np.quantile(steps, 0.5, method="lower"))
            limit = max(float(self.max_gap_seconds / self.time_base), _UNUSUAL * usual)
            holes = np.flatnonzero(steps > limit)
            stop[holes] = pts[holes] + usual
        set_fields(
            self,
            pts=pts,
            stop_pts=frozen(stop, "stop_pts", (len(pts),), np.int64),
            holes=frozen(holes, "holes", (None,), np.int64),
        )

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def shown_seconds(self) -> float:
        """Seconds in which there is a picture: the length of the film without its holes."""
        return float(int((self.stop_pts - self.pts).sum()) * self.time_base)

    def seconds(self, frame: int) -> float:
        """Start of `frame` in seconds; `frame == len(self)` is the end of the film."""
        pts = self.end_pts if frame >= len(self.pts) else int(self.pts[frame])
        return float(pts * self.time_base)

    def end_seconds(self, frame: int) -> float:
        """When `frame` leaves the screen, in seconds."""
        return float(int(self.stop_pts[frame]) * self.time_base)

    def duration_of(self, frames: IntArray) -> float:
        """Seconds for which the given distinct frames are on screen together."""
        frames = np.asarray(frames, dtype=np.int64)
        return float(int((self.stop_pts[frames] - self.pts[frames]).sum()) * self.time_base)


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
