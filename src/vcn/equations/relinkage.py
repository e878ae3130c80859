"""Average linkage (Sokal and Michener 1958) again, after few losses changed.

The merges are those of `average_linkage`, in its order: what is far from the change merges as
before, and only clusters that the change can reach are compared with all others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vcn.equations.linkage import Tree
from vcn.types import Float64Array, IntArray

Joint = Callable[[Float64Array, Float64Array], Float64Array]


def relinkage(
    loss: Float64Array,
    before: Tree,
    changed: IntArray,
    joint: Joint | None = None,
    limit: float = np.inf,
) -> Tree:
    """`average_linkage(loss, joint=joint, limit=limit)`, from the merges before a change.

    A cluster is *reached* when it has an item that changed, or when it merged before with one
    that is reached: what becomes of it now is open. All others merge with each other as they
    did, at the same losses, in the same order.

    Args:
        loss: (n, n) symmetric; its diagonal is ignored.
        before: The merges of the losses before the change, with the same `joint` and `limit`.
        changed: (K,) items of which a loss changed: each pair that changed has both in it.
        joint: As in `average_linkage`.
        limit: As in `average_linkage`.

    Returns:
        The merges. Means are added up in another order than there: equal losses may differ in
        their last digit, and then which of them goes first.
    """
    again = _Reached(loss, joint)
    for item in np.unique(changed).tolist():
        again.reach(item)
    merges: list[tuple[float, int, int]] = []
    old = list(
        zip(before.loss.tolist(), before.first.tolist(), before.second.tolist(), strict=True)
    )
    at = 0
    while True:
        while at < len(old) and (again.slot[old[at][1]] >= 0 or again.slot[old[at][2]] >= 0):
            again.reach(old[at][1])
            again.reach(old[at][2])
            at += 1
        best = again.best()
        if at < len(old) and (best is None or old[at] < best):
            best = old[at]
            at += 1
        if best is None or not best[0] <= limit or best[0] == np.inf:
            break
        merges.append(best)
        again.merge(best[1], best[2])
    _, first, second = zip(*merges, strict=True) if merges else ((), (), ())
    return Tree(
        np.array(first, np.int64),
        np.array(second, np.int64),
        np.array([value for value, _, _ in merges], np.float64),
        len(loss),
    )


class _Reached:
    """Clusters that a change can reach, each with its mean loss to every cluster."""

    def __init__(self, loss: Float64Array, joint: Joint | None) -> None:
        n = len(loss)
        self.loss, self.joint = loss, joint
        self.members = {item: [item] for item in range(n)}
        """Of each cluster, by its smallest member: its name."""
        self.owner = np.arange(n)
        """(n,) name of the cluster of each item."""
        self.size = np.ones(n)
        """(n,) of the cluster of each name; 0: there is none any more."""
        self.slot = np.full(n, -1)
        """(n,) row of the cluster of an item; -1: it is not reached."""
        self.name = np.zeros(0, np.int64)
        self.mean = np.zeros((0, n))
        self.work = np.zeros((0, n))
        self.least = np.zeros(0)
        self.nearest = np.zeros(0, np.int64)

    def reach(self, name: int) -> None:
        """Compare a cluster with all others from now on."""
        if self.slot[name] >= 0:
            return
        members = self.members[name]
        sums = np.bincount(self.owner, self.loss[members].sum(axis=0), len(self.owner))
        with np.errstate(invalid="ignore", divide="ignore"):
            row = sums / (self.size * self.size[name])
        row[self.size == 0] = row[name] = np.inf
        self.slot[members] = len(self.name)
        self.name = np.append(self.name, name)
        self.mean = np.vstack((self.mean, row))
        self.work = np.vstack((self.work, self._joint(row, name)))
        self.least, self.nearest = np.append(self.least, 0.0), np.append(self.nearest, 0)
        self._search(np.array([len(self.name) - 1]))

    def best(self) -> tuple[float, int, int] | None:
        """Least loss of a reached cluster, and the two, the smaller name first."""
        if not len(self.least):
            return None
        value = self.least.min()
        pairs = []
        for row in (self.least == value).nonzero()[0].tolist():
            a, b = int(self.name[row]), int(self.nearest[row])
            pairs.append((a, b) if a < b else (b, a))
        return (float(value), *min(pairs))

    def merge(self, a: int, b: int) -> None:
        """Make one of two clusters, reached or not; `a` is the smaller name."""
        one, two = int(self.slot[a]), int(self.slot[b])
        if (one < 0) != (two < 0):
            self.reach(b if two < 0 else a)
            one, two = int(self.slot[a]), int(self.slot[b])
        whole = self.size[a] + self.size[b]
        column = (self.size[a] * self.mean[:, a] + self.size[b] * self.mean[:, b]) / whole
        if one >= 0:
            row = (self.size[a] * self.mean[one] + self.size[b] * self.mean[two]) / whole
            row[[a, b]] = np.inf
            column[[one, two]] = np.inf
        self.size[a], self.size[b] = whole, 0
        members = self.members.pop(b)
        self.members[a] += members
        self.owner[members] = a
        self.mean[:, a], self.mean[:, b] = column, np.inf
        if one >= 0:
            self.mean[one], self.work[one] = row, self._joint(row, a)
            self.slot[members] = one
        closer = self._joint(column, a, self.size[self.name])
        self.work[:, a], self.work[:, b] = closer, np.inf
        stale = (self.nearest == a) | (self.nearest == b)
        less = (closer < self.least) | ((closer == self.least) & (a < self.nearest))
        self.nearest[less], self.least[less] = a, closer[less]
        stale &= ~less
        if one >= 0:
            stale[one] = True
            self._drop(two, stale)
            stale = stale[: len(self.name)]
        if stale.any():
            self._search(np.flatnonzero(stale))

    def _drop(self, slot: int, stale: np.ndarray) -> None:
        """Forget a row: the last one takes its place."""
        last = len(self.name) - 1
        if slot != last:
            self.slot[self.slot == last] = slot
            for array in (self.name, self.mean, self.work, self.least, self.nearest, stale):
                array[slot] = array[last]
        self.name, self.mean, self.work = self.name[:last], self.mean[:last], self.work[:last]
        self.least, self.nearest = self.least[:last], self.nearest[:last]

    def _search(self, rows: IntArray) -> None:
        self.nearest[rows] = self.work[rows].argmin(axis=1)
        self.least[rows] = self.work[rows, self.nearest[rows]]

    def _joint(
        self, mean: Float64Array, name: int, size: Float64Array | None = None
    ) -> Float64Array:
        if self.joint is None:
            return mean
        pairs = self.size[name] * (self.size if size is None else size)
        return self.joint(mean, np.maximum(pairs, 1))
