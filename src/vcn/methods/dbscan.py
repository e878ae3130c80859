"""DBSCAN on track means (Ester et al., KDD 1996), by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """The tracks of one film, to be joined within any radius."""

    film: TrackFilm
    min_tracks: int

    def at(self, threshold: float) -> Clustering:
        """Clusters are what dense neighbourhoods connect; what is in none stays unknown.

        Args:
            threshold: Radius: Euclidean distance between means of normalised embeddings.
        """
        from sklearn.cluster import DBSCAN

        means, tracks = track_means(self.film)
        if len(tracks) == 0:
            return spread(np.empty(0, np.int64), tracks, self.film.n_tracks)
        model = DBSCAN(eps=threshold, min_samples=self.min_tracks)
        return spread(model.fit_predict(means), tracks, self.film.n_tracks)

    def into(self, n_people: int) -> Clustering:
        """Not possible.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"dbscan cannot be told to find {n_people} people", "Give a threshold")


@dataclass(frozen=True, slots=True)
class Dbscan:
    """DBSCAN, its radius left open: a `vcn.methods.cuts.Cutter`."""

    min_tracks: int
    """Tracks in a dense neighbourhood, itself counted."""
    name: str = "dbscan"

    def compare(self, film: TrackFilm, seed: int) -> Neighbourhoods:  # noqa: ARG002
        """The tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        return Neighbourhoods(film, self.min_tracks)
