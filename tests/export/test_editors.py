"""What editors get, read back by the readers of OpenTimelineIO, for every rate and name."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import opentimelineio as otio
import pytest
from exports import HOSTILE_NAMES, exported, film_file, part
from film_results import TWO_PEOPLE, film

from vcn.export.registry import format_named
from vcn.report.read import FilmFile

NTSC = Fraction(1000, 1001)
RATES = (24 * NTSC, Fraction(24), Fraction(25), 30 * NTSC, Fraction(50), 60 * NTSC)
CASES = [(rate, False) for rate in RATES] + [(30 * NTSC, True), (60 * NTSC, True)]
N_FRAMES = 200_000
"""Beyond an hour at every rate but the two fastest: drop-frame has to have dropped."""

Seen = set[tuple[str, int, int]]
"""Name, first frame from the film's first, and number of frames."""


def random_film(folder: Path, rate: Fraction, n: int = 100, n_people: int = 4) -> FilmFile:
    """Appearances at random frames, no two of a person touching."""
    random = np.random.default_rng(7)
    starts = np.sort(random.choice(np.arange(1, N_FRAMES // 50), n, replace=False)) * 50
    return film_file(
        folder,
        film(
            n_frames=N_FRAMES,
            tracks=[
                (start, start + int(random.integers(1, 49)), i % n_people)
                for i, start in enumerate((starts + random.integers(0, 50, n)).tolist())
            ],
            rate=rate,
        ),
    )


def truth(found: FilmFile, names: dict[int, str]) -> Seen:
    return {
        (names[t.person], t.start_frame, t.stop_frame - t.start_frame)
        for t in found.tracks
        if t.person is not None
    }


def frames_of(text: str, rate: Fraction) -> int:
    """Timecode to frames by OpenTimelineIO, whose arithmetic is not ours."""
    drops = ";" in text
    whole = float(rate) if drops else float(round(rate))
    return round(otio.opentime.from_timecode(text, whole).value)


def read_otio(content: bytes, rate: Fraction, first: int) -> Seen:
    timeline = otio.adapters.read_from_string(content.decode(), "otio_json")
    assert timeline.global_start_time == otio.opentime.RationalTime(first, float(rate))
    return markers(timeline.tracks.markers, 0)


def read_fcp7xml(content: bytes, rate: Fraction, first: int) -> Seen:
    timeline = otio.adapters.read_from_string(content.decode(), "fcp_xml")
    assert timeline.global_start_time.value == first
    assert timeline.global_start_time.rate == pytest.approx(float(rate), rel=1e-5)
    return markers(timeline.tracks.markers, 0)


def markers(found: object, first: int) -> Seen:
    return {item(m.name, m.marked_range, first) for m in found}  # type: ignore[attr-defined]


def item(name: str, where: otio.opentime.TimeRange, first: int) -> tuple[str, int, int]:
    return name, round(where.start_time.value) - first, round(where.duration.value)


def read_fcpxml(content: bytes, rate: Fraction, first: int) -> Seen:
    """Plain XML; the adapter takes 29.97 for 29 and 163.6 s at 25 for frame 4089."""
    root = ET.fromstring(content)

    def frames(text: str) -> int:
        value = Fraction(text.removesuffix("s")) * rate
        assert value.denominator == 1
        return int(value)

    start = frames(root.find(".//spine/asset-clip").get("start"))
    assert frames(root.find(".//sequence").get("tcStart")) == first
    exact = {
        (m.get("value"), frames(m.get("start")) - start, frames(m.get("duration")))
        for m in root.iter("marker")
    }
    if rate.denominator == 1:
        (timeline,) = otio.adapters.read_from_string(content.decode(), "fcpx_xml")
        (clip,) = timeline.find_clips()
        pairs = zip(sorted(markers(clip.markers, 0), key=at), sorted(exact, key=at), strict=True)
        for (name, near, _), (right, frame, _) in pairs:
            assert name == right
            assert frame - near in (0, 1)
    return exact


def at(marker: tuple[str, int, int]) -> int:
    return marker[1]


def read_edl(content: bytes, rate: Fraction, first: int) -> Seen:
    pattern = r"\d+  001      V     C        (\S+) \S+ \S+ \S+\r\n \|C:\w+ \|M:(.*) \|D:(\d+)\r\n"
    return {
        (name, frames_of(start, rate) - first, int(length))
        for start, name, length in re.findall(pattern, content.decode())
    }


def read_avid(content: bytes, rate: Fraction, first: int) -> Seen:
    rows = [line.split("\t") for line in content.decode().splitlines()]
    return {(row[4], frames_of(row[1], rate) - first, int(row[5])) for row in rows}


def read_ale(content: bytes, rate: Fraction, first: int) -> Seen:
    text = content.decode()
    header = re.search(r"^FPS\t(.*?)\r$", text, re.M)
    assert header is not None
    assert float(header[1]) == pytest.approx(float(rate), abs=0.005)
    if ";" in text or rate.denominator == 1:  # the adapter takes 29.97 for drop-frame always
        clips = otio.adapters.read_from_string(text, "ale")
        return {item(clip.name, clip.source_range, first) for clip in clips}
    rows = [line.split("\t") for line in text[text.index("Data") :].splitlines()[1:]]
    return {(r[0], frames_of(r[2], rate) - first, frames_of(r[4], rate)) for r in rows}


READERS: dict[str, Callable[[bytes, Fraction, int], Seen]] = {
    "otio": read_otio,
    "fcp7xml": read_fcp7xml,
    "fcpxml": read_fcpxml,
    "edl": read_edl,
    "avid": read_avid,
    "ale": read_ale,
}


@pytest.fixture(scope="module")
def random_films(tmp_path_factory: pytest.TempPathFactory) -> dict[Fraction, FilmFile]:
    return {rate: random_film(tmp_path_factory.mktemp("film"), rate) for rate in RATES}


@pytest.mark.parametrize(("rate", "drop"), CASES)
@pytest.mark.parametrize("form", READERS)
def test_every_marker_is_on_the_very_frame(
    random_films: dict[Fraction, FilmFile], form: str, rate: Fraction, drop: bool
) -> None:
    found = random_films[rate]
    start = "00:58:10;12" if drop else "00:58:10:12"
    content = exported(found, form, start_timecode=start)
    seen = READERS[form](content, rate, frames_of(start, rate))
    assert seen == truth(found, {i: f"Person {i + 1}" for i in range(4)})


@pytest.mark.parametrize("form", READERS)
def test_any_name_comes_back(tmp_path: Path, form: str) -> None:
    names = dict(enumerate(HOSTILE_NAMES))
    tracks = [(10 * i, 10 * i + 5, i) for i in names]
    found = film_file(tmp_path, film(n_frames=1000, tracks=tracks))
    assert READERS[form](exported(found, form, names), Fraction(25), 0) == truth(found, names)
    assert format_named(form).render(part(found, names)).notes == ()


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("name", ["tab\there", "two\nlines", "bell\x07", "a|b"])
def test_a_name_that_a_format_cannot_hold_is_said(tmp_path: Path, form: str, name: str) -> None:
    rendered = format_named(form).render(part(film_file(tmp_path, TWO_PEOPLE), {0: name}))
    seen = {who for who, *_ in READERS[form](rendered.content, Fraction(25), 0)}
    assert (name in seen) != bool(rendered.notes)
    assert len(seen) == 2


@pytest.mark.parametrize("form", READERS)
def test_five_hundred_people(tmp_path: Path, form: str) -> None:
    tracks = [(10 * i, 10 * i + 5, i) for i in range(500)]
    found = film_file(tmp_path, film(n_frames=6000, tracks=tracks))
    seen = READERS[form](exported(found, form), Fraction(25), 0)
    assert seen == truth(found, {i: f"Person {i + 1}" for i in range(500)})


@pytest.mark.parametrize("form", ["otio", "fcp7xml", "aaf"])
@pytest.mark.parametrize("rate", [Fraction(25), 24 * NTSC])
def test_clips_are_a_track_a_person(tmp_path: Path, form: str, rate: Fraction) -> None:
    tracks = [(0, 30, 0), (10, 40, 1), (40, 60, 0)]
    found = film_file(tmp_path, film(n_frames=100, tracks=tracks, rate=rate))
    path = tmp_path / f"a{format_named(form).suffix}"
    path.write_bytes(exported(found, form, {0: HOSTILE_NAMES[0]}, clips=True))
    timeline = otio.adapters.read_from_file(str(path))
    seen = [
        {item(clip.name, clip.trimmed_range_in_parent(), 0) for clip in track.find_clips()}
        for track in timeline.video_tracks()
    ]
    assert seen == [
        {(HOSTILE_NAMES[0], 0, 30), (HOSTILE_NAMES[0], 40, 20)},
        {("Person 2", 10, 30)},
    ]


def test_final_cut_keywords_and_clips(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    root = ET.fromstring(exported(found, "fcpxml", clips=True))
    keywords = [k.get("value") for k in root.iter("keyword")]
    assert keywords == ["Person 1", "Person 2", "Person 1"]
    clips = [(c.get("start"), c.get("duration")) for c in root.findall(".//spine/asset-clip")]
    assert clips == [("0s", "30/25s"), ("10/25s", "30/25s"), ("40/25s", "20/25s")]


def test_a_film_of_variable_rate_is_marked_on_the_nearest_frame(tmp_path: Path) -> None:
    steps = np.random.default_rng(1).choice([1, 1, 1, 2, 3], 400)
    pts = (np.cumsum(steps) * 3000).tolist()
    found = film_file(tmp_path, film(n_frames=400, tracks=[(100, 150, 0)], pts=pts))
    rendered = format_named("edl").render(part(found))
    assert "varies" in rendered.notes[0]
    assert "timeline with 30 frames a second" in rendered.notes[0]
    (seen,) = read_edl(rendered.content, Fraction(30), 0)
    assert seen[1] == (pts[100] - pts[0]) / 3000
    assert seen[2] == (pts[150] - pts[100]) / 3000
