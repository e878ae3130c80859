"""From the odds of pairs to what is said of tracks and people."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from vcn.methods.vcn.evidence import Evidence
from vcn.types import FloatArray, IntArray, Why


def why(evidence: Evidence, labels: IntArray) -> Why:
    """Sum up the evidence for a clustering.

    Args:
        evidence: Of T tracks.
        labels: (T,) person of each, -1 = unknown; they need not follow from the evidence, for a
            person may have corrected them.
    """
    n_people = int(labels.max(initial=-1)) + 1
    member = (labels[:, None] == np.arange(n_people)).astype(np.float32)  # (T, P)
    count = member.sum(axis=0)
    known = labels >= 0
    own = np.where(known, labels, 0)
    alone = known & (count[own] == 1) if n_people else np.zeros(len(labels), np.bool_)
    with_people = _mean_with(evidence.log_odds, member, count)  # (T, P)
    between = _between(with_people, member, count)
    nearest = np.full(n_people, -1)
    odds = np.zeros(n_people, np.float32)
    if n_people > 1:
        nearest = between.argmax(axis=1)
        odds = between[np.arange(n_people), nearest]
    rows = np.arange(len(labels))
    toward = np.where(alone, nearest[own] if n_people else -1, own)
    there = known & (toward >= 0)
    if n_people == 0:
        return Why(np.zeros(len(labels), np.float32), {}, evidence.prior, nearest, odds)
    mean = np.where(there, with_people[rows, np.maximum(toward, 0)], 0)
    probability = np.where(known, expit(np.where(alone, -mean, mean)), 0)
    probability = np.where(known & ~there, 1, probability)  # the only track of the film
    because = {
        name: np.where(there, _mean_with(part, member, count)[rows, np.maximum(toward, 0)], 0)
        .astype(np.float32)
        for name, part in evidence.parts.items()
    }  # fmt: skip
    return Why(probability.astype(np.float32), because, evidence.prior, nearest, odds)


def _mean_with(values: FloatArray, member: FloatArray, count: FloatArray) -> FloatArray:
    """(T, P) mean of each track's values with the tracks of each person, itself left out."""
    others = np.maximum(count[None, :] - member, 1)
    return np.asarray((values @ member) / others, np.float32)


def _between(with_people: FloatArray, member: FloatArray, count: FloatArray) -> FloatArray:
    """(P, P) mean between people; -inf of a person with itself."""
    mean = member.T @ with_people / np.maximum(count[:, None], 1)
    np.fill_diagonal(mean, -np.inf)
    return np.asarray(mean, np.float32)
