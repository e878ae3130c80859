"""Which question to ask next: the one whose answer is likely to change most.

Every question is "are these two one person?". Between two people (or a person and an
unknown track) an unexpected yes joins them; inside a person an unexpected no divides it
where it holds together least. What a wrong answer costs is counted in seconds of faces
that B-cubed recall or precision loses; its chance comes from the odds. Two
sides of which nobody could tell come last, with other faces of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vcn.methods.vcn.link import Joint, mean_of_pairs
from vcn.review.clusters import closed, sums_of, tree
from vcn.types import UNKNOWN, Float64Array, IntArray


def _none() -> IntArray:
    return np.empty((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Said:
    """What is certain of tracks, and what nobody could tell: (M, 2) pairs."""

    same: IntArray = field(default_factory=_none)
    """One person, by answers."""
    different: IntArray = field(default_factory=_none)
    """Two people, by answers."""
    together: IntArray = field(default_factory=_none)
    """Two people, since they share a frame."""
    unsure: IntArray = field(default_factory=_none)
    """Asked, and not known. They are not asked again; others of the same people are."""


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
    again: bool = False
    """True: nobody could tell, by other faces of the two sides."""


def rank(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    said: Said,
    limit: int,
    joint: Joint = mean_of_pairs,
) -> list[Question]:
    """The best questions, best first.

    Args:
        log_odds: (T, T) natural-log odds that two tracks are one person.
        labels: (T,) person of each track; -1: unknown, on its own.
        seconds: (T,) length of each track.
        said: What needs no question any more.
        limit: Most questions.
        joint: Log-odds of groups of tracks.
    """
    if len(labels) < 2:
        return []
    asker = _Asker(log_odds, seconds, said)
    found = [
        *_between(log_odds, labels, seconds, said, limit, joint, asker),
        *_inside(log_odds, labels, seconds, said, limit, joint, asker),
    ]
    found.sort(key=lambda q: (q.again, -q.gain, q.first, q.second))
    return found[:limit]


def _between(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    said: Said,
    limit: int,
    joint: Joint,
    asker: _Asker,
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
    pairs = np.outer(count, count)
    odds: Float64Array = joint(sums / pairs, pairs)
    weight: Float64Array = np.bincount(item, weights=seconds).astype(np.float64)
    gain: Float64Array = _chance(odds) * _at_stake(weight[:, None], weight[None, :])
    gain[np.tril_indices(n)] = 0
    asked = item[np.concatenate((said.different, said.together))]
    gain[asked[:, 0], asked[:, 1]] = gain[asked[:, 1], asked[:, 0]] = 0
    last = {(min(pair), max(pair)) for pair in item[said.unsure].tolist()}
    left = np.array(gain)
    for a, b in last:
        left[a, b] = 0
    flat = left.ravel()
    best = np.argpartition(-flat, min(limit, len(flat) - 1))[:limit]
    for a, b in (*(divmod(int(at), n) for at in best[flat[best] > 0]), *sorted(last)):
        pair = asker.pair(np.flatnonzero(item == a), np.flatnonzero(item == b))
        if pair is not None and gain[a, b] > 0:
            again = (a, b) in last
            yield Question(*pair, float(odds[a, b]), float(gain[a, b]), False, again)


def _inside(
    log_odds: Float64Array,
    labels: IntArray,
    seconds: Float64Array,
    said: Said,
    limit: int,
    joint: Joint,
    asker: _Asker,
) -> Iterator[Question]:
    group = closed(len(labels), said.same)
    same_sides = set(group[said.same].ravel().tolist())
    found: list[tuple[bool, float, float, IntArray, IntArray]] = []
    for label in range(int(labels.max(initial=UNKNOWN)) + 1):
        members = np.flatnonzero(labels == label)
        if len(members) < 2 or (group[members] == group[members[0]]).all():
            continue
        first, second, height = tree(log_odds[np.ix_(members, members)])
        count = np.ones(2 * len(members) - 1)
        for number, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            count[len(members) + number] = count[a] + count[b]
        height = -joint(-height, count[first] * count[second])
        weight: list[float] = seconds[members].tolist()
        sides: list[IntArray] = [members[[i]] for i in range(len(members))]
        for a, b, loss in zip(first.tolist(), second.tolist(), height.tolist(), strict=True):
            one, two = sides[a], sides[b]
            sides.append(np.concatenate((one, two)))
            stake = 2 * weight[a] * weight[b] / max(weight[a] + weight[b], 1e-9)
            weight.append(weight[a] + weight[b])
            gain = stake / (1 + math.exp(min(max(-loss, -50), 50)))
            found.append((asker.left_open(one, two), gain, -loss, one, two))
    found.sort(key=lambda node: (node[0], -node[1], int(node[3][0]), int(node[4][0])))
    for again, gain, odds, one, two in found:
        if limit == 0 or gain <= 0:
            return
        if not same_sides.isdisjoint(group[one]) and np.isin(group[one], group[two]).any():
            continue  # somebody said already that the two sides are one person
        pair = asker.pair(one, two)
        if pair is not None:
            limit -= 1
            yield Question(*pair, odds, gain, True, again)


def _chance(log_odds: Float64Array) -> Float64Array:
    return 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))


def _at_stake(a: Float64Array | float, b: Float64Array | float) -> Float64Array:
    """Seconds that B-cubed loses when two sides are wrongly apart, or wrongly together."""
    return np.asarray(2 * np.asarray(a) * b / np.maximum(np.asarray(a) + b, 1e-9))


class _Asker:
    """Which faces stand for the sides of a question."""

    def __init__(self, log_odds: Float64Array, seconds: Float64Array, said: Said) -> None:
        n = len(log_odds)
        self.log_odds, self.seconds = log_odds, seconds
        self.asked = {frozenset(pair) for pair in said.unsure.tolist()}
        self.open = said.unsure
        self.unsure = np.bincount(said.unsure.ravel(), minlength=n)

    def left_open(self, one: IntArray, two: IntArray) -> bool:
        """Whether somebody was asked about two sides and could not tell."""
        if not len(self.open):
            return False
        first, second = self.open[:, 0], self.open[:, 1]
        for a, b in ((first, second), (second, first)):
            if (np.isin(a, one) & np.isin(b, two)).any():
                return True
        return False

    def pair(self, one: IntArray, two: IntArray) -> tuple[int, int] | None:
        """The faces to show; None: nobody could tell these."""
        found = self._middle(one), self._middle(two)
        return None if frozenset(found) in self.asked else found

    def _middle(self, tracks: IntArray) -> int:
        """The track that is most like the others; the longest of those that are about as much.

        One that nobody could tell stands for its side only where there is none better.
        """
        clear = self.unsure[tracks]
        tracks = tracks[clear == clear.min()]
        if len(tracks) == 1:
            return int(tracks[0])
        own = self.log_odds[tracks, tracks]
        likeness = self.log_odds[np.ix_(tracks, tracks)].sum(axis=1) - own
        near = likeness >= np.median(likeness)
        return int(tracks[near][self.seconds[tracks[near]].argmax()])
