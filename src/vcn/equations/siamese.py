"""Pairs and loss of the Siamese systems: TSiam, SSiam (Sharma et al., FG 2019) and after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vcn.types import Float64Array, IntArray

_GUARD = 1e-12
"""Added under the root: its derivative at 0 is infinite."""


def contrast(u: Tensor, v: Tensor, same: Tensor, margin: float) -> Tensor:
    """TSiam, SSiam: contrastive loss, y d^2 + (1 - y) max(0, m - d)^2, the mean over pairs.

    Args:
        u: (P, W) one side of each pair.
        v: (P, W) the other.
        same: (P,) True for one person.
        margin: m.
    """
    squared = ((u - v) ** 2).sum(dim=1)
    apart = (margin - (squared + _GUARD).sqrt()).clamp_min(0) ** 2
    return torch.where(same, squared, apart).mean()


class Mined(NamedTuple):
    """The hard pairs of SSiam, hardest first."""

    nearest: IntArray
    """(n,) of each crop its nearest other one."""
    positive: IntArray
    """(n,) crops by the distance of their nearest, the largest first."""
    farthest: IntArray
    """(n,)"""
    negative: IntArray
    """(n,) crops by the distance of their farthest, the smallest first."""

    def pairs(self, n_each: int) -> tuple[IntArray, IntArray]:
        """(P, 2) hard positives and (Q, 2) hard negatives, at most `n_each`; a pair once."""
        found = [
            np.sort(np.column_stack((order, partner[order])), axis=1)
            for order, partner in ((self.positive, self.nearest), (self.negative, self.farthest))
        ]
        positive, negative = (_first_of_each(pairs)[:n_each] for pairs in found)
        return positive, negative


def mine(distance: Float64Array) -> Mined:
    """SSiam: the nearest of each crop make hard positives, the farthest hard negatives.

    Positives whose distance is large are hard, negatives whose distance is small; of equal
    distances the first crop counts.

    Args:
        distance: (n, n) of the frozen base embeddings, n >= 2; its diagonal is ignored.
    """
    work = np.array(distance, np.float64)
    rows = np.arange(len(work))
    work[rows, rows] = np.inf
    nearest = work.argmin(axis=1)
    near = work[rows, nearest]
    work[rows, rows] = -np.inf
    farthest = work.argmax(axis=1)
    far = work[rows, farthest]
    return Mined(
        nearest,
        np.argsort(-near, kind="stable"),
        farthest,
        np.argsort(far, kind="stable"),
    )


def _first_of_each(pairs: IntArray) -> IntArray:
    _, first = np.unique(pairs, axis=0, return_index=True)
    return pairs[np.sort(first)]


def unit_scale(values: Float64Array) -> float:
    """What to divide embeddings by, so that their mean squared length is their width.

    It keeps every comparison of distances and makes the margin of TSiam and SSiam
    independent of the face model (our choice).

    Args:
        values: (N, D).
    """
    mean = float((values**2).sum(axis=1).mean()) if len(values) else 0.0
    return float(np.sqrt(mean / values.shape[1])) if mean > 0 else 1.0
