"""Faces: the distance of two tracks under a model, and the context in which it was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from vcn.config import EvidenceConfig
from vcn.equations.closed_form import Profiles, root_excess
from vcn.equations.pair_mixture import PairMixture, PairPrior, fit_pair_mixture
from vcn.types import BoolArray, Certain, Float64Array, IntArray, TrackFilm

_ROUNDING = 1e-6
"""What single precision leaves of the distance of two copies."""
_EQUAL = 1e-4
"""Least distance, as a share of the largest: copies of one picture."""


@dataclass(frozen=True, slots=True)
class FaceReading:
    """Log distances of faces; T tracks, B buckets of pairs."""

    x: Float64Array
    """(T, T)."""
    bucket: IntArray
    """(T, T)."""
    prior: PairPrior
    kinds: tuple[float, ...]
    """Kinds of film, by the share of pairs that are one person: the distances decide."""

    def mixture(
        self,
        certain: Certain,
        config: EvidenceConfig,
        believed: BoolArray | None = None,
    ) -> PairMixture:
        """What the distances mean in this film, see `equations/pair_mixture.py`.

        Args:
            certain: Pairs that are one or two people, whatever the faces say.
            config: Priors; how many tracks the fit may use.
            believed: (T, T) pairs that were one person when this was asked before.
        """
        n = len(self.x)
        chosen = np.arange(n)
        if n > config.fit_tracks:
            chosen = np.linspace(0, n - 1, config.fit_tracks).round().astype(np.int64)
        part = np.ix_(chosen, chosen)
        copies = (self.x <= math.log(_ROUNDING)) & ~certain.different
        fit = fit_pair_mixture(
            self.x[part],
            self.bucket[part],
            self.prior,
            different=certain.different[part],
            same=(certain.same | copies)[part],
            believed=None if believed is None else believed[part].astype(np.float64),
            trust=config.refine_weight,
            start_rates=self.kinds,
            rounds=config.rounds,
        )
        if len(chosen) == n:
            return fit
        return fit.extended(self.x[:, chosen], self.bucket[:, chosen], chosen)

    def anchored(self, other: FaceReading, fit: PairMixture, config: EvidenceConfig) -> FaceReading:
        """The reading with strangers where another one of the same tracks found them.

        The loss metric has a scale of its own; that most tracks are nearer than strangers are,
        as in a film of one person, only the base model can tell.
        """
        pairs = np.triu_indices(len(self.x), 1)
        if len(pairs[0]) == 0:
            return self
        shift = float(self.x[pairs].mean() - other.x[pairs].mean())
        prior = replace(
            self.prior, strangers=fit.strangers + shift, strangers_sd=config.strangers_sd
        )
        return replace(self, prior=prior, kinds=(fit.start_rate,))


def read_faces(
    profiles: Profiles,
    sizes: Float64Array,
    impostor_cosine: float | None,
    config: EvidenceConfig,
    *,
    one_person: bool = False,
) -> FaceReading:
    """Distances of T tracks under the base model or the adapted loss metric.

    Args:
        profiles: Of T tracks; the squared `root_excess` is the distance: half of one minus the
            cosine for the base model, what two tracks lose with each other for Eq. 2.
        sizes: (T,) side of the faces in pixels.
        impostor_cosine: Mean cosine of photographs of strangers; None: not known, and for the
            loss metric, whose scale the film alone can tell.
        config: Priors.
        one_person: Without `impostor_cosine`: something else said that all are one person.
    """
    distance = root_excess(profiles.loss()) ** 2
    x = np.log(np.maximum(distance, max(_EQUAL * float(distance.max(initial=0)), _ROUNDING)))
    if impostor_cosine is None:
        pairs = x[np.triu_indices(len(x), 1)]
        strangers = float(np.median(pairs)) if len(pairs) else 0.0
        spread = config.strangers_unknown_sd
        if len(pairs) and one_person:
            strangers = float(pairs.max()) + config.nearer[-1]
            spread = config.strangers_sd
    else:
        strangers = math.log(config.stranger_share * max(1 - impostor_cosine, _EQUAL))
        spread = config.strangers_sd
    smaller, _ = np.triu_indices(len(config.nearer))
    prior = PairPrior(
        strangers,
        spread,
        config.track_sd,
        config.stranger_scale,
        config.freedom,
        tuple(-value for value in config.strangers_nearer),
        config.strangers_nearer_sd,
        tuple(-config.nearer[k] for k in smaller.tolist()),
        config.same_sd,
        config.prior_pairs,
        config.scale_tracks,
        config.rate_weight,
    )
    kinds = config.start_rates
    if impostor_cosine is None and not one_person:  # where strangers are is not known
        kinds = (min(kinds),)
    return FaceReading(x, size_bucket(sizes[:, None], sizes, config), prior, kinds)


def size_bucket(first: Float64Array, second: Float64Array, config: EvidenceConfig) -> IntArray:
    """Buckets of pairs, by the classes of their smaller and their larger face.

    Args:
        first: Sides of the faces in pixels.
        second: Those of the other faces; the shapes go together.
        config: Where the C classes of size begin.

    Returns:
        The place of (smaller, larger) among (0, 0), (0, 1) to (C - 1, C - 1), as
        `numpy.triu_indices` has them; of that shape.
    """
    edges = np.array(config.size_edges)
    low = np.searchsorted(edges, np.minimum(first, second), side="right")
    high = np.searchsorted(edges, np.maximum(first, second), side="right")
    return np.asarray(low * (2 * len(edges) + 1 - low) // 2 + high, np.int64)


def face_sizes(film: TrackFilm) -> Float64Array:
    """(T,) median side of a track's face in pixels; large where it is not known."""
    size = np.full(film.n_tracks, np.inf)
    if film.crops is None or len(film.crops) == 0:
        return size
    index = film.crops.track_index
    edges = np.flatnonzero(np.diff(index)) + 1
    for rows in np.split(np.arange(len(index)), edges):
        size[index[rows[0]]] = float(np.median(film.crops.size[rows]))
    return size
