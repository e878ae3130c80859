"""Edit decision lists."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from exports import exported, film_file, part
from film_results import TWO_PEOPLE, film

from vcn.export.registry import format_named


def test_markers_for_resolve(tmp_path: Path) -> None:
    result = film(
        n_frames=4000, tracks=[(1800, 1830, 0)], rate=Fraction(30_000, 1001), start_pts=90
    )
    text = exported(film_file(tmp_path, result), "edl", {0: "A|B\nC"}, start_timecode="01:00:00:00")
    assert text.decode().split("\r\n") == [
        "TITLE: film.mp4",
        "FCM: NON-DROP FRAME",
        "",
        "001  001      V     C        01:01:00:00 01:01:00:01 01:01:00:00 01:01:00:01",
        " |C:ResolveColorBlue |M:A/B C |D:30",
        "",
        "",
    ]


def test_drop_frame_says_so(tmp_path: Path) -> None:
    result = film(n_frames=4000, tracks=[(1800, 1830, 0)], rate=Fraction(30_000, 1001))
    text = exported(film_file(tmp_path, result), "edl").decode()
    assert "FCM: DROP FRAME" in text
    assert "00:01:00;02 00:01:00;03" in text


def test_a_name_that_it_cannot_hold_is_said(tmp_path: Path) -> None:
    rendered = format_named("edl").render(part(film_file(tmp_path, TWO_PEOPLE), {0: "A|B"}))
    assert rendered.notes == ("'A|B' is written as 'A/B'",)


def test_clips_are_read_by_opentimelineio(tmp_path: Path) -> None:
    text = exported(
        film_file(tmp_path, TWO_PEOPLE), "edl", clips=True, start_timecode="10:00:00:00"
    )
    clips = list(otio.adapters.read_from_string(text.decode(), "cmx_3600", rate=25).find_clips())
    first = 10 * 3600 * 25
    assert [
        (c.source_range.start_time.value - first, c.source_range.duration.value) for c in clips
    ] == [(0, 30), (10, 30), (40, 20)]
