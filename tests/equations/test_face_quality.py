"""What makes a crop of a face good: by hand, and what must lower it."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.face_quality import clearness, face_quality

FRONTAL = np.array([[[0, 0], [60, 0], [30, 30], [10, 50], [50, 50]]], np.float32)


def quality(
    score: float = 0.5,
    sharpness: float = 1.0,
    landmarks: np.ndarray = FRONTAL,
    visible: float = 1.0,
) -> float:
    columns = [np.array([value], np.float32) for value in (score, sharpness)]
    return float(face_quality(*columns, landmarks, np.array([visible], np.float32))[0])


def test_by_hand() -> None:
    assert quality() == pytest.approx(0)  # even odds; eyes 60 over height 50 = 1.2: frontal
    assert quality(score=0.8) == pytest.approx(np.log(4))
    assert quality(sharpness=np.exp(-1)) == pytest.approx(-0.6)
    assert quality(visible=0.5) == pytest.approx(np.log(0.5))
    half = (FRONTAL * (0.5, 1)).astype(np.float32)
    assert quality(landmarks=half) == pytest.approx(np.log(0.5))
    clear = clearness(np.array([0.8], np.float32), np.array([np.exp(-1)], np.float32))
    assert clear == pytest.approx(np.log(4) - 0.6)


def test_what_shows_less_is_worse() -> None:
    worse = [quality(sharpness=0.3), quality(score=0.4), quality(visible=0.7)]
    assert max(worse) < quality()
    assert quality(score=0.9) > quality()


def test_it_is_finite_where_nothing_is() -> None:
    assert np.isfinite(quality(0, 0, np.zeros((1, 5, 2), np.float32), 0))
    assert np.isfinite(quality(1, 50))
    empty = np.empty(0, np.float32)
    assert face_quality(empty, empty, np.empty((0, 5, 2), np.float32), empty).shape == (0,)


def test_a_turn_of_the_picture_does_not_matter() -> None:
    angle = np.deg2rad(30)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = (FRONTAL @ rotation).astype(np.float32)
    assert quality(landmarks=turned) == pytest.approx(quality(), abs=1e-6)
