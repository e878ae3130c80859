"""Tracks that share a frame: two faces in one picture are two people.

Used against links (Wu et al. 2013, cited by VideoClusterNet 2); our addition,
VideoClusterNet itself uses positive pairs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vcn.equations.boxes import iou
from vcn.types import BoolArray, FloatArray, IntArray

ONE_PLACE = 0.3
"""Intersection over union from which two boxes are one face, found twice. Our choice."""
_MOST_WAITING = 1 << 22
"""Pairs of single frames that are held until each is counted once: 32 MB."""


def co_occurring(frames: Sequence[IntArray]) -> IntArray:
    """Pairs of tracks with a frame in common.

    Args:
        frames: for each of T tracks the frames that it is seen in, increasing.

    Returns:
        (M, 2) pairs (i, j) with i < j, sorted, each once.
    """
    n = len(frames)
    if not n:
        return np.empty((0, 2), dtype=np.int64)
    track = np.repeat(np.arange(n), [len(f) for f in frames])
    frame = np.concatenate([np.asarray(f, dtype=np.int64) for f in frames])
    order = np.lexsort((track, frame))
    track, frame = track[order], frame[order]
    edges = np.flatnonzero(np.concatenate(([True], np.diff(frame) != 0, [True])))
    codes = [np.empty(0, np.int64)]
    before, waiting = track[:0], 0
    for start, stop in pairwise(edges.tolist()):
        here = track[start:stop]
        if len(here) < 2 or np.array_equal(here, before):
            continue
        before = here
        a, b = np.triu_indices(len(here), 1)
        codes.append(here[a] * n + here[b])
        waiting += len(a)
        if waiting > _MOST_WAITING:
            codes, waiting = [np.unique(np.concatenate(codes))], 0
    found = np.unique(np.concatenate(codes))
    return np.stack([found // n, found % n], axis=1)


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
    if not len(pairs):
        return pairs
    reach = np.full((len(boxes), 4), np.nan)  # everywhere that a track was
    for track, xyxy in enumerate(boxes):
        if len(xyxy):
            reach[track] = *xyxy[:, :2].min(axis=0), *xyxy[:, 2:].max(axis=0)
    one, other = reach[pairs[:, 0]], reach[pairs[:, 1]]
    apart = (one[:, :2] >= other[:, 2:]) | (other[:, :2] >= one[:, 2:])
    kept: BoolArray = np.asarray(apart.any(axis=1))
    for row in np.flatnonzero(~kept).tolist():
        a, b = pairs[row].tolist()
        _, at_a, at_b = np.intersect1d(frames[a], frames[b], True, True)
        kept[row] = np.median(iou(boxes[a][at_a], boxes[b][at_b])) < ONE_PLACE
    return pairs[kept]
