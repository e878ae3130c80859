"""DBSCAN on track means (Ester et al., KDD 1996), by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.methods import TrackFilm
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering


@dataclass(frozen=True, slots=True)
class Dbscan:
    """Clusters are what dense neighbourhoods connect; what is in none stays unknown."""

    radius: float
    """Euclidean distance between means of normalised embeddings."""
    min_tracks: int
    """Tracks in a dense neighbourhood, itself counted."""
    name: str = "dbscan"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        from sklearn.cluster import DBSCAN

        means, tracks = track_means(film)
        if len(tracks) == 0:
            return spread(np.empty(0, np.int64), tracks, film.n_tracks)
        model = DBSCAN(eps=self.radius, min_samples=self.min_tracks)
        return spread(model.fit_predict(means), tracks, film.n_tracks)
