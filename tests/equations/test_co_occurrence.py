"""Tracks that share a frame."""

from __future__ import annotations

import numpy as np

from vcn.equations.co_occurrence import co_occurring, two_people


def test_pairs() -> None:
    frames = [np.array(f) for f in ([0, 1, 2], [2, 3], [3, 4], [9], [1, 2])]
    assert co_occurring(frames).tolist() == [[0, 1], [0, 4], [1, 2], [1, 4]]


def test_order_of_tracks_renumbers_only() -> None:
    frames = [np.array(f) for f in ([0, 1], [1, 2], [5])]
    assert co_occurring(frames[::-1]).tolist() == [[1, 2]]


def test_nothing() -> None:
    assert co_occurring([]).shape == (0, 2)
    assert co_occurring([np.array([1]), np.array([], np.int64)]).shape == (0, 2)


def test_a_face_found_twice_is_not_two_people() -> None:
    frames = [np.arange(0, 4), np.arange(1, 5), np.arange(1, 5)]
    still = np.tile(np.array([[0, 0, 10, 10]], np.float32), (4, 1))
    passing = still + np.array([[8, 0, 8, 0], [2, 0, 2, 0], [6, 0, 6, 0], [9, 0, 9, 0]])
    boxes = [still, still + np.float32(1), passing.astype(np.float32)]
    # 0 and 1 overlap by 81 / 119 all the time; the third passes both: median .25 and less.
    assert co_occurring(frames).tolist() == [[0, 1], [0, 2], [1, 2]]
    assert two_people(frames, boxes).tolist() == [[0, 2], [1, 2]]
