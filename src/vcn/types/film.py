"""What a clustering method may know of a film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import BoolArray, FloatArray, IntArray, frozen
from vcn.types.faces import Crops, Embeddings
from vcn.types.setting import Setting

_TRACK_FIELDS = {"cannot_link": 2, "certain_same": 2, "certain_different": 2, "not_faces": 1}
"""Fields of `TrackFilm` that hold tracks, and how many in a row."""


@dataclass(frozen=True, slots=True)
class Certain:
    """What is known of pairs of T tracks, whatever cues say."""

    different: BoolArray
    """(T, T) two people."""
    same: BoolArray
    """(T, T) one person."""


@dataclass(frozen=True, slots=True)
class TrackFilm:
    """What a method may know of a film. The truth is not in it, on purpose."""

    embeddings: Embeddings
    """(N, D) of the base model, one row a crop, ordered by track."""
    n_tracks: int
    """Number of tracks T; a track may have no crop at all."""
    crops: Crops | None = None
    """The pictures of the same N crops, for views and for full mode; None: only
    features are known."""
    cannot_link: IntArray | None = None
    """(M, 2) pairs of tracks that share a frame; None: not known."""
    impostor_cosine: float | None = None
    """Mean cosine of photographs of different people under the base model; None: not
    known."""
    margin_loss: bool = True
    """Whether the base model was trained with a margin loss, as `FaceModelSpec` has it."""
    name: str = ""
    setting: Setting | None = None
    """Where and when the tracks are; None: not known."""
    certain_same: IntArray | None = None
    """(M, 2) pairs of tracks that a person said to be one person."""
    certain_different: IntArray | None = None
    """(M, 2) pairs of tracks that a person said to be two people."""
    not_faces: IntArray | None = None
    """(K,) tracks that a person said to be no face."""
    bodies: FloatArray | None = None
    """(T, B) a feature of each track's body, zeros where there is none; None: not known."""
    voices: FloatArray | None = None
    """(T, V) the voice of each track, of length 1, zeros where too little is heard of it;
    None: nobody is heard."""

    def __post_init__(self) -> None:
        n = len(self.embeddings)
        if n and int(self.embeddings.track_index[-1]) >= self.n_tracks:
            raise DataError(
                f"track_index must be below n_tracks={self.n_tracks}, "
                f"got {int(self.embeddings.track_index[-1])}"
            )
        if self.crops is not None and not np.array_equal(
            self.crops.track_index, self.embeddings.track_index
        ):
            raise DataError("crops and embeddings must have the same track_index")
        if self.setting is not None and len(self.setting.shot) != self.n_tracks:
            raise DataError(
                f"the setting must be of {self.n_tracks} tracks, got {len(self.setting.shot)}"
            )
        for name in ("bodies", "voices"):
            rows = getattr(self, name)
            if rows is not None:
                rows = frozen(rows, name, (self.n_tracks, None), np.float32)
                object.__setattr__(self, name, rows)
        for name, width in _TRACK_FIELDS.items():
            given = getattr(self, name)
            if given is None:
                continue
            tracks = np.array(given, dtype=np.int64).reshape(-1, *([width] if width > 1 else []))
            if tracks.size and (tracks.min() < 0 or tracks.max() >= self.n_tracks):
                raise DataError(f"{name} must hold tracks from 0 to {self.n_tracks - 1}")
            tracks.flags.writeable = False
            object.__setattr__(self, name, tracks)
