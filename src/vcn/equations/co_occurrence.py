"""Tracks that share a frame: two faces in one picture are two people.

Used against links (Wu et al. 2013, cited by VideoClusterNet 2); our addition,
VideoClusterNet itself uses positive pairs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vcn.types import IntArray


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
