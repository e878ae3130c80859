"""Scenes: runs of shots that set-ups hold together.

The scene transition graph of Yeung, Yeo and Liu (1998, "Segmentation of video by clustering
and graph analysis"): where a set-up comes back, all shots between are of the same scene.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vcn.types import IntArray


def scenes(n_shots: int, links: Iterable[tuple[int, int]]) -> IntArray:
    """Scene of each shot.

    Args:
        n_shots: S.
        links: Pairs of shots that show one set-up.

    Returns:
        (S,) not decreasing, from 0.
    """
    joined = np.zeros(max(n_shots - 1, 0), np.bool_)  # shot i and i + 1 are one scene
    for first, second in links:
        joined[min(first, second) : max(first, second)] = True
    return np.concatenate([[0], np.cumsum(~joined)])[:n_shots].astype(np.int64)
