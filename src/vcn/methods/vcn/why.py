"""From the odds of pairs to what is said of tracks and people."""

from __future__ import annotations

import numpy as np

from vcn.equations.known_people import membership
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
    nearest = np.full(n_people, -1)
    odds = np.zeros(n_people, np.float32)
    if n_people == 0:
        return Why(np.zeros(len(labels), np.float32), {}, evidence.prior, nearest, odds)
    member = (labels[:, None] == np.arange(n_people)).astype(np.float32)  # (T, P)
    count = member.sum(axis=0)
    known = labels >= 0
    own = np.where(known, labels, 0)
    others = count[None, :] - member
    mean_with = (evidence.log_odds @ member) / np.maximum(others, 1)  # (T, P)
    apart = np.zeros(member.shape, np.bool_)
    if evidence.different is not None:
        apart = (evidence.different.astype(np.float32) @ member) > 0
    if n_people > 1:
        between = _between(evidence, mean_with, member, count)
        nearest = between.argmax(axis=1)
        odds = between[np.arange(n_people), nearest]
    rows = np.arange(len(labels))
    apart[rows, own] = False  # a person's corrections go before what is certain
    with_people = evidence.joint(mean_with.astype(np.float64), np.maximum(others, 1))
    likely = membership(with_people, others.astype(np.float64), apart)
    alone = known & (count[own] == 1)
    toward = np.where(alone, nearest[own], own)
    there = known & (toward >= 0)
    probability = np.where(alone, 1 - likely.sum(axis=1), likely[rows, own])
    because = {
        name: np.where(there, _mean_with(part, member, count)[rows, np.maximum(toward, 0)], 0)
        .astype(np.float32)
        for name, part in evidence.parts.items()
    }  # fmt: skip
    probability = np.where(known, probability, 0).astype(np.float32)
    return Why(probability, because, evidence.prior, nearest, odds)


def _mean_with(values: FloatArray, member: FloatArray, count: FloatArray) -> FloatArray:
    """(T, P) mean of each track's values with the tracks of each person, itself left out."""
    others = np.maximum(count[None, :] - member, 1)
    return np.asarray((values @ member) / others, np.float32)


def _between(
    evidence: Evidence, with_people: FloatArray, member: FloatArray, count: FloatArray
) -> FloatArray:
    """(P, P) log-odds that two people are one; -inf of a person with itself."""
    count = np.maximum(count, 1)
    mean = member.T @ with_people / count[:, None]
    joint = evidence.joint(mean.astype(np.float64), np.outer(count, count))
    np.fill_diagonal(joint, -np.inf)
    return np.asarray(joint, np.float32)
