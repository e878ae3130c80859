"""Utterances and the faces that speak them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vcn.config import VoiceConfig
from vcn.stages.speakers import who_speaks
from vcn.types import Speakers, Speech, Timeline, Track

TIMELINE = Timeline(np.arange(200) + 50, Fraction(1, 25), 250)  # it begins at 2 s
SILENT, SPEAKING = (0.07, 0.1), (0.2, 0.1)


def track(number: int, first: int, last: int) -> Track:
    frame = np.arange(first, last)
    box = np.tile(np.array([0, 0, 10, 10], np.float32), (len(frame), 1))
    seen = np.ones(len(frame), np.bool_)
    return Track(number, 0, frame, box, seen.astype(np.float32), seen)


def spoken(*times: tuple[float, float]) -> Speech:
    n = len(times)
    voice = np.tile(np.eye(1, 4, dtype=np.float32), (n, 1))
    start, end = np.array(times, np.float64).reshape(-1, 2).T
    return Speech(start, end, voice, np.zeros(0), np.zeros(0), np.zeros(0))


def run(
    speech: Speech, tracks: list[Track], moved: dict[int, list[tuple[int, tuple[float, float]]]]
) -> Speakers:
    rows = [(t, f, m) for t in sorted(moved) for f, m in moved[t]]
    return who_speaks(
        speech,
        tracks,
        TIMELINE,
        np.array([t for t, _, _ in rows], np.int64),
        np.array([f for _, f, _ in rows], np.int64),
        np.array([m for *_, m in rows], np.float32).reshape(-1, 2),
        VoiceConfig(),
    )


def looks(
    first: int, last: int, motion: tuple[float, float]
) -> list[tuple[int, tuple[float, float]]]:
    return [(frame, motion) for frame in range(first, last, 3)]


def test_of_two_the_one_whose_mouth_moves() -> None:
    tracks = [track(0, 0, 100), track(1, 0, 100)]
    moved = {
        0: [*looks(0, 50, SPEAKING), *looks(50, 100, SILENT)],
        1: [*looks(0, 50, SILENT), *looks(50, 100, SPEAKING)],
    }
    found = run(spoken((2.2, 3.8), (4.2, 5.8)), tracks, moved)
    assert found.track.tolist() == [0, 1]
    assert found.probability.min() > 0.9


def test_the_only_face_speaks_unless_its_mouth_is_still() -> None:
    tracks = [track(0, 0, 100)]
    for motion, speaker in ((SPEAKING, 0), (SILENT, -1), ((-1.0, -1.0), 0)):
        found = run(spoken((2.2, 5.8)), tracks, {0: looks(0, 100, motion)})
        assert found.track.tolist() == [speaker]


def test_who_is_not_there_does_not_speak() -> None:
    tracks = [track(0, 0, 25), track(1, 150, 200)]
    moved = {0: looks(0, 25, SPEAKING), 1: looks(150, 200, SPEAKING)}
    # Before the picture, a little in track 0, in nobody's presence, and after the picture.
    found = run(spoken((0.5, 1.5), (2.8, 5), (4, 5), (11, 12)), tracks, moved)
    assert found.track.tolist() == [-1, -1, -1, -1]
    assert found.probability.tolist() == [0, 0, 0, 0]
    assert run(spoken(), tracks, moved).track.shape == (0,)
    assert run(spoken((3, 4)), [], {}).track.tolist() == [-1]
