"""What makes a crop of a face good: by hand, and what must lower it."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.face_quality import face_quality

FRONTAL = np.array([[[0, 0], [60, 0], [30, 30], [10, 50], [50, 50]]], np.float32)


def quality(
    size: float = 20.0,
    sharpness: float = 1.0,
    score: float = 1.0,
    landmarks: np.ndarray = FRONTAL,
    visible: float = 1.0,
) -> float:
    columns = [np.array([value], np.float32) for value in (size, sharpness, score)]
    seen = np.array([visible], np.float32)
    return float(face_quality(*columns, landmarks, seen)[0])


def test_by_hand() -> None:
    assert quality() == pytest.approx(0.5)  # 20 / (20 + 20), eyes 60 over height 50 = 1.2
    assert quality(size=60, score=0.8, visible=0.5) == pytest.approx(0.75 * 0.8 * 0.5)
    assert quality(sharpness=0.5**8) == pytest.approx(0.25)


def test_what_shows_less_is_worse() -> None:
    turned = FRONTAL * (0.4, 1)
    worse = [
        quality(size=12),
        quality(sharpness=0.01),
        quality(score=0.6),
        quality(landmarks=turned.astype(np.float32)),
        quality(visible=0.7),
    ]
    assert max(worse) < quality()
    assert quality(size=200) > quality()


def test_it_is_defined_where_nothing_is() -> None:
    assert quality(landmarks=np.zeros((1, 5, 2), np.float32)) == 0
    assert quality(size=0) == quality(sharpness=0) == 0
    empty = np.empty(0, np.float32)
    assert face_quality(empty, empty, empty, np.empty((0, 5, 2), np.float32), empty).shape == (0,)
    assert 0 < quality(size=4000, sharpness=50) <= 1


def test_a_turn_of_the_picture_does_not_matter() -> None:
    angle = np.deg2rad(30)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert quality(landmarks=(FRONTAL @ rotation).astype(np.float32)) == pytest.approx(quality())
