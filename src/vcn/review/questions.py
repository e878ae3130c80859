"""Which question to ask next: the one whose answer is likely to change most.

Every question is "are these two one person?". Between two people (or a person and an
unknown track) an unexpected yes joins them; inside a person an unexpected no divides it
where it holds together least. What a wrong answer costs is counted in seconds of faces
that B-cubed recall or precision loses; its chance comes from the odds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vcn.review.clusters import closed, sums_of, tree
from vcn.types import UNKNOWN, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Question:
    """Are these two tracks one person?"""

    first: int
    """A track that stands for one side: in the middle of it, and long."""
    second: int
    log_odds: float
    """Mean over the pairs of the two sides."""
    gain: float
    """Seconds of faces that are expected to be put right."""
    inside: bool
    """True: both are in one person now."""


def rank(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    same: IntArray,
    different: IntArray,
    limit: int,
) -> list[Question]:
    """The best questions, best first.

    Args:
        log_odds: (T, T) natural-log odds that two tracks are one person.
        labels: (T,) person of each track; -1: unknown, on its own.
        seconds: (T,) length of each track.
        same: (M, 2) pairs that were said to be one person.
        different: (M, 2) pairs that were said to be two, or that nobody could tell: neither
            is asked again.
        limit: Most questions.
    """
    if len(labels) < 2:
        return []
    found = [
        *_between(log_odds, labels, seconds, different, limit),
        *_inside(log_odds, labels, seconds, same, different, limit),
    ]
    found.sort(key=lambda question: (-question.gain, question.first, question.second))
    return found[:limit]


def _between(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    different: IntArray,
    limit: int,
) -> Iterator[Question]:
    group = np.array(labels)
    alone = np.flatnonzero(group == UNKNOWN)
    group[alone] = group.max(initial=UNKNOWN) + 1 + np.arange(len(alone))
    names, item = np.unique(group, return_inverse=True)
    n = len(names)
    if n < 2:
        return
    sums = sums_of(sums_of(log_odds, item, n).T, item, n)
    count = np.bincount(item).astype(np.float64)
    mean = sums / np.outer(count, count)
    weight: Float64Array = np.bincount(item, weights=seconds).astype(np.float64)
    gain: Float64Array = _chance(mean) * _at_stake(weight[:, None], weight[None, :])
    gain[np.tril_indices(n)] = 0
    asked = item[different]
    gain[asked[:, 0], asked[:, 1]] = gain[asked[:, 1], asked[:, 0]] = 0
    both_unknown = np.isin(names, group[alone])
    gain[np.ix_(both_unknown, both_unknown)] = 0  # first whom it looks like, then the rest
    flat = gain.ravel()
    best = np.argpartition(-flat, min(limit, len(flat) - 1))[:limit]
    for place in best[flat[best] > 0]:
        a, b = divmod(int(place), n)
        one, two = np.flatnonzero(item == a), np.flatnonzero(item == b)
        yield Question(
            _middle(log_odds, seconds, one),
            _middle(log_odds, seconds, two),
            float(mean[a, b]),
            float(gain[a, b]),
            False,
        )


def _inside(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    same: IntArray,
    different: IntArray,
    limit: int,
) -> Iterator[Question]:
    group = closed(len(labels), same)
    same_sides = set(group[same].ravel().tolist())
    asked = {(a, b) for a, b in different.tolist()} | {(b, a) for a, b in different.tolist()}
    found: list[tuple[float, float, IntArray, IntArray]] = []
    for label in range(int(labels.max(initial=UNKNOWN)) + 1):
        members = np.flatnonzero(labels == label)
        if len(members) < 2 or (group[members] == group[members[0]]).all():
            continue
        first, second, height = tree(log_odds[np.ix_(members, members)])
        weight: list[float] = seconds[members].tolist()
        sides: list[IntArray] = [members[[i]] for i in range(len(members))]
        for a, b, loss in zip(first.tolist(), second.tolist(), height.tolist(), strict=True):
            one, two = sides[a], sides[b]
            sides.append(np.concatenate((one, two)))
            stake = 2 * weight[a] * weight[b] / max(weight[a] + weight[b], 1e-9)
            weight.append(weight[a] + weight[b])
            found.append((stake / (1 + math.exp(min(max(-loss, -50), 50))), -loss, one, two))
    found.sort(key=lambda node: (-node[0], int(node[2][0]), int(node[3][0])))
    for gain, odds, one, two in found:
        if limit == 0 or gain <= 0:
            return
        if not same_sides.isdisjoint(group[one]) and np.isin(group[one], group[two]).any():
            continue  # somebody said already that the two sides are one person
        x, y = _middle(log_odds, seconds, one), _middle(log_odds, seconds, two)
        if (x, y) not in asked:
            limit -= 1
            yield Question(x, y, odds, gain, True)


def _chance(log_odds: Float64Array) -> Float64Array:
    return 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))


def _at_stake(a: Float64Array | float, b: Float64Array | float) -> Float64Array:
    """Seconds that B-cubed loses when two sides are wrongly apart, or wrongly together."""
    return np.asarray(2 * np.asarray(a) * b / np.maximum(np.asarray(a) + b, 1e-9))


def _middle(log_odds: Float64Array, seconds: Float64Array, tracks: IntArray) -> int:
    """The track that is most like the others; the longest of those that are about as much."""
    if len(tracks) == 1:
        return int(tracks[0])
    likeness = (log_odds[np.ix_(tracks, tracks)].sum(axis=1) - log_odds[tracks, tracks]) / (
        len(tracks) - 1
    )
    near = likeness >= np.median(likeness)
    return int(tracks[near][seconds[tracks[near]].argmax()])
