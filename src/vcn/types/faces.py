"""Faces followed through shots, their crops, quality and embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import BoolArray, FloatArray, ImageArray, IntArray, frozen, set_fields


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
    given: str | None = None
    """Its id in the file of tracks that the user gave; None: it is our own track."""

    def __post_init__(self) -> None:
        frame = frozen(self.frame, "frame", (None,), np.int64)
        n = len(frame)
        if n == 0:
            raise DataError("a track needs at least one frame")
        if frame[0] < 0 or (np.diff(frame) <= 0).any():
            raise DataError("the frames of a track must increase strictly from 0 or more")
        xyxy = frozen(self.xyxy, "xyxy", (n, 4), np.float32)
        if ((xyxy[:, 2:] - xyxy[:, :2]) <= 0).any():
            raise DataError("each box needs x2 > x1 and y2 > y1")
        set_fields(
            self,
            frame=frame,
            xyxy=xyxy,
            score=frozen(self.score, "score", (n,), np.float32),
            observed=frozen(self.observed, "observed", (n,), np.bool_),
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
    """(N,) measure of focus; larger is sharper (see stages/crops.py)."""
    score: FloatArray
    """(N,) confidence of the detector."""
    landmarks: FloatArray | None = None
    """(N, 5, 2) displayed pixels of the film, in the order of `Detections.landmarks`; None
    where only the aligned pictures are known."""
    around: ImageArray | None = None
    """(N, H, W, 3) RGB of the hair and the torso around each face (video/surround.py); None
    where they are not known; may be a memory map."""
    inside: FloatArray | None = None
    """(N, 4) the part of `around` that lies in the picture: x1, y1, x2, y2 in [0, 1]."""
    bodies: ImageArray | None = None
    """(N, H, W, 3) RGB of the person below each face (video/person.py); None where no model
    looks at them; may be a memory map."""

    def __post_init__(self) -> None:
        track_index = frozen(self.track_index, "track_index", (None,), np.int64)
        n = len(track_index)
        if n and (track_index[0] < 0 or (np.diff(track_index) < 0).any()):
            raise DataError("track_index must be non-negative and must not decrease")
        images = self.images
        if images.ndim != 4 or images.shape[0] != n or images.shape[3] != 3:
            raise DataError(f"images must have shape ({n}, S, S, 3), got {images.shape}")
        if images.shape[1] != images.shape[2] or images.dtype != np.uint8:
            raise DataError(f"images must be square uint8, got {images.shape} {images.dtype}")
        set_fields(
            self,
            track_index=track_index,
            frame=frozen(self.frame, "frame", (n,), np.int64),
            size=frozen(self.size, "size", (n,), np.float32),
            sharpness=frozen(self.sharpness, "sharpness", (n,), np.float32),
            score=frozen(self.score, "score", (n,), np.float32),
        )
        if self.landmarks is not None:
            landmarks = frozen(self.landmarks, "landmarks", (n, 5, 2), np.float32)
            set_fields(self, landmarks=landmarks)
        if self.inside is not None:
            set_fields(self, inside=frozen(self.inside, "inside", (n, 4), np.float32))
        if (self.around is None) != (self.inside is None) or (
            self.around is not None and len(self.around) != n
        ):
            raise DataError(f"around and inside must both have {n} rows, or be unknown")
        if self.bodies is not None and len(self.bodies) != n:
            raise DataError(f"bodies must have {n} rows, got {len(self.bodies)}")

    def __len__(self) -> int:
        return len(self.track_index)


class Reason(StrEnum):
    """Why a track is in the unknown group."""

    too_small = "too_small"
    blurred = "blurred"
    low_ser_fiq = "low_ser_fiq"
    too_short = "too_short"
    not_a_face = "not_a_face"
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
        set_fields(
            self,
            crop_ok=frozen(self.crop_ok, "crop_ok", (None,), np.bool_),
            track_score=frozen(self.track_score, "track_score", (len(self.reason),), np.float32),
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
        values = frozen(self.values, "embeddings", (None, None), np.float32)
        track_index = frozen(self.track_index, "track_index", (len(values),), np.int64)
        if len(values) and (track_index[0] < 0 or (np.diff(track_index) < 0).any()):
            raise DataError("track_index must be non-negative and must not decrease")
        if self.normalised and len(values):
            length = np.linalg.norm(values, axis=1)
            if np.abs(length - 1).max() > 1e-3:
                raise DataError("embeddings said to be normalised do not have length 1")
        if self.n_parts < 1 or values.shape[1] % self.n_parts:
            raise DataError(f"{values.shape[1]} values are not {self.n_parts} equal parts")
        set_fields(self, values=values, track_index=track_index)

    def __len__(self) -> int:
        return len(self.values)
