"""A result as the review sees it: from clusters.json and its table of boxes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.config import CorrectionsConfig
from vcn.config.recorded import config_of
from vcn.corrections import Place
from vcn.errors import DataError
from vcn.report.boxes import Boxes, read_boxes
from vcn.report.read import FilmFile, read_result
from vcn.types import UNKNOWN, IntArray, Reason, Shot, Timeline, Track


@dataclass(frozen=True, slots=True)
class ReviewFilm:
    """One result."""

    file: FilmFile
    tracks: tuple[Track, ...]
    """Every frame of them."""
    timeline: Timeline
    """Exact at every frame that shows a face or begins a shot; others lie between."""
    shots: tuple[Shot, ...]
    labels: IntArray
    """(T,) person of each track; -1: unknown."""
    reasons: tuple[Reason | None, ...]
    exemplars: tuple[tuple[int, ...], ...]
    """Tracks that show each person best."""
    finding: CorrectionsConfig
    """How a correction finds its face, as in the run."""

    @property
    def content(self) -> str:
        """Content hash of the film."""
        return self.file.video.content_hash or ""

    @property
    def picture(self) -> tuple[int, int]:
        """Displayed width and height."""
        return self.file.video.width, self.file.video.height

    def place(self, track: Track) -> Place:
        """The place of a track: the observed face nearest to its middle."""
        seen = np.flatnonzero(track.observed)
        rows = seen if len(seen) else np.arange(len(track))
        row = int(rows[np.abs(rows - len(track) // 2).argmin()])
        return self.place_at(track, row)

    def place_at(self, track: Track, row: int) -> Place:
        """The place of one frame of a track."""
        x1, y1, x2, y2 = (round(float(value), 2) for value in track.xyxy[row])
        return Place(self.timeline.seconds(int(track.frame[row])), (x1, y1, x2, y2))


def load_film(path: Path) -> ReviewFilm:
    """Read a result for review.

    Raises:
        DataError: It cannot be read, or its table of boxes does not belong to it.
    """
    file = read_result(path)
    boxes = read_boxes(file.boxes_path)
    tracks = _tracks(file, boxes)
    return ReviewFilm(
        file=file,
        tracks=tracks,
        timeline=_timeline(file, boxes),
        shots=tuple(Shot(s.index, s.start_frame, s.stop_frame) for s in file.shots),
        labels=np.array([UNKNOWN if t.person is None else t.person for t in file.tracks], np.int64),
        reasons=tuple(track.reason for track in file.tracks),
        exemplars=tuple(tuple(b.track for b in person.exemplars) for person in file.people),
        finding=config_of(file.manifest).corrections,
    )


def _tracks(file: FilmFile, boxes: Boxes) -> tuple[Track, ...]:
    edges = np.searchsorted(boxes.track, np.arange(len(file.tracks) + 1))
    wrong = DataError(
        f"{file.boxes_path} is not the table of boxes of {file.path}",
        "Make both again with `vcn cluster`",
    )
    if len(boxes) and int(boxes.track[-1]) >= len(file.tracks):
        raise wrong
    made = []
    for track, a, b in zip(file.tracks, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if a == b or boxes.frame[a] != track.start_frame or boxes.frame[b - 1] >= track.stop_frame:
            raise wrong
        made.append(
            Track(
                track.id,
                track.shot,
                boxes.frame[a:b],
                boxes.xyxy[a:b],
                boxes.score[a:b],
                boxes.observed[a:b],
            )
        )
    return tuple(made)


def _timeline(file: FilmFile, boxes: Boxes) -> Timeline:
    """Times of all frames: those that are known, and the others evenly between them."""
    video, n = file.video, file.video.n_frames
    base = video.time_base
    frames, first = np.unique(boxes.frame, return_index=True)
    known = dict(zip(frames.tolist(), boxes.seconds[first].tolist(), strict=True))
    known |= {shot.start_frame: shot.start_seconds for shot in file.shots}
    known.setdefault(0, video.start_seconds)
    at = sorted(frame for frame in known if frame < n)
    end = video.start_seconds + video.duration_seconds
    times = np.interp(np.arange(n), [*at, n], [*(known[frame] for frame in at), end])
    pts = np.rint(times / float(base)).astype(np.int64)
    if n:
        pts = np.maximum.accumulate(pts - np.arange(n)) + np.arange(n)  # strictly increasing
    stop = max(round(end / float(base)), int(pts[-1]) + 1) if n else 0
    return Timeline(pts, base, stop)


def spans(seconds: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The union of stretches of time, in order."""
    out: list[tuple[float, float]] = []
    for start, end in sorted(seconds):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
