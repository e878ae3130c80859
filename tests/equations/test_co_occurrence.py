"""Tracks that share a frame."""

from __future__ import annotations

import numpy as np

from vcn.equations.co_occurrence import co_occurring


def test_pairs() -> None:
    frames = [np.array(f) for f in ([0, 1, 2], [2, 3], [3, 4], [9], [1, 2])]
    assert co_occurring(frames).tolist() == [[0, 1], [0, 4], [1, 2], [1, 4]]


def test_order_of_tracks_renumbers_only() -> None:
    frames = [np.array(f) for f in ([0, 1], [1, 2], [5])]
    assert co_occurring(frames[::-1]).tolist() == [[1, 2]]


def test_nothing() -> None:
    assert co_occurring([]).shape == (0, 2)
    assert co_occurring([np.array([1]), np.array([], np.int64)]).shape == (0, 2)
