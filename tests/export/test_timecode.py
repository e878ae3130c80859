"""Timecode, against a counter that numbers the frames of a day one by one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from exports import film_file
from film_results import film

from vcn.errors import UsageError
from vcn.export.timecode import FrameCount, frame_count
from vcn.report.read import FilmVideo
from vcn.types import Timeline
from vcn.types.rate import STANDARD, Rate, editing_rate, rate_of

NTSC = Fraction(1000, 1001)
RATES = (24 * NTSC, Fraction(24), Fraction(25), 30 * NTSC, Fraction(30), Fraction(50), 60 * NTSC)


def labels(base: int, drop: bool, n_frames: int) -> list[str]:
    """Timecode of the first frames of a day: SMPTE ST 12-1 written as a clock that ticks."""
    found, mark = [], ";" if drop else ":"
    h = m = s = f = 0
    while len(found) < n_frames:
        found.append(f"{h:02d}:{m:02d}:{s:02d}{mark}{f:02d}")
        f += 1
        if f == base:
            f, s = 0, s + 1
        if s == 60:
            s, m = 0, m + 1
            if drop and m % 10:
                f = base // 15
        if m == 60:
            m, h = 0, h + 1
    return found


@pytest.fixture
def video(tmp_path: Path) -> FilmVideo:
    return film_file(tmp_path, film(n_frames=10)).video


def at(video: FilmVideo, rate: Fraction, **others: object) -> FilmVideo:
    return replace(video, frame_rate=rate, nominal_rate=rate, **others)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("drop", [False, True])
def test_frames_have_their_numbers(video: FilmVideo, rate: Fraction, drop: bool) -> None:
    if drop and rate not in (30 * NTSC, 60 * NTSC):
        with pytest.raises(UsageError, match="is drop-frame timecode, which"):
            frame_count(at(video, rate), "00:00:00;00", None)
        return
    count, _ = frame_count(at(video, rate), "00:00:00;00" if drop else "00:00:00:00", None)
    n = round(rate) * 610
    for frame, label in enumerate(labels(round(rate), drop, n)):
        if frame % 97 == 0 or frame % (60 * round(rate)) < 5 or frame > n - 300:
            assert count.text(frame) == label


def test_an_hour_of_drop_frame_is_an_hour(video: FilmVideo) -> None:
    count, notes = frame_count(at(video, 30 * NTSC), None, None)
    assert count.text(round(3600 * 30 * NTSC)) == "01:00:00;00"
    assert "drop-frame timecode" in notes[0]


@pytest.mark.parametrize("rate", RATES)
def test_what_is_parsed_is_written(video: FilmVideo, rate: Fraction) -> None:
    marks = ":;" if rate in (30 * NTSC, 60 * NTSC) else ":"
    for mark in marks:
        for text in (f"01:00:00{mark}00", f"09:59:59{mark}23", f"23:10:01{mark}02"):
            count, _ = frame_count(at(video, rate), text, None)
            assert count.text(0) == text


def test_the_films_own_timecode_is_used(video: FilmVideo) -> None:
    own = at(video, 30 * NTSC, timecode="09:58:59;28")
    assert frame_count(own, None, None)[0].text(3) == "09:59:00;03"
    assert frame_count(own, "00:00:10:00", None)[0].text(0) == "00:00:10:00"
    strange = at(video, Fraction(25), timecode="00:00:00:29")
    count, notes = frame_count(strange, None, None)
    assert count.text(0) == "00:00:00:00"
    assert "does not fit" in notes[0]


@pytest.mark.parametrize(
    "text",
    ["", "1", "01:00:00:25", "01:60:00:00", "24:00:00:00", "a:b:c:d", "01:00:00;00", "1:2:3:4",
     "01:00:00:00:00", "\u0661\u0661:00:00:00"],
)  # fmt: skip
def test_a_wrong_timecode(video: FilmVideo, text: str) -> None:
    with pytest.raises(UsageError, match="timecode"):
        frame_count(at(video, Fraction(25)), text, None)


def test_a_number_that_was_dropped(video: FilmVideo) -> None:
    with pytest.raises(UsageError, match="has no 00:01:00;01"):
        frame_count(at(video, 30 * NTSC), "00:01:00;01", None)
    assert frame_count(at(video, 30 * NTSC), "00:10:00;01", None)[0].first == 17983


def test_after_24_hours_it_begins_again(video: FilmVideo) -> None:
    for rate, first in ((Fraction(25), "23:59:59:20"), (30 * NTSC, "23:59:59;25")):
        count, notes = frame_count(at(video, rate, n_frames=10), first, None)
        assert count.text(5) == ("00:00:00" + first[8] + "00")
        assert any("begins again" in note for note in notes)
        count, notes = frame_count(at(video, rate, n_frames=4), first, None)
        assert not notes


def test_another_rate(video: FilmVideo) -> None:
    count, notes = frame_count(at(video, Fraction(25)), None, "23.976")
    assert count == FrameCount(24 * NTSC, False, 0, 0, False)
    assert count.frame(video, 250, 10.0) == 240
    assert "nearest frame of a timeline with 23.976" in notes[0]
    for text, rate in (("29.97", 30 * NTSC), ("60000/1001", 60 * NTSC), ("25", Fraction(25))):
        assert frame_count(video, None, text)[0].rate == rate
    for text in ("x", "0", "-25", "1/0", "5000"):
        with pytest.raises(UsageError, match="no frame rate"):
            frame_count(video, None, text)


def timeline(seconds: np.ndarray, base: int = 90_000) -> Timeline:
    pts = np.round(seconds * base).astype(np.int64)
    return Timeline(pts, Fraction(1, base), int(pts[-1]) + 1)


@pytest.mark.parametrize("rate", STANDARD)
@pytest.mark.parametrize("base", [90_000, 1000])
def test_a_constant_rate_is_exact_whatever_the_container_says(rate: Fraction, base: int) -> None:
    times = 5 + np.arange(4000) / float(rate)
    for stated in (rate, Fraction(25), Fraction(round(float(rate), 2)).limit_denominator(100)):
        assert rate_of(timeline(times, base), stated) == Rate(rate, True)


def test_a_phone_that_left_out_frames_has_its_nominal_rate() -> None:
    times = np.cumsum(np.random.default_rng(0).choice([1, 1, 1, 2, 3], 500)) / 30
    assert rate_of(timeline(times), Fraction(233, 10)) == Rate(Fraction(30), False)


def test_slow_films_are_counted_on_a_timeline_that_holds_them() -> None:
    for rate, used in (
        (Fraction(25, 28), 25), (Fraction(1), 24), (Fraction(10), 30), (Fraction(25, 2), 25),
        (Fraction(15), 30), (Fraction(17), 24 * NTSC), (Fraction(240), 120),
    ):  # fmt: skip
        assert editing_rate(Rate(rate, True)) == used
