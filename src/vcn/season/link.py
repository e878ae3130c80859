"""From the looks of the people of many films to the people of a season.

What a face distance means is learnt from looks as a film's clusterer learns it from tracks
(`equations/pair_mixture.py`); people are then linked by `methods/vcn/link.py` as tracks are in a
film: average linkage of log-odds over looks, where several pairs of two people say more than one
(`equations/design_effect.py`), cut where the odds are even. No threshold, no number of people.

Where there are too many looks for a matrix of all pairs, `grow.py` does the same on pairs of
nearest ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from vcn.config import EvidenceConfig, SeasonConfig
from vcn.cues.face import FaceReading, read_faces, size_bucket
from vcn.equations.design_effect import correlation_between_people
from vcn.equations.pair_mixture import PairMixture
from vcn.equations.tails import freedom_of_tails
from vcn.methods.vcn.link import link
from vcn.season.candidates import Candidates, Index
from vcn.season.cast import Cast
from vcn.season.grow import grow
from vcn.season.looks import Looks
from vcn.season.odds import Scale, clipped, logarithms
from vcn.types import BoolArray, Certain, Clustering, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Linked:
    """Who is who."""

    labels: IntArray
    """(P,) person of the season of each item, by first appearance from 0."""
    probability: Float64Array
    """(P,) that one of P is the same as the others under its label; NaN where it is alone."""
    mixture: PairMixture
    """What distances mean, without the effects of single looks."""
    prior: float
    """Log-odds of two people of two films of whom nothing is known."""
    floor: float
    """Least distance."""
    effect: Float64Array
    """(L,) how far each look is from everybody."""
    anchors: IntArray
    """(F,) looks on which the mixture was fitted."""
    index: Index | None
    """Of the looks, where there are so many that it was needed."""


def link_cast(
    cast: Cast, impostor_cosine: float | None, config: SeasonConfig, evidence: EvidenceConfig
) -> Linked:
    """Link the people of all films.

    Args:
        cast: Ordered by the content of films, so that the order in which they came is nothing.
        impostor_cosine: Mean cosine of photographs of strangers; None: not known.
        config: Sizes.
        evidence: Priors of distances.
    """
    looks = cast.looks
    wanted = max(config.fit_least, len(looks) // _FITTED)
    some = _evenly(looks, min(config.fit_looks, wanted))
    learnt = _learn(cast, some, impostor_cosine, config, evidence)
    scale = learnt.scale(looks, some, evidence)
    if len(looks) > config.dense_looks:
        candidates = Candidates.of(looks, config.neighbours)
        found, index = grow(cast, scale, candidates, config), candidates.index
    else:
        found, index = np.arange(len(cast.film)), None
        _one_by_one(found, cast, scale, np.arange(len(looks)))
    labels = Clustering.from_labels(found).labels
    return Linked(
        labels,
        _probabilities(cast, scale, labels),
        replace(learnt.mixture, track=np.zeros(0)),
        learnt.prior,
        scale.floor,
        scale.mixture.track,
        some,
        index,
    )


_FITTED = 4
"""One look of so many is one on which it is learnt what a distance means."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What distances mean, from some of the looks."""

    reading: FaceReading
    mixture: PairMixture
    prior: float
    correlation: float
    by_film: float

    def scale(self, looks: Looks, some: IntArray, evidence: EvidenceConfig) -> Scale:
        """The odds of looks, of which some were learnt from."""
        known = self.reading, self.mixture, self.prior, self.correlation, self.by_film
        return Scale.of(looks, some, *known, evidence)


def _learn(
    cast: Cast,
    some: IntArray,
    impostor_cosine: float | None,
    config: SeasonConfig,
    evidence: EvidenceConfig,
) -> _Learnt:
    """Fit the mixture, link the looks it was fitted on, and fit again with who they are."""
    part = cast.looks.take(some)
    evidence = replace(
        evidence,
        start_rates=(cast.share_of_one_person(),),
        fit_tracks=max(len(some), 1),
    )
    reading = read_faces(part.profiles(), part.size, impostor_cosine, evidence)
    certain = cast.certain(part.person)
    reading = _with_tails(reading, cast, certain, config, evidence)
    believed: BoolArray | None = None
    people: IntArray | None = None
    correlation = 1.0  # nobody is found yet: what all pairs of two say counts as one
    every = np.arange(len(some))
    for left in range(config.refits, -1, -1):
        mixture = reading.mixture(certain, evidence, believed)
        prior = _prior(reading, mixture, certain, config, evidence)
        by_film = max(logit(cast.share_within_films()) - prior, 0.0)
        learnt = _Learnt(reading, mixture, prior, correlation, by_film)
        own = learnt.scale(part, every, evidence)
        if people is not None:
            common = correlation_between_people(own.odds(every), people)
            if common is not None:
                correlation = max(common, evidence.least_correlation)
            learnt = replace(learnt, correlation=correlation)
            own = replace(own, correlation=correlation)
        if not left:
            break
        found = np.arange(len(cast.film))
        _one_by_one(found, cast, own, some)
        before, people = people, np.unique(found[part.person], return_inverse=True)[1]
        if before is not None and np.array_equal(people, before):
            break
        believed = people[:, None] == people[None, :]
    return learnt


def _with_tails(
    reading: FaceReading,
    cast: Cast,
    certain: Certain,
    config: SeasonConfig,
    evidence: EvidenceConfig,
) -> FaceReading:
    """The reading with the tails of this season's strangers: of those who are seen together.

    With the tails of few strangers a pair can say only so much, and of very many people most
    pairs that come near could be strangers: nobody would be linked.
    """
    pairs, weight = cast.strangers(config.tail_pairs)
    if not len(weight):
        return reading
    closer = reading.mixture(certain, evidence).strangers_nearer
    first, second = pairs
    x = logarithms(cast.looks, first, second, float(np.exp(reading.x.min(initial=0.0))))
    size = cast.looks.size
    left: Float64Array = x - closer[size_bucket(size[first], size[second], evidence)]
    freedom = freedom_of_tails(left, weight, evidence.freedom, config.tail_prior_pairs)
    return replace(reading, prior=replace(reading.prior, freedom=freedom))


def _one_by_one(label: IntArray, cast: Cast, scale: Scale, chosen: IntArray) -> None:
    """Link the items of some looks by all of their pairs; in place.

    Args:
        label: (P,) of items.
        cast: All.
        scale: Of the chosen looks alone.
        chosen: Looks.
    """
    if not len(chosen):
        return
    item = cast.looks.person[chosen]
    odds = scale.odds(np.arange(len(chosen)))
    everyone = np.ones(len(chosen), np.bool_)
    certain = cast.certain(item)
    found = link(odds.astype(np.float32), certain, everyone, everyone, scale.joint).labels
    _, first = np.unique(found, return_index=True)
    label[item] = item[first][found]


def _evenly(looks: Looks, most: int) -> IntArray:
    """Looks of people evenly spread over all."""
    people = np.unique(looks.person)
    if len(looks) > most:
        step = len(looks) / most
        people = people[np.unique((np.arange(0, len(people), step)).astype(np.int64))]
    return np.flatnonzero(np.isin(looks.person, people))


def _prior(
    reading: FaceReading,
    mixture: PairMixture,
    certain: Certain,
    config: SeasonConfig,
    evidence: EvidenceConfig,
) -> float:
    """Log-odds of a pair that nothing is certain of: its share is not that of all pairs."""
    open_ = np.triu(~(certain.same | certain.different), 1)
    ratio = clipped(mixture.log_ratio(reading.x, reading.bucket), evidence)[open_]
    rate = mixture.base_rate
    for _ in range(evidence.rounds):
        gamma = expit(ratio + np.log(rate) - np.log1p(-rate))
        before, rate = rate, float((gamma.sum() + 1) / (len(gamma) + config.prior_pairs))
        if abs(rate - before) < evidence.rounds**-3:
            break
    return float(np.log(rate) - np.log1p(-rate))


def _probabilities(cast: Cast, scale: Scale, labels: IntArray) -> Float64Array:
    """(P,) that each is one person with the others under its label, by all their pairs.

    What was one person to its film already is no other. Of very many others, so many are drawn.
    """
    looks = cast.looks
    label = labels[looks.person]
    order = np.argsort(label, kind="stable")
    size = np.bincount(label, minlength=1)
    start = np.cumsum(size) - size
    # Who of a film is under a label: the items of one group.
    _, group = np.unique(label * (looks.own.max(initial=0) + 1) + looks.own, return_inverse=True)
    total, count = np.zeros(len(looks)), np.zeros(len(looks))
    rank = np.arange(_DRAWN)
    for at in range(0, len(looks), _ROWS):
        rows = np.arange(at, min(at + _ROWS, len(looks)))
        n = size[label[rows]]
        drawn = np.minimum(n, _DRAWN)
        there = rank < drawn[:, None]
        place = start[label[rows], None] + rank * n[:, None] // drawn[:, None]
        other = order[np.where(there, place, 0)]
        row, column = np.nonzero(there & (group[other] != group[rows, None]))
        odds = scale.pairs(rows[row], other[row, column])
        total[rows] = np.bincount(row, odds, len(rows))
        count[rows] = np.bincount(row, minlength=len(rows))
    out = np.full(len(cast.film), np.nan)
    sums, counts = np.bincount(group, total), np.bincount(group, count)
    with_others = np.flatnonzero(counts[group] > 0)
    own = group[with_others]
    here = np.bincount(group)[own]
    pairs = here * (size[label[with_others]] - here)
    out[looks.person[with_others]] = expit(scale.joint(sums[own] / counts[own], pairs))
    _sure_by_name(out, cast, labels, group)
    return out


_DRAWN, _ROWS = 64, 1 << 12
"""Looks that each is compared with at most, and looks at once."""


def _sure_by_name(probability: Float64Array, cast: Cast, labels: IntArray, group: IntArray) -> None:
    """Who has the name of another under the label is that one: a person said so. In place."""
    item = cast.looks.person
    named = np.flatnonzero(cast.called[item] >= 0)
    who = labels[item[named]] * (cast.called.max(initial=0) + 1) + cast.called[item[named]]
    several = np.unique(np.stack((who, group[named])), axis=1)[0]
    name, count = np.unique(several, return_counts=True)
    probability[item[named[np.isin(who, name[count > 1])]]] = 1.0
