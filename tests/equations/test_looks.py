"""How unlike two pictures of a face are, and in which frame one replaces the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import pytest

from vcn.equations.looks import SIDE, first_like, look, unlike
from vcn.stages.crops import similarity, warp
from vcn.types import FloatArray, FrameTime, ImageArray

TEMPLATE = np.array([[18, 18], [38, 18], [28, 28], [20, 40], [36, 40]], np.float32)


def face(seed: int) -> ImageArray:
    noise = np.random.default_rng(seed).integers(0, 255, (7, 7, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (56, 56), interpolation=cv2.INTER_CUBIC))


def align(image: ImageArray, landmarks: FloatArray) -> ImageArray:
    return warp(image, similarity(landmarks, TEMPLATE), 56)


def test_a_look_ignores_light_and_contrast() -> None:
    one = face(0)
    dim = (one * 0.5 + 20).astype(np.uint8)
    assert look(one).shape == (SIDE * SIDE,)
    assert np.linalg.norm(look(one)) == pytest.approx(1, abs=1e-5)
    assert unlike(look(one), look(one)) == pytest.approx(0, abs=1e-5)
    assert unlike(look(one), look(dim)) < 0.01
    assert unlike(look(one), look(face(1))) > 0.5
    assert not look(np.full((50, 50, 3), 80, np.uint8)).any()


@dataclass(frozen=True)
class Shown:
    time: FrameTime
    image: ImageArray


@pytest.mark.parametrize("first", [10, 11, 12, 13, 14])
def test_the_frame_in_which_the_face_changes(first: int) -> None:
    """The second face lies elsewhere in the picture, as after a cut."""

    def frame(index: int) -> Shown:
        image = np.zeros((120, 200, 3), np.uint8)
        if index < first:
            image[10:66, 10:66] = face(0)
        else:
            image[50:106, 120:176] = face(1)
        return Shown(FrameTime(index, index, Fraction(1, 24)), image)

    places = [TEMPLATE + np.float32(10), TEMPLATE + np.array([120, 50], np.float32)]
    ends = [
        (mark, look(align(frame(at).image, mark))) for mark, at in zip(places, (9, 14), strict=True)
    ]
    found = first_like([frame(at) for at in range(10, 14)], ends[0], ends[1], align, 14)
    assert found == first
