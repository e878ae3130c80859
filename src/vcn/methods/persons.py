"""People by face, body and voice: what a method may know of such a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vcn.errors import DataError
from vcn.types import BoolArray, Clustering, Embeddings, FloatArray, IntArray

MODALITIES = ("face", "body", "voice")


@dataclass(frozen=True, slots=True)
class PersonFilm:
    """Tracks of people. The truth is not in it, on purpose.

    A track may lack any modality: a face that is turned away, a body out of the picture,
    a voice that is silent.
    """

    face: Embeddings
    """(N, D) in order of tracks, of length 1 or not."""
    body: Embeddings
    voice: Embeddings
    """One row an utterance."""
    shot: IntArray
    """(T,) the shot of each track."""
    cannot_link: IntArray
    """(M, 2) pairs of tracks that share a frame."""
    name: str = ""

    def __post_init__(self) -> None:
        for modality in MODALITIES:
            index = self.of(modality).track_index
            if len(index) and int(index[-1]) >= len(self.shot):
                raise DataError(f"the {modality} clues of {self.name} name a track too many")

    @property
    def n_tracks(self) -> int:
        """Number of tracks T."""
        return len(self.shot)

    def of(self, modality: str) -> Embeddings:
        """The clues of one modality."""
        found: Embeddings = getattr(self, modality)
        return found

    def means(self, modality: str) -> tuple[FloatArray, BoolArray]:
        """The mean clue of each track, and which tracks have one.

        Returns:
            (T, D) of length 1, zero where there is none; (T,).
        """
        clues = self.of(modality)
        rows = unit(clues.values)
        out = np.zeros((self.n_tracks, rows.shape[1]), np.float32)
        np.add.at(out, clues.track_index, rows)
        has = np.zeros(self.n_tracks, np.bool_)
        has[clues.track_index] = True
        return unit(out), has


class PersonMethod(Protocol):
    """A clusterer of tracks of people. The same film and seed give the same result."""

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        ...

    def __call__(self, film: PersonFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`."""
        ...


def unit(values: FloatArray) -> FloatArray:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    out: FloatArray = (values / np.where(length > 0, length, 1)).astype(np.float32)
    return out
