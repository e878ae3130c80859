"""Clustering by what MvCorr or ImpTriplet make of the tracks (Multi-Face 4.4)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import torch

from vcn.config.learned import MultiFaceConfig
from vcn.equations.tracklets import unit_rows
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.methods.hac import spread, track_means
from vcn.methods.merges import Merges
from vcn.methods.multiface.train import LEAST, fit, n_examples, net_of
from vcn.methods.trackset import of_film
from vcn.types import Clustering, Float64Array, IntArray
from vcn.weights.learned import Learned


@dataclass(frozen=True, slots=True)
class MultiFace:
    """Ward's linkage of adapted track means, to be told the number of people.

    The linkage and that a mean is embedded, not the mean of what was embedded, are our
    choice: the paper says neither, and it trains on means.
    """

    system: str
    """`mvcorr` or `imptriplet`."""
    learned: Learned | None = None
    """Trained on other films (`pretrained`); None: on the film itself (`per_film`), which
    is ours and not comparable with the paper's numbers."""
    config: MultiFaceConfig = field(default_factory=MultiFaceConfig)
    name: str = "mvcorr"

    def embed(self, film: TrackFilm, seed: int) -> tuple[Float64Array, IntArray]:
        """(K, W) embeddings of the tracks that have crops, and (K,) which they are.

        A film with too little to learn from is left as it is: unit means of its features.

        Raises:
            DataError: The features do not fit.
        """
        means, tracks = track_means(film, normalise=False)
        if not len(means):
            return means, tracks
        if not np.isfinite(means).all():
            raise DataError(f"the features of {film.name or 'the film'} are not finite")
        unit, learned = unit_rows(means), self.learned
        if learned is None:
            own, _ = of_film(film)
            if n_examples(own, self.system, self.config) < LEAST:
                return unit, tracks
            learned = fit(own, self.system, self.config, seed)
        learned.check_width(means.shape[1])
        with torch.inference_mode():
            adapted = net_of(learned)(torch.from_numpy(unit.astype(np.float32)))
        return adapted.double().numpy(), tracks

    def compare(self, film: TrackFilm, seed: int) -> Merges:
        """The tree of merges of a film."""
        points, tracks = self.embed(film, seed)
        return Merges(points, tracks, film.n_tracks, "ward")


@dataclass(frozen=True, slots=True)
class MultiFaceExemplars:
    """Affinity propagation on adapted track means; finds the number of people itself."""

    inner: MultiFace
    name: str = "mvcorr-ap"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`; where the messages do not settle all are unknown."""
        from sklearn.cluster import AffinityPropagation
        from sklearn.exceptions import ConvergenceWarning

        points, tracks = self.inner.embed(film, seed)
        if len(np.unique(points, axis=0)) < 2:
            return spread(np.zeros(len(tracks), np.int64), tracks, film.n_tracks)
        config = self.inner.config
        model = AffinityPropagation(
            damping=config.ap_damping, max_iter=config.ap_rounds, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", "All samples have mutually equal similarities")
            labels = model.fit_predict(points)
        return spread(labels, tracks, film.n_tracks)
