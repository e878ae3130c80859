"""Clustering methods behind one protocol: from the crops of a film to its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vcn.errors import DataError
from vcn.types import Clustering, Crops, Embeddings, IntArray


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
    name: str = ""

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
        if self.cannot_link is not None:
            pairs = np.asarray(self.cannot_link, dtype=np.int64).reshape(-1, 2)
            if len(pairs) and (pairs.min() < 0 or pairs.max() >= self.n_tracks):
                raise DataError(f"cannot_link must hold tracks from 0 to {self.n_tracks - 1}")
            pairs.flags.writeable = False
            object.__setattr__(self, "cannot_link", pairs)


class Method(Protocol):
    """A clusterer of tracks. The same film and seed give the same result."""

    @property
    def name(self) -> str:
        """Short name, as in the benchmark's tables."""
        ...

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`."""
        ...
