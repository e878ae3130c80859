"""Tracks that share a frame: two faces in one picture are two people.

Used against links (Wu et al. 2013, cited by VideoClusterNet 2); our addition,
VideoClusterNet itself uses positive pairs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vcn.equations.boxes import iou
from vcn.types import FloatArray, IntArray

ONE_PLACE = 0.3
"""Intersection over union from which two boxes are one face, found twice. Our choice."""


def co_occurring(frames: Sequence[IntArray]) -> IntArray:
    """Pairs of tracks with a frame in common.

    Args:
        frames: for each of T tracks the frames that it is seen in, increasing.

    Returns:
        (M, 2) pairs (i, j) with i < j, sorted, each once.
    """
    if not frames:
        return np.empty((0, 2), dtype=np.int64)
    sizes = np.array([len(f) for f in frames])
    track = np.repeat(np.arange(len(frames)), sizes)
    frame = np.concatenate([np.asarray(f, dtype=np.int64) for f in frames])
    order = np.lexsort((track, frame))
    track, frame = track[order], frame[order]
    edges = np.flatnonzero(np.concatenate(([True], np.diff(frame) != 0, [True])))
    pairs: set[tuple[int, int]] = set()
    for start, stop in pairwise(edges.tolist()):
        here = track[start:stop].tolist()
        pairs.update((a, b) for i, a in enumerate(here) for b in here[i + 1 :] if a != b)
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def two_people(frames: Sequence[IntArray], boxes: Sequence[FloatArray]) -> IntArray:
    """Co-occurring tracks but those that are one face, found twice.

    A face found twice is in one place in most of the frames that its tracks share; people who
    pass each other are so for a moment only.

    Args:
        frames: As in `co_occurring`.
        boxes: (n, 4) of each track in these frames.

    Returns:
        (M, 2) as `co_occurring`.
    """
    pairs = co_occurring(frames)
    kept = np.ones(len(pairs), np.bool_)
    for row, (a, b) in enumerate(pairs.tolist()):
        _, at_a, at_b = np.intersect1d(frames[a], frames[b], True, True)
        kept[row] = np.median(iou(boxes[a][at_a], boxes[b][at_b])) < ONE_PLACE
    return pairs[kept]
