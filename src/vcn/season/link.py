"""From the looks of the people of many films to the people of a season.

What a face distance means is learnt from looks as a film's clusterer learns it from tracks
(`equations/pair_mixture.py`); people are then linked by `methods/vcn/link.py`: average linkage
of log-odds over looks, cut where the odds are even. No threshold, no number of people.

Average linkage merges two groups only where the mean of their log-odds is positive, so that
some pair of people in them has a positive one: a group never spans two components of the graph
of such pairs. So each component is linked on its own, which is exact, and nobody needs
the matrix of all pairs of an archive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from vcn.config import EvidenceConfig, SeasonConfig
from vcn.cues.face import FaceReading, read_faces
from vcn.equations.pair_mixture import PairMixture
from vcn.methods.vcn.link import link
from vcn.season.candidates import Candidates, Index, components
from vcn.season.cast import Cast
from vcn.season.looks import Looks
from vcn.season.odds import Scale, clipped
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
    part = looks.take(some)
    reading = read_faces(part.profiles(), part.size, impostor_cosine, evidence)
    certain = cast.certain(part.person)
    believed: BoolArray | None = None
    many = len(looks) > config.dense_looks
    candidates = Candidates.of(looks, config.neighbours) if many else None
    labels: IntArray | None = None
    while True:
        mixture = reading.mixture(certain, _all_of(evidence, len(some)), believed)
        prior = _prior(reading, mixture, certain, config, evidence)
        scale = Scale.of(looks, some, reading, mixture, prior, evidence)
        found = _people(cast, scale, candidates, config)
        same = labels is not None and np.array_equal(found, labels)
        labels = found
        if same or config.refits == 0:
            break
        config = replace(config, refits=config.refits - 1)
        believed = labels[part.person][:, None] == labels[part.person][None, :]
    return Linked(
        labels,
        _probabilities(cast, scale, labels),
        replace(mixture, track=np.zeros(0)),
        prior,
        scale.floor,
        scale.mixture.track,
        some,
        None if candidates is None else candidates.index,
    )


_FITTED = 4
"""One look of so many is one on which it is learnt what a distance means."""


def _all_of(evidence: EvidenceConfig, n: int) -> EvidenceConfig:
    return replace(evidence, fit_tracks=max(n, 1))


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


def _people(
    cast: Cast, scale: Scale, candidates: Candidates | None, config: SeasonConfig
) -> IntArray:
    """(P,) labels."""
    looks, n = cast.looks, len(cast.film)
    label = np.arange(n)
    for chosen in components(scale, looks, cast.called, candidates, config):
        odds = scale.odds(chosen)
        certain = cast.certain(looks.person[chosen])
        everyone = np.ones(len(chosen), np.bool_)
        found = link(odds.astype(np.float32), certain, everyone, everyone).labels
        _, first = np.unique(found, return_index=True)
        label[looks.person[chosen]] = looks.person[chosen][first][found]
    return Clustering.from_labels(label).labels


def _probabilities(cast: Cast, scale: Scale, labels: IntArray) -> Float64Array:
    """(P,) that each is one person with the others under its label, by their mean log-odds.

    What was one person to its film already is no other.
    """
    out = np.full(len(cast.film), np.nan)
    item, person = cast.looks.person, cast.looks.own
    order = np.argsort(labels[item], kind="stable")
    of_label = np.split(order, np.flatnonzero(np.diff(labels[item[order]])) + 1)
    for chosen in of_label:
        own = person[chosen]
        if len(own) == 0 or own.min() == own.max():
            continue
        odds = scale.odds(chosen)
        called = [cast.name[p] for p in item[chosen]]
        for p in np.unique(own):
            rest = own != p
            mine = item[chosen[~rest]]
            out[mine] = float(expit(odds[np.ix_(~rest, rest)].mean()))
            name = cast.name[mine[0]]
            if name is not None and any(
                other == name for other, here in zip(called, rest, strict=True) if here
            ):
                out[mine] = 1.0  # a person said so
    return out
