"""What evaluation reads of a result: clusters.json and the table of boxes beside it.

Any program may write these files, and people edit them, so nothing is taken on trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.errors import DataError
from vcn.report.boxes import read_boxes
from vcn.report.document import person_label
from vcn.report.read import FilmFile, read_result
from vcn.types import UNKNOWN, Float64Array, IntArray

_HINT = "Make it again with `vcn cluster`."


@dataclass(frozen=True, slots=True)
class FilmBoxes:
    """Boxes of tracks on some frames, ordered by frame; M rows."""

    frame: IntArray
    """(M,)"""
    track: IntArray
    """(M,)"""
    xyxy: Float64Array
    """(M, 4) displayed pixels."""


@dataclass(frozen=True, slots=True)
class FilmOutcome:
    """One result. T tracks; a track's id is its position."""

    path: Path
    video_path: str
    content_hash: str | None
    width: int
    height: int
    n_frames: int
    start_seconds: float
    end_seconds: float
    track_start: IntArray
    """(T,) first frame."""
    track_stop: IntArray
    """(T,) one past the last frame."""
    track_span: Float64Array
    """(T, 2) start and end in seconds."""
    person: IntArray
    """(T,) the person of each track, -1 = unknown."""
    given_id: tuple[str | None, ...]
    """(T,) the id of each track in the file of --tracks."""
    names: Mapping[int, str]
    """A title for each person: its name where somebody gave one."""
    every_frame: FilmBoxes | None
    """The table of boxes; None where the file is not there."""
    sampled: FilmBoxes
    """The boxes that clusters.json itself lists."""
    knots: Float64Array
    """(K, 2) frames and their start in seconds, both strictly increasing: exact on every
    frame with a face where the table of boxes is there."""

    @property
    def n_tracks(self) -> int:
        """Number of tracks T."""
        return len(self.person)

    @property
    def people(self) -> IntArray:
        """Ids of the people, sorted; the unknown group is none."""
        return np.array(sorted(self.names), np.int64)

    def frame_at(self, seconds: Float64Array) -> IntArray:
        """(N,) the frame on screen at each of (N,) moments."""
        # Half a millisecond more: times written with three decimals may lie before the
        # frame that they mean.
        frame = np.interp(seconds + 5e-4, self.knots[:, 1], self.knots[:, 0])
        return np.clip(np.floor(frame + 1e-6).astype(np.int64), 0, max(self.n_frames - 1, 0))

    def seconds_at(self, frame: IntArray) -> Float64Array:
        """(N,) the start of each of (N,) frames; `n_frames` is the end of the film."""
        return np.interp(frame, self.knots[:, 0], self.knots[:, 1])

    def boxes_at(self, frames: IntArray) -> FilmBoxes:
        """The box of every track on each of the given distinct frames.

        From the table of boxes; without it, on the straight line between the two sampled
        boxes around a frame.
        """
        frames = np.sort(frames)
        if self.every_frame is not None:
            chosen = np.isin(self.every_frame.frame, frames)
            return FilmBoxes(
                self.every_frame.frame[chosen],
                self.every_frame.track[chosen],
                self.every_frame.xyxy[chosen],
            )
        by_track = np.argsort(self.sampled.track, kind="stable")
        edges = np.searchsorted(self.sampled.track[by_track], np.arange(self.n_tracks + 1))
        parts: list[tuple[IntArray, IntArray, Float64Array]] = []
        for track in range(self.n_tracks):
            low, high = np.searchsorted(frames, (self.track_start[track], self.track_stop[track]))
            if low == high:
                continue
            rows = by_track[edges[track] : edges[track + 1]]
            at = frames[low:high]
            known = self.sampled.frame[rows]
            xyxy = np.stack(
                [np.interp(at, known, self.sampled.xyxy[rows, side]) for side in range(4)], axis=1
            )
            parts.append((at, np.full(len(at), track, np.int64), xyxy))
        if not parts:
            return FilmBoxes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4)))
        return _by_frame(
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.concatenate([part[2] for part in parts]),
        )


def read_outcome(path: Path) -> FilmOutcome:
    """Read clusters.json and the table of boxes beside it, where there is one.

    Raises:
        DataError: A file cannot be read, is of another version, contradicts itself, or
            the table of boxes belongs to another result.
    """
    file = read_result(path)
    video, tracks = file.video, file.tracks
    start, end = video.start_seconds, video.start_seconds + video.duration_seconds
    track_start = np.array([track.start_frame for track in tracks], np.int64)
    track_stop = np.array([track.stop_frame for track in tracks], np.int64)
    span = np.array(
        [(track.start_seconds, track.end_seconds) for track in tracks], np.float64
    ).reshape(-1, 2)
    boxes = [box for track in tracks for box in track.boxes]
    sampled = _by_frame(
        np.array([box.frame for box in boxes], np.int64),
        np.array([box.track for box in boxes], np.int64),
        np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4),
    )
    table, times = _table(file, track_start, track_stop)
    knots = np.concatenate(
        [
            np.array([[0, start], [video.n_frames, end]]) if video.n_frames else np.zeros((0, 2)),
            np.stack([track_start, span[:, 0]], axis=1),
            np.stack([track_stop, span[:, 1]], axis=1),
            times,
        ]
    )
    return FilmOutcome(
        path=path,
        video_path=video.path,
        content_hash=video.content_hash,
        width=video.width,
        height=video.height,
        n_frames=video.n_frames,
        start_seconds=start,
        end_seconds=end,
        track_start=track_start,
        track_stop=track_stop,
        track_span=span,
        person=np.array(
            [UNKNOWN if track.person is None else track.person for track in tracks], np.int64
        ),
        given_id=tuple(track.given_id for track in tracks),
        names={
            person.id: person.name
            if person.name and person.name.strip()
            else person_label(person.id)
            for person in file.people
        },
        every_frame=table,
        sampled=sampled,
        knots=_increasing(path, knots),
    )


def _table(
    file: FilmFile, track_start: IntArray, track_stop: IntArray
) -> tuple[FilmBoxes | None, Float64Array]:
    """The table of boxes ordered by frame, and the times it knows (K, 2)."""
    if not file.boxes_path.exists():
        return None, np.zeros((0, 2))
    boxes = read_boxes(file.boxes_path)
    n = len(track_start)
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, -1)
    belongs = not len(boxes) or int(boxes.track.max()) < n
    if belongs:
        np.minimum.at(first, boxes.track, boxes.frame)
        np.maximum.at(last, boxes.track, boxes.frame)
        belongs = np.array_equal(first, track_start) and np.array_equal(last + 1, track_stop)
    if not belongs:
        raise DataError(
            f"{file.boxes_path} does not belong to {file.path}: its tracks are others", _HINT
        )
    frame, at = np.unique(boxes.frame, return_index=True)
    return _by_frame(boxes.frame, boxes.track, boxes.xyxy.astype(np.float64)), np.stack(
        [frame, boxes.seconds[at]], axis=1
    )


def _increasing(path: Path, knots: Float64Array) -> Float64Array:
    """Knots by frame, each frame once; their times must increase with them."""
    _, at = np.unique(knots[:, 0], return_index=True)
    knots = knots[at]
    if (np.diff(knots[:, 1]) <= 0).any():
        raise DataError(f"{path}: the times of its frames do not increase", _HINT)
    return knots if len(knots) else np.zeros((1, 2))


def _by_frame(frame: IntArray, track: IntArray, xyxy: Float64Array) -> FilmBoxes:
    order = np.argsort(frame, kind="stable")
    return FilmBoxes(frame[order], track[order], xyxy[order])
