"""People of very many looks: average linkage without the matrix of all pairs.

Average linkage merges the two groups whose pairs together have the largest log-odds, while they
are positive. Groups that are each other's best are merged all in one round (reciprocal nearest
neighbours; Murtagh 1983, The Computer Journal 26). For the mean over pairs the tree would be the
same: it is reducible, what two groups merge to is no nearer to a third than the nearer of both
was. What many pairs say together is that only nearly.
But a mean that is too small for any number of pairs stays so, whatever is merged: only larger
ones are kept, and the mean of any other two groups is computed when it is asked for.

Where to begin is told by the nearest of each look; when nothing is left to merge, by the nearest
of each group, until that finds nothing either: whose nearest looks are all of one film is found
in the others too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import SeasonConfig
from vcn.season.candidates import Candidates, Index, unique_pairs
from vcn.season.cast import Cast
from vcn.season.odds import Scale
from vcn.types import BoolArray, Float64Array, FloatArray, IntArray

_BLOCK = 1 << 17
"""Pairs of looks whose odds are computed at once."""


def grow(cast: Cast, scale: Scale, candidates: Candidates, config: SeasonConfig) -> IntArray:
    """(P,) group of each item of a cast.

    Args:
        cast: What is linked, and what is certain of it.
        scale: Odds of its looks.
        candidates: Pairs of looks that may be one person.
        config: Sizes.
    """
    groups = _Groups(cast, scale, config.drawn_looks)
    of_look = groups.label[cast.looks.person]
    first, second = of_look[candidates.first], of_look[candidates.second]
    while True:
        edges, merged = groups.possible(*unique_pairs(first, second, len(cast.film))), False
        while (mate := groups.mates(edges)) is not None:
            edges, merged = groups.merge(edges, mate), True
        if not merged:
            return groups.label
        first, second = groups.nearest(config.group_neighbours)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pairs of groups that may be one person, each once, the smaller number first."""

    first: IntArray
    second: IntArray
    mean: Float64Array
    """Log-odds of their pairs of looks, larger than `Scale.least`."""


class _Groups:
    """Groups of items, each named by its smallest member."""

    def __init__(self, cast: Cast, scale: Scale, most: int) -> None:
        self._cast, self._scale, self._most = cast, scale, most
        self._n = len(cast.film)
        both = cast.apart.tocoo()
        self._apart = np.stack((both.row, both.col)).astype(np.int64)[:, both.row < both.col]
        self._set(cast.named_as_one())

    def _set(self, label: IntArray) -> None:
        self.label = label
        of_look = label[self._cast.looks.person]
        self._order = np.argsort(of_look, kind="stable")
        self._size = np.bincount(of_look, minlength=self._n)
        self._start = np.cumsum(self._size) - self._size
        apart = np.sort(label[self._apart], axis=0)
        self._keys = np.unique(apart[0] * self._n + apart[1])
        self._called = np.full(self._n, -1)
        np.maximum.at(self._called, label, self._cast.called)

    def possible(self, first: IntArray, second: IntArray) -> _Edges:
        """Those of some pairs that may be one person, now or with others."""
        free = ~self._forbidden(first, second)
        first, second = first[free], second[free]
        mean = self._mean(first, second)
        keep = mean > self._scale.least
        return _Edges(first[keep], second[keep], mean[keep])

    def mates(self, edges: _Edges) -> IntArray | None:
        """(n,) the group that each is to be merged with, -1: none; None: nobody is."""
        pairs = self._size[edges.first] * self._size[edges.second]
        odds = self._scale.joint(edges.mean, pairs)
        likely = odds > 0
        if not likely.any():
            return None
        return _reciprocal(edges.first[likely], edges.second[likely], odds[likely], self._n)

    def merge(self, edges: _Edges, mate: IntArray) -> _Edges:
        """Merge groups with their mates; what is possible between the new ones."""
        into = np.where(mate >= 0, np.minimum(np.arange(self._n), mate), np.arange(self._n))
        first, second = into[edges.first], into[edges.second]
        old = (mate[edges.first] < 0) & (mate[edges.second] < 0)
        fresh = ~old & (first != second)
        first, second = unique_pairs(first[fresh], second[fresh], self._n)
        known = edges.first * self._n + edges.second
        order = np.argsort(known)
        known, mean = known[order], edges.mean[order]
        total, weight = np.zeros(len(first)), np.zeros(len(first))
        may = np.ones(len(first), np.bool_)
        for a in (first, mate[first]):
            for b in (second, mate[second]):
                part = np.flatnonzero((a >= 0) & (b >= 0) & may)
                some, bad = self._between(a[part], b[part], known, mean)
                pairs = self._size[a[part]] * self._size[b[part]]
                total[part] += pairs * some
                weight[part] += pairs
                may[part] &= ~bad
        mean = total / weight
        may &= mean > self._scale.least
        self._set(into[self.label])
        return _Edges(
            np.concatenate((edges.first[old], first[may])),
            np.concatenate((edges.second[old], second[may])),
            np.concatenate((edges.mean[old], mean[may])),
        )

    def nearest(self, n: int) -> tuple[IntArray, IntArray]:
        """Groups and those that are nearest by their mean look."""
        names = np.flatnonzero(self._size)
        sums = np.add.reduceat(self._cast.looks.means[self._order], self._start[names], axis=0)
        means: FloatArray = (sums / self._size[names, None]).astype(np.float32)
        near = Index.of(means).nearest(means, min(n + 1, len(names)))
        first, second = np.repeat(np.arange(len(names)), near.shape[1]), near.ravel()
        known = second < len(names)
        return names[first[known]], names[second[known]]

    def _between(
        self, a: IntArray, b: IntArray, known: IntArray, mean: Float64Array
    ) -> tuple[Float64Array, BoolArray]:
        """Mean log-odds of pairs of groups, and which of them are certainly two people."""
        key = np.minimum(a, b) * self._n + np.maximum(a, b)
        at = np.minimum(np.searchsorted(known, key), len(known) - 1)
        there = known[at] == key
        out = mean[at]
        bad = np.zeros(len(a), np.bool_)
        rest = np.flatnonzero(~there)
        bad[rest] = self._forbidden(a[rest], b[rest])
        rest = rest[~bad[rest]]
        out[rest] = self._mean(a[rest], b[rest])
        return out, bad

    def _forbidden(self, a: IntArray, b: IntArray) -> BoolArray:
        one, other = self._called[a], self._called[b]
        names = (one >= 0) & (other >= 0) & (one != other)
        if not len(self._keys):
            return np.asarray(names)
        key = np.minimum(a, b) * self._n + np.maximum(a, b)
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        return np.asarray(names | (self._keys[at] == key))

    def _mean(self, a: IntArray, b: IntArray) -> Float64Array:
        """(M,) over the pairs of looks; of large groups, over looks drawn evenly."""
        drawn = np.minimum(self._size, self._most)
        count = drawn[a] * drawn[b]
        blocks = np.cumsum(count) // _BLOCK
        out = np.zeros(len(a))
        for rows in np.split(np.arange(len(a)), np.flatnonzero(np.diff(blocks)) + 1):
            n = count[rows]
            place = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
            wide = np.repeat(drawn[b[rows]], n)
            odds = self._scale.pairs(
                self._drawn(np.repeat(a[rows], n), place // wide, drawn),
                self._drawn(np.repeat(b[rows], n), place % wide, drawn),
            )
            out[rows] = np.add.reduceat(odds, np.cumsum(n) - n) / n if len(n) else 0.0
        return out

    def _drawn(self, group: IntArray, number: IntArray, drawn: IntArray) -> IntArray:
        place = self._start[group] + number * self._size[group] // drawn[group]
        return np.asarray(self._order[place])


def _reciprocal(first: IntArray, second: IntArray, odds: Float64Array, n: int) -> IntArray:
    """(n,) the group that each is to be merged with: its best, and it is that one's; -1: none."""
    one, other = np.concatenate((first, second)), np.concatenate((second, first))
    order = np.lexsort((other, -np.concatenate((odds, odds)), one))
    one, other = one[order], other[order]
    begin = np.flatnonzero(np.diff(one, prepend=-1))
    best = np.full(n, -1)
    best[one[begin]] = other[begin]
    own = np.arange(n)
    return np.where((best >= 0) & (best[best] == own), best, -1)
