"""Clustering methods behind one protocol: from the crops of a film to its people."""

from __future__ import annotations

from typing import Protocol

from vcn.types import Clustering, TrackFilm

__all__ = ["Method", "TrackFilm"]


class Method(Protocol):
    """A clusterer of tracks. The same film and seed give the same result."""

    @property
    def name(self) -> str:
        """Short name, as in the benchmark's tables."""
        ...

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`."""
        ...
