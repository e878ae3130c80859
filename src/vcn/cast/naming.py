"""Who of the known people is in a film: open set, calibrated.

What the distance of two faces means is what it means in this film: the mixture of
`equations/pair_mixture.py` is fitted on the looks of the film's people, who are certainly
different people. A photograph differs from a track: strangers in photographs are farther from
each other than strangers in films by `stranger_share` (a track is a mean of many faces, of one
light and one camera). With one effect for each side of a pair, as the mixture has, a photograph
and a track lie half way, in logarithms.

    L_pc = mean over the looks of both of log P(x | one person) / P(x | two)
    P(p is c) = s_c exp(L_pc) / (1 - s + sum over c' of s_c' exp(L_pc'))

s is the share of the film's people who are known at all, by EM with a prior of one in two that
counts as two people; it is the same for each of the known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import expit, logsumexp

from vcn.cast.known import Known
from vcn.config import CastConfig, EvidenceConfig
from vcn.corrections.entries import folded
from vcn.cues.face import read_faces, size_bucket
from vcn.season.looks import Looks
from vcn.season.odds import clipped, distances
from vcn.types import Certain, Float64Array, Likely


def probabilities(
    looks: Looks,
    n_people: int,
    known: Known,
    impostor_cosine: float | None,
    config: CastConfig,
    evidence: EvidenceConfig,
) -> Float64Array:
    """(P, C) that a person of the film is one of the known people; rows sum to 1 or less.

    Args:
        looks: Of the film's people; somebody without any is nobody known.
        n_people: P.
        known: C people.
        impostor_cosine: Mean cosine of photographs of strangers; None: not known.
        config: Least distance.
        evidence: Priors of distances.
    """
    ratio = _ratios(looks, n_people, known, impostor_cosine, config, evidence)
    there = np.unique(looks.person)
    out = np.zeros((n_people, len(known.names)))
    if len(there) == 0 or len(known.names) == 0:
        return out
    some, share = ratio[there], 0.5
    for _ in range(evidence.rounds):
        ours = logsumexp(some, axis=1) + np.log(share) - np.log(len(known.names))
        share = float((expit(ours - np.log1p(-share)).sum() + 1) / (len(there) + 2))
    each = some + np.log(share) - np.log(len(known.names))
    total = np.logaddexp(logsumexp(each, axis=1), np.log1p(-share))
    out[there] = np.exp(each - total[:, None])
    return out


def _ratios(
    looks: Looks,
    n_people: int,
    known: Known,
    impostor_cosine: float | None,
    config: CastConfig,
    evidence: EvidenceConfig,
) -> Float64Array:
    """(P, C) log ratios, mean over looks; those of the film count by their crops."""
    reading = read_faces(looks.profiles(), looks.size, impostor_cosine, evidence)
    same = looks.person[:, None] == looks.person[None, :]
    different = ~same
    np.fill_diagonal(same, False)
    fit = replace(evidence, fit_tracks=max(len(looks), 1))
    mixture = reading.mixture(Certain(different, same), fit)
    x = np.log(np.maximum(distances(looks.means, known.looks.means), config.floor))
    farther = np.where(known.photograph, -0.5 * np.log(evidence.stranger_share), 0.0)
    left = x - mixture.strangers - mixture.track[:, None] - farther
    bucket = size_bucket(looks.size[:, None], known.looks.size, evidence)
    ratio = clipped(mixture.ratio_of(left, bucket), evidence)  # (L, K)
    rows = np.zeros((n_people, len(looks)))
    rows[looks.person, np.arange(len(looks))] = looks.count
    rows /= np.maximum(rows.sum(axis=1, keepdims=True), 1)
    columns = np.zeros((len(known.looks), len(known.names)))
    columns[np.arange(len(known.looks)), known.looks.person] = 1
    columns /= columns.sum(axis=0)
    return np.asarray(rows @ ratio @ columns)


def names_of(
    probability: Float64Array,
    names: tuple[str, ...],
    said: Mapping[int, str],
    config: CastConfig,
) -> dict[int, Likely]:
    """What each person of a film is called, or may be.

    Args:
        probability: (P, C) of `probabilities`.
        names: (C,).
        said: Names that a person gave in corrections: they stay, and nobody else gets them.
        config: From where on a name is a fact.

    Returns:
        By person. Of several for whom a name is a fact the likeliest one has it; to the others
        it is suggested, with whom they may be one.
    """
    owner = {folded(name): person for person, name in sorted(said.items(), reverse=True)}
    found: dict[int, Likely] = {}
    best = probability.argmax(axis=1) if probability.size else np.zeros(0, np.int64)
    strength = probability[np.arange(len(best)), best]
    for p in np.argsort(-strength, kind="stable").tolist():
        chance, name = float(strength[p]), names[best[p]]
        if p in said or chance < config.suggested:
            continue
        first = owner.get(folded(name))
        sure = chance >= config.sure and first is None
        if sure:
            owner[folded(name)] = p
        found[p] = Likely(name, chance, sure, first)
    return dict(sorted(found.items()))
