"""Log-odds that two looks are one person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vcn.config import EvidenceConfig
from vcn.cues.face import FaceReading, size_bucket
from vcn.equations.design_effect import effective_pairs
from vcn.equations.pair_mixture import PairMixture
from vcn.season.looks import Looks
from vcn.types import Float64Array, FloatArray, IntArray


def clipped(ratio: Float64Array, evidence: EvidenceConfig) -> Float64Array:
    """Log ratios, none larger than one face pair may say."""
    return np.clip(ratio, -evidence.most_ratio, evidence.most_ratio)


@dataclass(frozen=True, slots=True)
class Scale:
    """Log-odds of any two of the L looks."""

    looks: Looks
    mixture: PairMixture
    """With an effect of every look."""
    prior: float
    floor: float
    evidence: EvidenceConfig
    correlation: float = 1.0
    """Of the pairs of looks between two people, see `equations/design_effect.py`."""
    by_film: float = 0.0
    """How much larger the log-odds are of looks that were one person to their film, before their
    faces are compared."""

    @classmethod
    def of(
        cls,
        looks: Looks,
        some: IntArray,
        reading: FaceReading,
        mixture: PairMixture,
        prior: float,
        correlation: float,
        by_film: float,
        evidence: EvidenceConfig,
    ) -> Scale:
        """The scale of all looks, from the reading and the mixture of some of them."""
        pairs = reading.x[np.triu_indices(len(some), 1)]
        floor = float(np.exp(pairs.min(initial=0.0))) if len(pairs) else 1.0
        if len(some) == len(looks):
            return cls(looks, mixture, prior, floor, evidence, correlation, by_film)
        effect = np.zeros(len(looks))
        effect[some] = mixture.track
        rest = np.setdiff1d(np.arange(len(looks)), some)
        for start in range(0, len(rest), len(some)):
            block = rest[start : start + len(some)]
            effect[block] = effects(mixture, looks.take(some), looks.take(block), floor, evidence)
        return cls(
            looks, replace(mixture, track=effect), prior, floor, evidence, correlation, by_film
        )

    def joint(self, mean: Float64Array, pairs: Float64Array | IntArray) -> Float64Array:
        """Log-odds that two groups of looks are one person: all their pairs together.

        Args:
            mean: Of the log-odds of the pairs between them; any shape.
            pairs: Number of these pairs.
        """
        worth = effective_pairs(np.asarray(pairs, np.float64), self.correlation)
        return np.asarray(self.prior + (mean - self.prior) * worth)

    @property
    def least(self) -> float:
        """Mean log-odds from which so many pairs can make two groups one person."""
        return min(self.prior, 0.0) * (1 - self.correlation)

    def odds(self, chosen: IntArray) -> Float64Array:
        """(n, n) of some looks; the diagonal is 0."""
        means, size = self.looks.means[chosen], self.looks.size[chosen]
        x = np.log(np.maximum(distances(means, means), self.floor))
        bucket = size_bucket(size[:, None], size, self.evidence)
        mixture = replace(self.mixture, track=self.mixture.track[chosen])
        odds = clipped(mixture.log_ratio(x, bucket), self.evidence) + self.prior
        own, beside = self.looks.own[chosen], self.looks.beside[chosen]
        known = (beside[:, None] + beside[None, :]) / 2 + self.by_film
        odds += np.where(own[:, None] == own[None, :], known, 0.0)
        np.fill_diagonal(odds, 0)
        return odds

    def pairs(self, first: IntArray, second: IntArray) -> Float64Array:
        """(M,) of M pairs of looks."""
        size, track = self.looks.size, self.mixture.track
        x = logarithms(self.looks, first, second, self.floor)
        bucket = size_bucket(size[first], size[second], self.evidence)
        left = x - self.mixture.strangers - track[first] - track[second]
        odds = clipped(self.mixture.ratio_of(left, bucket), self.evidence) + self.prior
        own, beside = self.looks.own, self.looks.beside
        known = (beside[first] + beside[second]) / 2 + self.by_film
        return odds + np.where(own[first] == own[second], known, 0.0)


def effects(
    mixture: PairMixture, anchors: Looks, others: Looks, floor: float, evidence: EvidenceConfig
) -> Float64Array:
    """(n,) how far looks are from everybody, by their distances from those that were fitted on.

    Args:
        mixture: With the effects of the anchors.
        anchors: F looks.
        others: n looks.
        floor: Least distance.
        evidence: Classes of size.
    """
    means, size = (
        np.concatenate((getattr(anchors, name), getattr(others, name)))
        for name in ("means", "size")
    )
    x = np.log(np.maximum(distances(means, anchors.means), floor))
    bucket = size_bucket(size[:, None], anchors.size, evidence)
    return mixture.extended(x, bucket, np.arange(len(anchors))).track[len(anchors) :]


def logarithms(looks: Looks, first: IntArray, second: IntArray, floor: float) -> Float64Array:
    """(M,) log distances of M pairs of looks."""
    apart = looks.means[first] - looks.means[second]
    half = np.einsum("md,md->m", apart, apart).astype(np.float64) / 2
    return np.asarray(np.log(np.maximum(half, floor)))


def distances(a: FloatArray, b: FloatArray) -> Float64Array:
    """(A, B) half squared distances: the squared `root_excess` of the cosine loss."""
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None]
    return np.asarray(np.maximum(squares - 2 * first @ second.T, 0) / 2)
