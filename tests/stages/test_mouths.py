"""Mouths that move, and heads that move."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.stages.crops import similarity, warp
from vcn.stages.mouths import FACE_SIDE, FACE_TEMPLATE, MouthWatch

LANDMARKS = FACE_TEMPLATE * 2 + np.float32(60)


def head(seed: int = 0) -> np.ndarray:
    """(240, 240, 3): smooth texture, the same at every call."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (24, 24)).astype(np.float32)
    smooth = np.kron(coarse, np.ones((10, 10), np.float32))
    for _ in range(4):
        smooth = (smooth + np.roll(smooth, 3, 0) + np.roll(smooth, 3, 1)) / 3
    return np.repeat(smooth[:, :, None], 3, axis=2).astype(np.uint8)


def open_mouth(picture: np.ndarray, by: int) -> np.ndarray:
    out = picture.copy()
    x, y = LANDMARKS[3:].mean(axis=0).astype(int)
    out[y - by : y + by, x - 14 : x + 14] = 20
    return out


def aligned(picture: np.ndarray, landmarks: np.ndarray = LANDMARKS) -> np.ndarray:
    return warp(picture, similarity(landmarks.astype(np.float32), FACE_TEMPLATE), FACE_SIDE)


def test_a_mouth_that_opens_moves_and_the_eyes_do_not() -> None:
    watch = MouthWatch()
    assert watch.look(aligned(head())) == (-1, -1)
    mouth, eyes = watch.look(aligned(open_mouth(head(), 6)))
    assert mouth > 0.3
    assert eyes == pytest.approx(0, abs=0.02)
    assert watch.look(aligned(open_mouth(head(), 6))) == pytest.approx((0, 0), abs=0.02)


def test_a_head_that_moves_is_no_mouth_that_moves() -> None:
    watch = MouthWatch()
    watch.look(aligned(head()))
    moved = np.roll(head(), (9, -7), axis=(0, 1))
    mouth, _ = watch.look(aligned(moved, LANDMARKS + np.array([-7, 9])))
    assert mouth < 0.05
    # Landmarks that are two pixels off, as those of a detector are.
    mouth, _ = watch.look(aligned(moved, LANDMARKS + np.array([-5, 10])))
    assert mouth < 0.2


def test_light_changes_nothing() -> None:
    """The same movement in the dark counts the same."""
    found = []
    for gain in (1.0, 0.4):
        watch = MouthWatch()
        for by in (0, 6):
            picture = open_mouth(head(), by) if by else head()
            mouth, _ = watch.look(aligned((picture * gain).astype(np.uint8)))
        found.append(mouth)
    assert found[1] == pytest.approx(found[0], rel=0.1)
    watch = MouthWatch()
    black = np.zeros((FACE_SIDE, FACE_SIDE, 3), np.uint8)
    assert [watch.look(black) for _ in range(2)] == [(-1, -1), (-1, -1)]
