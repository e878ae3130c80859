"""The input matrix: every way of storing a film gives the same frames, times and places."""

from __future__ import annotations

from pathlib import Path

import pytest
from media import Film, find
from media_matrix import MATRIX, TIMES

from vcn.video import open_video


def test_the_matrix_is_large_enough() -> None:
    names = {film.name for film in MATRIX}
    assert len(names) == len(MATRIX) >= 40


@pytest.mark.parametrize("film", MATRIX, ids=lambda film: film.name)
def test_frames_times_and_places(film: Film, tmp_path: Path) -> None:
    path = film.write(tmp_path)
    with open_video(path) as video:
        info = video.info
        assert (info.width, info.height) == film.displayed
        assert film.note is None or film.note in info.notes
        half = 0.5 / float(info.frame_rate)
        seen = 0
        for i, frame in enumerate(video.frames()):
            assert frame.time.index == i
            assert frame.image.shape == (info.height, info.width, 3)
            assert find(frame.image) == pytest.approx(film.centre(i), abs=film.slack)
            width = info.width // 2
            small = frame.small(width)
            assert small.shape == (round(info.height * width / info.width), width, 3)
            place = [centre * width / info.width for centre in film.centre(i)]
            assert find(small) == pytest.approx(place, abs=film.slack)
            seen += 1
        assert seen == len(film.seconds)
        assert video.corrupt == 0

        timeline = video.timeline
        assert len(timeline) == seen
        start = timeline.seconds(0)
        if film.start is not None:
            assert start == pytest.approx(float(film.start), abs=half)
        for i, seconds in enumerate(film.seconds):
            assert timeline.seconds(i) - start == pytest.approx(float(seconds), abs=half)
        if film.times is None:
            length = seen / film.rate
            assert timeline.seconds(seen) - start == pytest.approx(float(length), abs=half)


@pytest.mark.parametrize(
    "film", [film for film in TIMES if film.name.startswith("rate")], ids=lambda film: film.name
)
def test_the_rate_is_a_fraction(film: Film, tmp_path: Path) -> None:
    with open_video(film.write(tmp_path)) as video:
        assert video.info.frame_rate == film.rate
        assert video.info.n_frames_hint == film.n_frames


def test_rotated_film_is_shown_upright(shared_data: Path) -> None:
    clips = shared_data / "clips"
    with (
        open_video(clips / "cyclists.mp4") as upright,
        open_video(clips / "cyclists_rotated90.mp4") as turned,
    ):
        a, b = next(upright.frames()), next(turned.frames())
        assert turned.info.rotation == 90
        assert a.image.shape == b.image.shape == (480, 640, 3)
        difference = abs(a.image.astype(int) - b.image.astype(int)).mean()
        assert difference < 6  # two encodings of one film
        wrong = abs(a.image[::-1, ::-1].astype(int) - b.image.astype(int)).mean()
        assert wrong > 5 * difference
