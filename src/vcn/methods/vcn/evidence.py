"""The odds that two tracks are one person, from all that the film shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vcn.config import EvidenceConfig
from vcn.cues import Reading
from vcn.cues.face import FaceReading
from vcn.equations.design_effect import correlation_between_people, effective_pairs
from vcn.equations.pair_mixture import PairMixture
from vcn.types import BoolArray, Certain, Float64Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of all pairs of T tracks, and what they are made of."""

    log_odds: FloatArray
    """(T, T) that two tracks are one person, natural logarithm; what is certain is not in it."""
    prior: float
    """Log-odds of two tracks of which nothing is known."""
    parts: dict[str, FloatArray]
    """What each cue adds: (T, T) log ratios by its name. They and `prior` add up to
    `log_odds`."""
    mixtures: tuple[PairMixture, ...]
    """Of the faces."""
    correlation: float = 1.0
    """Of the pairs between two people, see `equations/design_effect.py`."""
    shaping: BoolArray | None = None
    """(T,) tracks that shaped people; the others could only join one. None: all shaped them."""
    different: BoolArray | None = None
    """(T, T) pairs that are certainly two people, where that is known."""

    def joint(self, log_odds: Float64Array, pairs: Float64Array) -> Float64Array:
        """Log-odds that two groups are one person: all their pairs together.

        Args:
            log_odds: Mean log-odds of the pairs between them; any shape.
            pairs: Number of these pairs.
        """
        ratio = log_odds - self.prior
        return np.asarray(self.prior + ratio * effective_pairs(pairs, self.correlation))


def weigh(
    faces: Sequence[tuple[str, FaceReading]],
    readings: Mapping[str, Reading],
    config: EvidenceConfig,
    certain: Certain,
    people: IntArray | None = None,
) -> Evidence:
    """Add up what all cues say of T tracks.

    Faces anchor the rest: their mixture is fitted first; then clothes, hair and whatever else
    learns from the pairs of which faces and threads are sure. Several face models are not
    independent, so that their log ratios are averaged.

    Args:
        faces: Face readings by name; at least one.
        readings: What the other cues saw.
        config: Priors.
        certain: Pairs that are one or two people, whatever cues say.
        people: (T,) people found with this evidence before, -1 = unknown: the mixture believes
            them as much as `config.refine_weight` says, and they tell how much the pairs between
            two people have in common.
    """
    believed = None
    if people is not None:
        known = people >= 0
        believed = (people[:, None] == people[None, :]) & known[:, None] & known[None, :]
    first = faces[0][1].mixture(certain, config, believed)
    mixtures = (
        first,
        *(
            other.anchored(faces[0][1], first, config).mixture(certain, config, believed)
            for _, other in faces[1:]
        ),
    )
    parts: dict[str, FloatArray] = {}
    for (name, reading), mixture in zip(faces, mixtures, strict=True):
        ratio = mixture.log_ratio(reading.x, reading.bucket)
        ratio = np.clip(ratio, -config.most_ratio, config.most_ratio) / len(faces)
        np.fill_diagonal(ratio, 0)
        parts[name] = ratio.astype(np.float32)
    rate = mixtures[0].base_rate
    prior = float(np.log(rate) - np.log1p(-rate))
    none = np.zeros_like(parts[faces[0][0]])
    learning = dict(readings)
    threads = learning.pop("threads", None)
    if threads is not None:  # as sure as a face
        parts["threads"] = threads.weights(none.astype(np.float64), none)
    posterior = _posterior(sum(parts.values(), none) + np.float32(prior), certain)
    sure = (np.maximum(posterior, 1 - posterior) >= config.sure).astype(np.float32)
    for name, seen in learning.items():
        parts[name] = seen.weights(posterior, sure)
    log_odds = sum(parts.values(), none) + np.float32(prior)
    np.fill_diagonal(log_odds, 0)
    correlation = None if people is None else correlation_between_people(log_odds, people)
    if correlation is None:
        correlation = config.correlation
    return Evidence(log_odds, prior, parts, mixtures, max(correlation, config.least_correlation))


def _posterior(log_odds: FloatArray, certain: Certain) -> Float64Array:
    posterior = expit(log_odds.astype(np.float64))
    posterior[certain.different] = 0
    posterior[certain.same] = 1
    return np.asarray(posterior)
