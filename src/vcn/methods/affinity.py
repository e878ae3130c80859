"""Affinity propagation on track means (Frey & Dueck, Science 2007), by scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from vcn.methods import TrackFilm
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering


@dataclass(frozen=True, slots=True)
class AffinityPropagation:
    """Exemplars chosen by messages; needs no threshold and no number of people.

    Similarity is minus the squared Euclidean distance, the preference its median (the
    paper's "moderate number of clusters").
    """

    damping: float
    """Share of each message that is kept from the round before."""
    max_rounds: int
    name: str = "affinity"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`; `seed` breaks ties between exemplars.

        Where the messages do not settle, every track is unknown.
        """
        from sklearn.cluster import AffinityPropagation as Propagation
        from sklearn.exceptions import ConvergenceWarning

        means, tracks = track_means(film)
        if len(np.unique(means, axis=0)) < 2:
            return spread(np.zeros(len(tracks), np.int64), tracks, film.n_tracks)
        model = Propagation(damping=self.damping, max_iter=self.max_rounds, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            # Tracks that are all equally unlike each other: any answer is as good.
            warnings.filterwarnings("ignore", "All samples have mutually equal similarities")
            labels = model.fit_predict(means)
        return spread(labels, tracks, film.n_tracks)
