"""Where the face of a track becomes another one: a mixture of two kinds of neighbours.

Of two neighbouring crops of a track two things are seen: how far apart the face model
puts them, d = sqrt(1 - cosine), and how unlike they look, u. Either they show one face,
then the roots of d and u, whose tails are nearest to normal ones, have a mean and
covariance that are the film's own; or two, then d is about the distance of strangers and u
that of unrelated pictures, or more. Mean,
covariance and the share of changes are found without labels by expectation-maximisation
(Dempster, Laird and Rubin 1977) from a prior that counts as a few neighbours; the odds of
a change follow from Bayes' rule, as in record linkage (Fellegi and Sunter 1969).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vcn.types import Float64Array

_ROUNDS = 60
"""EM is at rest after some 20 rounds on every film looked at."""
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Kinds:
    """What neighbours of one face and of two are like before a film is seen."""

    same_mean: Float64Array
    """(2,) of the roots of d and u."""
    same_deviation: Float64Array
    """(2,)."""
    change_mean: Float64Array
    """(2,)."""
    change_deviation: Float64Array
    """(2,)."""
    weight: float
    """Neighbours as which the prior of the same face counts."""
    changes: float
    """Changes among `neighbours`, before any is seen."""
    neighbours: float


@dataclass(frozen=True, slots=True)
class Changes:
    """The odds that two neighbouring crops of a track show two people, in one film."""

    mean: Float64Array
    """(2,) of neighbours of one face."""
    covariance: Float64Array
    """(2, 2)."""
    share: float
    """Of neighbours that are two people."""
    kinds: Kinds

    def log_odds(self, seen: Float64Array) -> Float64Array:
        """Natural log-odds of a change.

        Args:
            seen: (n, 2) the roots of d and u.

        Returns:
            (n,).
        """
        one, two = self._densities(seen)
        return np.asarray(np.log(two) - np.log(one))

    def no_more_than_before(self) -> Changes:
        """The same, with at most as many changes as there were thought to be beforehand.

        In a film of poor faces the tails of one face are taken for changes, hundreds of them.
        """
        return replace(self, share=min(self.share, self.kinds.changes / self.kinds.neighbours))

    def _densities(self, seen: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Of the same face and of a change, each times its share."""
        kinds = self.kinds
        z = np.linalg.solve(np.linalg.cholesky(self.covariance), (seen - self.mean).T)
        one = np.exp(-0.5 * (z**2).sum(axis=0)) / np.sqrt(np.linalg.det(self.covariance))
        # Farther than strangers is no less a stranger.
        short = np.minimum(seen - kinds.change_mean, 0) / kinds.change_deviation
        two = np.exp(-0.5 * (short**2).sum(axis=1)) / kinds.change_deviation.prod()
        return (1 - self.share) * one + _TINY, self.share * two + _TINY


def fit_changes(seen: Float64Array, kinds: Kinds) -> Changes:
    """Learn what neighbours of one face are like in a film, and how many are of two.

    Args:
        seen: (n, 2) the roots of d and u of all neighbours; n may be 0.
        kinds: Where to begin.
    """
    scatter = np.diag(kinds.same_deviation**2) * kinds.weight
    found = Changes(
        kinds.same_mean, scatter / kinds.weight, kinds.changes / kinds.neighbours, kinds
    )
    for _ in range(_ROUNDS):
        one, two = found._densities(seen)
        same = one / (one + two)  # (n,)
        total = kinds.weight + same.sum()
        mean = (kinds.weight * kinds.same_mean + same @ seen) / total
        off = seen - mean
        covariance = (scatter + (same[:, None] * off).T @ off) / total
        share = (kinds.changes + (1 - same).sum()) / (kinds.neighbours + len(seen))
        found = Changes(mean, covariance, float(share), kinds)
    return found


def apart(first: Float64Array, second: Float64Array) -> float:
    """sqrt(1 - cosine) of the means of two sets of embeddings, (a, D) and (b, D)."""
    p, q = first.mean(axis=0), second.mean(axis=0)
    length = float(np.linalg.norm(p) * np.linalg.norm(q))
    return float(np.sqrt(max(1 - float(p @ q) / length, 0.0))) if length else 1.0
