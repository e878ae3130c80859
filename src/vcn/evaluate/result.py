"""What evaluation reads of a result: clusters.json and the table of boxes beside it.

Any program may write these files, and people edit them, so nothing is taken on trust.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from vcn.errors import DataError
from vcn.types import UNKNOWN, Float64Array, IntArray

_MAX_BYTES = 1 << 29
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
        return _by_frame(parts)


def read_result(path: Path) -> FilmOutcome:
    """Read clusters.json and the table of boxes beside it, where there is one.

    Raises:
        DataError: A file cannot be read, is of another version, contradicts itself, or
            the table of boxes belongs to another result.
    """
    document = _load(path)
    read = _Reader(path)
    version = read.text(document, "schema_version", "")
    if version.split(".")[0] != "1":
        raise DataError(
            f"{path} has schema version {version!r}, this vcn reads 1.x",
            "Use the vcn that wrote it, or " + _HINT[0].lower() + _HINT[1:],
        )
    video = read.mapping(document, "video", "")
    n_frames = read.whole(video, "n_frames", "video")
    start = read.number(video, "start_seconds", "video")
    end = start + read.number(video, "duration_seconds", "video")
    tracks = read.list_of_mappings(document, "tracks")
    person = _people_of_tracks(read, document, tracks)
    track_start = np.zeros(len(tracks), np.int64)
    track_stop = np.zeros(len(tracks), np.int64)
    span = np.zeros((len(tracks), 2), np.float64)
    parts: list[tuple[IntArray, IntArray, Float64Array]] = []
    for i, track in enumerate(tracks):
        where = f"track {i}"
        if read.whole(track, "id", where) != i:
            read.fail(f"{where} has another id than its position")
        track_start[i] = read.whole(track, "start_frame", where)
        track_stop[i] = read.whole(track, "stop_frame", where)
        span[i] = (
            read.number(track, "start_seconds", where),
            read.number(track, "end_seconds", where),
        )
        if not (track_start[i] < track_stop[i] <= n_frames and span[i, 0] < span[i, 1]):
            read.fail(f"{where} does not lie inside the film")
        frames, xyxy = _sampled_boxes(read, track, where)
        if frames[0] != track_start[i] or frames[-1] != track_stop[i] - 1:
            read.fail(f"the boxes of {where} do not reach from its first to its last frame")
        parts.append((frames, np.full(len(frames), i, np.int64), xyxy))
    table, times = _table(path, document, read, track_start, track_stop)
    knots = np.concatenate(
        [
            np.array([[0, start], [n_frames, end]]) if n_frames else np.zeros((0, 2)),
            np.stack([track_start, span[:, 0]], axis=1),
            np.stack([track_stop, span[:, 1]], axis=1),
            times,
        ]
    )
    hash_of_film = video.get("content_hash")
    return FilmOutcome(
        path=path,
        video_path=read.text(video, "path", "video"),
        content_hash=hash_of_film if isinstance(hash_of_film, str) else None,
        width=read.whole(video, "width", "video"),
        height=read.whole(video, "height", "video"),
        n_frames=n_frames,
        start_seconds=start,
        end_seconds=end,
        track_start=track_start,
        track_stop=track_stop,
        track_span=span,
        person=person,
        names=_names(read, document),
        every_frame=table,
        sampled=_by_frame(parts),
        knots=_increasing(read, knots),
    )


class _Reader:
    """Takes values out of parsed JSON and says what is wrong with one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, what: str) -> NoReturn:
        raise DataError(f"{self.path} is not a valid result: {what}", _HINT)

    def get(self, holder: Mapping[str, Any], key: str, where: str) -> Any:
        if key not in holder:
            self.fail(f"{where or 'it'} has no {key!r}")
        return holder[key]

    def mapping(self, holder: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = self.get(holder, key, where)
        if not isinstance(value, dict):
            self.fail(f"{key!r} must be an object")
        return value

    def list_of_mappings(
        self, holder: Mapping[str, Any], key: str, where: str = ""
    ) -> Sequence[Mapping[str, Any]]:
        value = self.get(holder, key, where)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(f"{key!r} must be a list of objects")
        return value

    def text(self, holder: Mapping[str, Any], key: str, where: str) -> str:
        value = self.get(holder, key, where)
        if not isinstance(value, str):
            self.fail(f"{key!r} must be text")
        return value

    def whole(self, holder: Mapping[str, Any], key: str, where: str) -> int:
        return self.as_whole(self.get(holder, key, where), f"{key!r} of {where or 'it'}")

    def as_whole(self, value: Any, what: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
            self.fail(f"{what} must be a whole number from 0")
        return value

    def number(self, holder: Mapping[str, Any], key: str, where: str) -> float:
        return self.as_number(self.get(holder, key, where), f"{key!r} of {where or 'it'}")

    def as_number(self, value: Any, what: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"{what} must be a number")
        if not abs(value) < 1e15:
            self.fail(f"{what} is out of range")
        return float(value)


def _load(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path} is larger than {_MAX_BYTES >> 20} MB: not a result of vcn")
        text = path.read_bytes().decode("utf-8-sig")
        document = json.loads(text, parse_constant=_no_constant)
    except FileNotFoundError as error:
        raise DataError(f"there is no result {path}", "Make one with `vcn cluster`.") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or ["nested too deeply"])[0]
        raise DataError(f"{path} is not a result of vcn: {reason}", _HINT) from error
    if not isinstance(document, dict):
        raise DataError(f"{path} is not a result of vcn: it holds no JSON object", _HINT)
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _people_of_tracks(
    read: _Reader, document: Mapping[str, Any], tracks: Sequence[Mapping[str, Any]]
) -> IntArray:
    """The person of each track; `people` and `tracks` must tell the same."""
    person = np.full(len(tracks), UNKNOWN, np.int64)
    for i, track in enumerate(tracks):
        value = read.get(track, "person", f"track {i}")
        if value is not None:
            person[i] = read.as_whole(value, f"'person' of track {i}")
    listed = np.full(len(tracks), UNKNOWN, np.int64)
    for entry in read.list_of_mappings(document, "people"):
        who = read.whole(entry, "id", "a person")
        members = read.get(entry, "tracks", f"person {who}")
        if not isinstance(members, list):
            read.fail(f"'tracks' of person {who} must be a list")
        for member in members:
            index = read.as_whole(member, f"a track of person {who}")
            if index >= len(tracks):
                read.fail(f"person {who} has a track {index} that is not there")
            listed[index] = who
    differ = np.flatnonzero(person != listed)
    if len(differ):
        read.fail(f"'people' and 'tracks' name different people for track {differ[0]}")
    return person


def _names(read: _Reader, document: Mapping[str, Any]) -> dict[int, str]:
    names: dict[int, str] = {}
    for entry in read.list_of_mappings(document, "people"):
        who = read.whole(entry, "id", "a person")
        if who in names:
            read.fail(f"person {who} is listed twice")
        name = entry.get("name")
        names[who] = name if isinstance(name, str) and name.strip() else f"person {who}"
    return names


def _sampled_boxes(
    read: _Reader, track: Mapping[str, Any], where: str
) -> tuple[IntArray, Float64Array]:
    frames: list[int] = []
    boxes: list[list[float]] = []
    for entry in read.list_of_mappings(track, "boxes", where):
        frames.append(read.whole(entry, "frame", f"a box of {where}"))
        xyxy = read.get(entry, "xyxy", f"a box of {where}")
        if not isinstance(xyxy, list) or len(xyxy) != 4:
            read.fail(f"'xyxy' of {where} must have 4 numbers")
        boxes.append([read.as_number(value, f"'xyxy' of {where}") for value in xyxy])
    if not frames or any(b <= a for a, b in pairwise(frames)):
        read.fail(f"the boxes of {where} must be there, in order")
    return np.array(frames, np.int64), np.array(boxes, np.float64)


def _table(
    path: Path,
    document: Mapping[str, Any],
    read: _Reader,
    track_start: IntArray,
    track_stop: IntArray,
) -> tuple[FilmBoxes | None, Float64Array]:
    """The table of boxes ordered by frame, and the times it knows (K, 2)."""
    from vcn.report.boxes import read_boxes

    name = read.text(document, "boxes_file", "")
    if not name or "/" in name or "\\" in name or "\0" in name or name in (".", ".."):
        read.fail("'boxes_file' must be the name of a file in the same folder")
    beside = path.parent / name
    if not beside.exists():
        return None, np.zeros((0, 2))
    boxes = read_boxes(beside)
    n = len(track_start)
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, -1)
    belongs = not len(boxes) or int(boxes.track.max()) < n
    if belongs:
        np.minimum.at(first, boxes.track, boxes.frame)
        np.maximum.at(last, boxes.track, boxes.frame)
        belongs = np.array_equal(first, track_start) and np.array_equal(last + 1, track_stop)
    if not belongs:
        raise DataError(f"{beside} does not belong to {path}: its tracks are others", _HINT)
    order = np.argsort(boxes.frame, kind="stable")
    frame, at = np.unique(boxes.frame, return_index=True)
    table = FilmBoxes(boxes.frame[order], boxes.track[order], boxes.xyxy[order].astype(np.float64))
    return table, np.stack([frame, boxes.seconds[at]], axis=1)


def _increasing(read: _Reader, knots: Float64Array) -> Float64Array:
    """Knots by frame, each frame once; their times must increase with them."""
    _, at = np.unique(knots[:, 0], return_index=True)
    knots = knots[at]
    if len(knots) and (not math.isfinite(knots.sum()) or (np.diff(knots[:, 1]) <= 0).any()):
        read.fail("the times of its frames do not increase")
    return knots if len(knots) else np.zeros((1, 2))


def _by_frame(parts: Sequence[tuple[IntArray, IntArray, Float64Array]]) -> FilmBoxes:
    if not parts:
        return FilmBoxes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4)))
    frame = np.concatenate([part[0] for part in parts])
    order = np.argsort(frame, kind="stable")
    return FilmBoxes(
        frame[order],
        np.concatenate([part[1] for part in parts])[order],
        np.concatenate([part[2] for part in parts])[order],
    )
