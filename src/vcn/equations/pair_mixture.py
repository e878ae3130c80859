"""What a face distance means in this film: a mixture over all pairs of its tracks.

Record linkage (Fellegi and Sunter 1969, "A Theory for Record Linkage", JASA 64) asks of two
records how much likelier their comparison is if they are one than if they are two, and Winkler
(1988) estimates both likelihoods without labels by EM. Here a record is a track and the
comparison is the logarithm x_ij of the distance of two faces:

    two people:  x_ij = a + r_i + r_j + c_b + e,          e ~ Student's t of scale u
    one person:  x_ij = a + r_i + r_j + c_b + D_b + f,    f ~ N(0, s_b^2)

`a` is how far strangers are in this film; r_i is how far from everybody track i is (blurred
and dark faces are near to all); c_b <= 0 is how much nearer strangers are in the bucket b of the
pair (the sizes of both faces): where both are too small to show who they are, they show the same,
and no sum of what each of them is alone says so. D_b < 0 is how much nearer than that one person
is to himself. Student's t: some strangers look alike.
Every parameter has a prior that counts as a few pairs, so that a film of two tracks has an
answer and a film of thousands has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma

import numpy as np

from vcn.types import BoolArray, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class PairPrior:
    """What is known before the film is seen; B buckets of pairs."""

    strangers: float
    """Mean of x over two people."""
    strangers_sd: float
    """How much `strangers` differs from film to film."""
    track_sd: float
    """Deviation of r over tracks."""
    stranger_scale: float
    """Scale u of Student's t."""
    freedom: float
    """Its degrees of freedom."""
    strangers_nearer: tuple[float, ...]
    """(B,) c of each bucket; 0 in the last, by which `strangers` is meant."""
    strangers_nearer_sd: float
    """How much each of them differs from film to film."""
    nearer: tuple[float, ...]
    """(B,) D of each bucket, negative."""
    same_sd: float
    """Deviation s of every bucket."""
    pairs: float
    """Number of pairs that the priors of D and s count as."""
    scale_tracks: float
    """Number of tracks, all pairs with each other, that the prior of u counts as. The pairs of the
    film take those who look alike for one person, and u for less than it is."""
    rate_weight: float
    """What the share of pairs of one person from which EM begins counts for, beside all pairs of
    the film: pairs are far from independent, and a film whose distances say little would end with
    next to no pair of one person."""


@dataclass(frozen=True, slots=True)
class PairMixture:
    """The parameters of one film."""

    strangers: float
    track: Float64Array
    """(T,) r."""
    stranger_scale: float
    freedom: float
    strangers_nearer: Float64Array
    """(B,) c."""
    nearer: Float64Array
    """(B,) D."""
    same_sd: Float64Array
    """(B,) s."""
    base_rate: float
    """Share of the pairs that are one person."""
    track_sd: float
    """Deviation of `track` before the film is seen."""
    likelihood: float
    """Log likelihood, a pair counting 2 / T, and log prior of `strangers` and `track`."""
    start_rate: float
    """The kind of film, of those that were asked about."""

    def residual(self, x: Float64Array) -> Float64Array:
        """(T, T) x without a and r."""
        return x - self.strangers - self.track[:, None] - self.track[None, :]

    def log_ratio(self, x: Float64Array, bucket: IntArray) -> Float64Array:
        """(T, T) log of P(x | one person) / P(x | two people).

        Never falls as faces get nearer: nearer than the mean of one person counts as that
        mean, farther than the mean of strangers as that.
        """
        return self.ratio_of(self.residual(x), bucket)

    def ratio_of(self, left: Float64Array, bucket: IntArray) -> Float64Array:
        """The same for any pairs, of their x without a and r."""
        left = left - self.strangers_nearer[bucket]
        same = np.maximum(left, self.nearer[bucket])
        return _log_normal(same - self.nearer[bucket], self.same_sd[bucket]) - log_student(
            np.minimum(left, 0), self.stranger_scale, self.freedom
        )

    def extended(self, x: Float64Array, bucket: IntArray, fitted: IntArray) -> PairMixture:
        """The mixture with an effect for every track, from one that was fitted on some.

        Args:
            x: (T, F) log distances of all tracks from those that it was fitted on.
            bucket: (T, F) buckets of these pairs.
            fitted: (F,) the tracks that it was fitted on, in order.
        """
        left = x - self.strangers - self.track - self.strangers_nearer[bucket]
        pair = np.ones(left.shape, np.bool_)
        pair[fitted, np.arange(len(fitted))] = False
        gamma = _logistic(
            _log_normal(left - self.nearer[bucket], self.same_sd[bucket])
            + np.log(self.base_rate)
            - log_student(left, self.stranger_scale, self.freedom)
            - np.log1p(-self.base_rate)
        )
        weight = np.where(pair, 1 - gamma, 0.0) / self.stranger_scale**2
        sums = (weight * left).sum(axis=1)
        track = sums / (weight.sum(axis=1) + 1 / self.track_sd**2)
        track[fitted] = self.track
        return replace(self, track=track)


def _logistic(x: Float64Array) -> Float64Array:
    """As scipy's `expit`, which takes longer to load than a search with this module."""
    return np.asarray(0.5 + 0.5 * np.tanh(x / 2))


def _two_ways(one: Float64Array, two: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Probability of the first of two, and the logarithm of both together, of their logarithms."""
    apart = one - two
    smaller = np.exp(-np.abs(apart))
    whole = 1 + smaller
    return np.where(apart > 0, 1.0, smaller) / whole, np.maximum(one, two) + np.log(whole)


def _log_normal(x: Float64Array, sd: Float64Array | float) -> Float64Array:
    return np.asarray(-0.5 * (x / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi))


def log_student(x: Float64Array, scale: float, freedom: float) -> Float64Array:
    """Log density of Student's t around 0."""
    norm = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    return np.asarray(
        norm - np.log(scale) - (freedom + 1) / 2 * np.log(1 + (x / scale) ** 2 / freedom)
    )


def fit_pair_mixture(
    x: Float64Array,
    bucket: IntArray,
    prior: PairPrior,
    *,
    different: BoolArray,
    same: BoolArray,
    believed: Float64Array | None = None,
    trust: float = 0.0,
    start_rates: tuple[float, ...],
    rounds: int,
) -> PairMixture:
    """Estimate the mixture by EM, for several kinds of film; the likeliest one counts.

    Where most pairs are strangers, these may differ less than the prior has it: then that is no
    reason to take them for one person, whose deviation is free.

    Args:
        x: (T, T) symmetric log distances; the diagonal is not read.
        bucket: (T, T) bucket of each pair, from 0.
        prior: What is known before.
        different: (T, T) pairs that are certainly two people.
        same: (T, T) pairs that are certainly one person.
        believed: (T, T) probabilities that pairs are one person, from elsewhere; None: none.
        trust: What they count for, beside each pair's own distance, in [0, 1].
        start_rates: Shares of pairs of one person, a kind of film each: EM begins there and is
            held there. Those that `different` rules out are left out, but for the first.
        rounds: Most steps of EM from each beginning.
    """
    rows, columns = np.triu_indices(len(x), 1)
    pairs = _Pairs(
        rows,
        columns,
        x[rows, columns],
        bucket[rows, columns],
        different[rows, columns],
        same[rows, columns],
        None if believed is None else believed[rows, columns],
        trust,
    )
    most = most_of_one_person(different)
    rates = [rate for rate in start_rates if rate <= most] or start_rates[:1]
    if len(rates) == 1:
        return _fit(pairs, len(x), prior, rates[0], rounds)
    fits = [_fit(pairs, len(x), prior, rate, rounds) for rate in rates]
    own = replace(prior, scale_tracks=0.0, freedom=_NO_TAILS)
    likelihoods = [
        fit.likelihood
        if rate > _HALF
        else max(fit.likelihood, _fit(pairs, len(x), own, rate, rounds).likelihood)
        for fit, rate in zip(fits, rates, strict=True)
    ]
    return fits[int(np.argmax(likelihoods))]


def most_of_one_person(different: BoolArray) -> float:
    """Largest share of pairs that may be one person, if some pairs are two people.

    Whoever is in most tracks is in one of each two that are two people: of T tracks with m such
    pairs, no track in two of them, at most T - m.

    Args:
        different: (T, T) symmetric.
    """
    n = len(different)
    free = np.ones(n, np.bool_)
    met = 0
    for track in range(n):
        mates = np.flatnonzero(different[track] & free)
        if free[track] and len(mates):
            free[[track, mates[0]]] = False
            met += 1
    return float((1 - met / max(n, 1)) ** 2)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The P pairs of T tracks."""

    rows: IntArray
    columns: IntArray
    at: Float64Array
    bucket: IntArray
    different: BoolArray
    same: BoolArray
    believed: Float64Array | None
    trust: float


def _fit(pairs: _Pairs, n: int, prior: PairPrior, base_rate: float, rounds: int) -> PairMixture:
    """EM from one beginning."""
    rows, columns, at, b = pairs.rows, pairs.columns, pairs.at, pairs.bucket
    n_buckets = len(prior.nearer)
    nearer, sd = np.array(prior.nearer), np.full(n_buckets, prior.same_sd)
    scale, strangers, track = prior.stranger_scale, prior.strangers, np.zeros(n)
    usual = np.array(prior.strangers_nearer)
    closer = usual
    if len(b) and base_rate < _HALF:  # most pairs are strangers: most of the distances are theirs
        strangers = float(np.quantile(at, min(1 - base_rate, 0.9)))
    start_rate = base_rate
    firm = 1 / prior.strangers_nearer_sd**2
    weight = 2.0 / max(n, 1)  # a track is in T - 1 pairs, which are not independent

    known_scale = prior.scale_tracks * n / 2 + prior.pairs
    certain = bool(pairs.different.any() or pairs.same.any())
    previous = -np.inf
    likelihood = -np.inf
    for _ in range(rounds):
        of_tracks = track[rows] + track[columns]
        left = at - strangers - of_tracks - closer[b]
        one = _log_normal(left - nearer[b], sd[b]) + np.log(base_rate)
        two = log_student(left, scale, prior.freedom) + np.log1p(-base_rate)
        gamma, either = _two_ways(one, two)
        if certain:
            either = np.where(pairs.different, two, np.where(pairs.same, one, either))
        likelihood = float(
            either.sum() * weight
            - 0.5 * ((strangers - prior.strangers) / prior.strangers_sd) ** 2
            - 0.5 * (((closer - usual) / prior.strangers_nearer_sd) ** 2).sum()
            - 0.5 * weight * (track**2).sum() / prior.track_sd**2
        )
        if likelihood - previous < 1e-5 and np.isfinite(previous):
            break
        previous = likelihood
        gamma = np.where(left > 0, np.minimum(gamma, base_rate), gamma)
        if certain:
            gamma = np.where(pairs.different, 0.0, np.where(pairs.same, 1.0, gamma))
        if pairs.believed is not None:
            gamma = (1 - pairs.trust) * gamma + pairs.trust * pairs.believed
        known = prior.rate_weight * len(gamma) + prior.pairs
        base_rate = float((gamma.sum() + known * start_rate) / (len(gamma) + known))
        # Precision of each pair as a measurement of a + r_i + r_j + c_b.
        robust = (prior.freedom + 1) / (prior.freedom + (left / scale) ** 2)
        of_two = (1 - gamma) * robust / scale**2
        of_one = gamma / sd[b] ** 2
        total = of_two + of_one
        seen = at - of_one / total * nearer[b]  # were all of them strangers
        pull = total * (seen - strangers - closer[b])
        mates = total * track[columns], total * track[rows]
        above = np.bincount(rows, pull - mates[0], n) + np.bincount(columns, pull - mates[1], n)
        below = np.bincount(rows, total, n) + np.bincount(columns, total, n)
        track = above / (below + 1 / prior.track_sd**2)
        pull = total * (seen - track[rows] - track[columns] - closer[b])
        strangers = float(
            (pull.sum() * weight + prior.strangers / prior.strangers_sd**2)
            / (total.sum() * weight + 1 / prior.strangers_sd**2)
        )
        pull = total * (seen - strangers - track[rows] - track[columns])
        closer = (np.bincount(b, pull, n_buckets) * weight + usual * firm) / (
            np.bincount(b, total, n_buckets) * weight + firm
        )
        closer[-1] = usual[-1]
        left = at - strangers - track[rows] - track[columns] - closer[b]
        squares = ((1 - gamma) * robust * left**2).sum() + known_scale * prior.stranger_scale**2
        scale = float(np.sqrt(squares / ((1 - gamma).sum() + known_scale)))
        scale = min(scale, prior.stranger_scale)
        count = np.bincount(b, gamma, n_buckets) + prior.pairs
        sums = np.bincount(b, gamma * left, n_buckets) + prior.pairs * np.array(prior.nearer)
        nearer = np.minimum(sums / count, -_LEAST)
        spread = np.bincount(b, gamma * (left - nearer[b]) ** 2, n_buckets)
        sd = np.sqrt((spread + prior.pairs * prior.same_sd**2) / count)
    return PairMixture(
        *(strangers, track, scale, prior.freedom, closer, nearer, sd, base_rate),
        *(prior.track_sd, likelihood, start_rate),
    )


_HALF = 0.5
"""Share of the pairs of one person from which it is a film of one person."""
_NO_TAILS = 1e3
"""Degrees of freedom of strangers where kinds of film are compared: one person has no tails."""
_LEAST = 0.02
"""One person is never farther from himself than strangers are."""
