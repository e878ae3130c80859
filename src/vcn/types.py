"""The values that flow through vcn: frozen, validated once, then trusted.

Arrays are stored read-only. Shapes use N = faces or crops, T = tracks, F = frames
of the film, D = embedding width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from vcn.errors import DataError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
Float64Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ImageArray = NDArray[np.uint8]

UNKNOWN = -1
"""The label of a track whose person is not known (paper Eq. 1: d = -1)."""


def _frozen(
    values: ArrayLike, name: str, shape: tuple[int | None, ...], dtype: DTypeLike
) -> NDArray[Any]:
    """A read-only array of `dtype` whose shape matches (None = any length)."""
    array = np.asarray(values, dtype=dtype)
    if array.ndim != len(shape) or any(
        want is not None and want != got for want, got in zip(shape, array.shape, strict=True)
    ):
        wanted = tuple("any" if n is None else n for n in shape)
        raise DataError(f"{name} must have shape {wanted}, got {array.shape}")
    if array.dtype.kind == "f" and not bool(np.isfinite(array).all()):
        raise DataError(f"{name} must be finite")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def _set(owner: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(owner, name, value)


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
        pts = _frozen(self.pts, "pts", (None,), np.int64)
        if len(pts) and (np.diff(pts) <= 0).any():
            raise DataError("pts must increase strictly")
        if len(pts) and self.end_pts <= int(pts[-1]):
            raise DataError("end_pts must lie after the last pts")
        if self.time_base <= 0:
            raise DataError(f"a time base must be positive, got {self.time_base}")
        _set(self, pts=pts)

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


@dataclass(frozen=True, slots=True)
class Track:
    """One face followed through one shot."""

    id: int
    """Our own number: position in the film's list of tracks."""
    shot: int
    """Index of the shot."""
    frame: IntArray
    """(n,) strictly increasing; every frame from the first to the last."""
    xyxy: FloatArray
    """(n, 4) displayed pixels."""
    score: FloatArray
    """(n,) detector confidence; 0 where the box was interpolated."""
    observed: BoolArray
    """(n,) True where the detector saw the face, False where it was interpolated."""

    def __post_init__(self) -> None:
        frame = _frozen(self.frame, "frame", (None,), np.int64)
        n = len(frame)
        if n == 0:
            raise DataError("a track needs at least one frame")
        if frame[0] < 0 or (np.diff(frame) <= 0).any():
            raise DataError("the frames of a track must increase strictly from 0 or more")
        xyxy = _frozen(self.xyxy, "xyxy", (n, 4), np.float32)
        if ((xyxy[:, 2:] - xyxy[:, :2]) <= 0).any():
            raise DataError("each box needs x2 > x1 and y2 > y1")
        _set(
            self,
            frame=frame,
            xyxy=xyxy,
            score=_frozen(self.score, "score", (n,), np.float32),
            observed=_frozen(self.observed, "observed", (n,), np.bool_),
        )

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, slots=True)
class Crops:
    """Aligned face crops, ordered by track, then by frame."""

    images: ImageArray
    """(N, S, S, 3) RGB, aligned to the pack's template; may be a memory map."""
    track_index: IntArray
    """(N,) position of the track in the film's list, not decreasing."""
    frame: IntArray
    """(N,) index of the frame."""
    size: FloatArray
    """(N,) side in source pixels: the square root of the box's area."""
    sharpness: FloatArray
    """(N,) measure of focus; larger is sharper (see stages/quality.py)."""
    score: FloatArray
    """(N,) confidence of the detector."""

    def __post_init__(self) -> None:
        track_index = _frozen(self.track_index, "track_index", (None,), np.int64)
        n = len(track_index)
        if n and (track_index[0] < 0 or (np.diff(track_index) < 0).any()):
            raise DataError("track_index must be non-negative and must not decrease")
        images = self.images
        if images.ndim != 4 or images.shape[0] != n or images.shape[3] != 3:
            raise DataError(f"images must have shape ({n}, S, S, 3), got {images.shape}")
        if images.shape[1] != images.shape[2] or images.dtype != np.uint8:
            raise DataError(f"images must be square uint8, got {images.shape} {images.dtype}")
        _set(
            self,
            track_index=track_index,
            frame=_frozen(self.frame, "frame", (n,), np.int64),
            size=_frozen(self.size, "size", (n,), np.float32),
            sharpness=_frozen(self.sharpness, "sharpness", (n,), np.float32),
            score=_frozen(self.score, "score", (n,), np.float32),
        )

    def __len__(self) -> int:
        return len(self.track_index)


class Reason(StrEnum):
    """Why a track is in the unknown group."""

    too_small = "too_small"
    blurred = "blurred"
    low_ser_fiq = "low_ser_fiq"
    too_short = "too_short"
    uncertain = "uncertain"


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of crops and tracks. Rejection is a mask and a reason, never deletion."""

    crop_ok: BoolArray
    """(N,) crops that may be used for adaptation and clustering."""
    track_score: FloatArray
    """(T,) mean SER-FIQ score of the track's usable crops in [0, 1]; 0 where none."""
    reason: tuple[Reason | None, ...]
    """(T,) why the track is rejected, None where it is accepted."""

    def __post_init__(self) -> None:
        _set(
            self,
            crop_ok=_frozen(self.crop_ok, "crop_ok", (None,), np.bool_),
            track_score=_frozen(self.track_score, "track_score", (len(self.reason),), np.float32),
        )

    @property
    def track_ok(self) -> BoolArray:
        """(T,) tracks that are accepted."""
        return np.array([reason is None for reason in self.reason], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Embeddings of crops, ordered by track."""

    values: FloatArray
    """(N, D)."""
    track_index: IntArray
    """(N,) not decreasing."""
    normalised: bool
    """True when each row has length 1."""
    n_parts: int = 1
    """A row is that many parts of equal width, one after the other, that are adapted by
    heads of their own: the class and patch tokens of a transformer."""

    def __post_init__(self) -> None:
        values = _frozen(self.values, "embeddings", (None, None), np.float32)
        track_index = _frozen(self.track_index, "track_index", (len(values),), np.int64)
        if len(values) and (track_index[0] < 0 or (np.diff(track_index) < 0).any()):
            raise DataError("track_index must be non-negative and must not decrease")
        if self.normalised and len(values):
            length = np.linalg.norm(values, axis=1)
            if np.abs(length - 1).max() > 1e-3:
                raise DataError("embeddings said to be normalised do not have length 1")
        if self.n_parts < 1 or values.shape[1] % self.n_parts:
            raise DataError(f"{values.shape[1]} values are not {self.n_parts} equal parts")
        _set(self, values=values, track_index=track_index)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class LossMetric:
    """The metric that adaptation learned: read-only once adaptation ends.

    The loss of a pair is Eq. 2 of the paper, of the teacher's output for one crop
    and the student's output for the other, averaged over both orders, all heads and the
    parts of the embedding (`Embeddings.n_parts`).
    """

    mode: str
    """`head`, `full` or `off`."""
    student: Mapping[str, NDArray[np.float32]]
    """State of the student: heads, and the base model in full mode."""
    teacher: Mapping[str, NDArray[np.float32]]
    centre: FloatArray
    """(heads, D) rolling mean of the teacher's outputs."""
    teacher_temperature: float
    student_temperature: float
    input_mean: FloatArray
    """(D,) of base embeddings over the film; the head's input is standardised."""
    input_std: FloatArray
    """(D,) positive."""

    def __post_init__(self) -> None:
        if self.mode not in ("head", "full", "off"):
            raise DataError(f"mode must be head, full or off, got {self.mode!r}")
        if min(self.teacher_temperature, self.student_temperature) <= 0:
            raise DataError("temperatures must be positive")
        input_mean = _frozen(self.input_mean, "input_mean", (None,), np.float32)
        input_std = _frozen(self.input_std, "input_std", (len(input_mean),), np.float32)
        if (input_std <= 0).any():
            raise DataError("input_std must be positive")
        _set(
            self,
            centre=_frozen(self.centre, "centre", (None, None), np.float32),
            input_mean=input_mean,
            input_std=input_std,
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge of two clusters, for the history of a clustering."""

    round: int
    """Round of Algorithm 1, from 1."""
    first: int
    """A track of one cluster."""
    second: int
    """A track of the other cluster."""
    loss: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Clustering:
    """Which tracks are the same person."""

    labels: IntArray
    """(T,) numbered by first appearance from 0; -1 = unknown."""
    history: tuple[Merge, ...] = ()

    def __post_init__(self) -> None:
        labels = _frozen(self.labels, "labels", (None,), np.int64)
        if len(labels) and labels.min() < UNKNOWN:
            raise DataError(f"labels must be -1 or more, got {labels.min()}")
        known = labels[labels >= 0]
        _, first = np.unique(known, return_index=True)
        if not np.array_equal(known[np.sort(first)], np.arange(len(first))):
            raise DataError("labels must be numbered by first appearance")
        _set(self, labels=labels)

    @property
    def n_clusters(self) -> int:
        """Number of people, the unknown group not counted."""
        return int(self.labels.max(initial=-1)) + 1

    @classmethod
    def from_labels(cls, labels: ArrayLike, history: tuple[Merge, ...] = ()) -> Clustering:
        """Renumber any labels by first appearance; negative ones become -1."""
        given = np.asarray(labels, dtype=np.int64)
        out = np.full(given.shape, UNKNOWN, dtype=np.int64)
        known = given >= 0
        _, first, inverse = np.unique(given[known], return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        out[known] = rank[inverse]
        return cls(out, history)


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What made a result: enough to make it again. It is in every output."""

    schema_version: str
    vcn_version: str
    config: Mapping[str, Any]
    """The whole RunConfig."""
    seed: int
    video: Mapping[str, Any]
    """Path, content hash, size in bytes and VideoInfo."""
    packs: tuple[Mapping[str, Any], ...]
    """Name, licence, commercial use, and sha256 of each file."""
    versions: Mapping[str, str]
    device: Mapping[str, str]
    adapt_mode: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Counted on the way: co-occurring pairs, corrupt packets, ..."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds for each stage; the only part that differs between equal runs."""


@dataclass(frozen=True, slots=True)
class FilmResult:
    """Everything that one run found out about one film."""

    video: VideoInfo
    timeline: Timeline
    shots: tuple[Shot, ...]
    tracks: tuple[Track, ...]
    quality: Quality
    clustering: Clustering
    thumbnails: ImageArray
    """(T, S, S, 3) RGB: the best crop of each track."""
    thumbnail_frame: IntArray
    """(T,) the frame that each thumbnail was taken from."""
    manifest: RunManifest

    def __post_init__(self) -> None:
        n = len(self.tracks)
        check_shots(self.shots, len(self.timeline))
        if [track.id for track in self.tracks] != list(range(n)):
            raise DataError("the id of each track must be its position")
        for name, size in (
            ("clustering", len(self.clustering.labels)),
            ("quality", len(self.quality.reason)),
            ("thumbnails", len(self.thumbnails)),
        ):
            if size != n:
                raise DataError(f"{name} must have one row for each of {n} tracks, got {size}")
        for track in self.tracks:
            shot = self.shots[track.shot]
            if track.frame[0] < shot.start or track.frame[-1] >= shot.stop:
                raise DataError(f"track {track.id} leaves its shot {shot.index}")
        _set(self, thumbnail_frame=_frozen(self.thumbnail_frame, "thumbnail_frame", (n,), np.int64))
