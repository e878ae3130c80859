"""Spans for other programs."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from film_results import TWO_PEOPLE, film, films
from hypothesis import HealthCheck, given, settings

from vcn.errors import DataError, UsageError
from vcn.export import export, read_names, spans_of
from vcn.report.document import result_key, tracks_of
from vcn.report.read import FilmFile, read_result
from vcn.report.write import write_result
from vcn.types import FilmResult


def film_file(folder: Path, result: FilmResult) -> FilmFile:
    return read_result(write_result(result, folder / "clusters.json", report=False).clusters)


def test_csv_has_one_line_a_span(tmp_path: Path) -> None:
    text = export(film_file(tmp_path, TWO_PEOPLE), "csv", names={1: 'Ann, "the" boss'})
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["person"], row["start_frame"], row["stop_frame"]) for row in rows] == [
        ("0", "0", "30"),
        ("1", "10", "40"),
        ("0", "40", "60"),  # two tracks that overlap
    ]
    assert rows[0]["name"] == "Person 1"
    assert rows[1]["name"] == 'Ann, "the" boss'
    assert (rows[1]["start_seconds"], rows[1]["end"]) == ("0.4", "0:00:01.600")


@given(films())
@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_spans_add_up_to_screen_time(tmp_path: Path, result: FilmResult) -> None:
    found = film_file(tmp_path, result)
    for person in found.people:
        spans = spans_of(found, person.id)
        total = sum(span.end_seconds - span.start_seconds for span in spans)
        assert total == pytest.approx(person.screen_time_seconds, abs=1e-9)
        edges = [edge for span in spans for edge in (span.start_frame, span.stop_frame)]
        assert edges == sorted(set(edges))


def test_edl_counts_frames(tmp_path: Path) -> None:
    result = film(
        n_frames=4000, tracks=[(1800, 1830, 0)], rate=Fraction(30_000, 1001), start_pts=90
    )
    text = export(
        film_file(tmp_path, result), "edl", names={0: "A|B\nC"}, start_timecode="01:00:00:00"
    )
    assert text.split("\r\n") == [
        "TITLE: film.mp4",
        "FCM: NON-DROP FRAME",
        "",
        "001  001      V     C        01:01:00:00 01:01:00:01 01:01:00:00 01:01:00:01",
        " |C:ResolveColorBlue |M:A/B C |D:30",
        "",
        "",
    ]


def test_some_people(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    assert export(found, "csv", people=[1]).count("\r\n") == 2
    with pytest.raises(UsageError, match="has no person 7"):
        export(found, "csv", people=[7])
    with pytest.raises(UsageError, match="no format"):
        export(found, "xls")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "1", "01:00:00:25", "01:60:00:00", "25:00:00:00", "a:b:c:d"])
def test_a_wrong_timecode(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is not a timecode at 25"):
        export(film_file(tmp_path, TWO_PEOPLE), "edl", start_timecode=text)


def names_file(folder: Path, names: object, result: FilmResult = TWO_PEOPLE) -> Path:
    path = folder / "names.json"
    people = [[track.id for track in tracks_of(result, person)] for person in (0, 1)]
    key = result_key("5f" * 32, people)
    path.write_text(json.dumps({"schema_version": "1.0", "result": key, "names": names}))
    return path


def test_names_from_the_report(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    path = names_file(tmp_path, {"0": " Ann\nLee ", "1": None})
    assert read_names(path, found) == {0: "Ann Lee"}


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ([], "does not hold names"),
        ({"9": "Bob"}, "no valid name"),
        ({"-1": "Bob"}, "no valid name"),
        ({"0": 5}, "no valid name"),
        ({"0": "x" * 5000}, "no valid name"),
        ({"1" * 5000: "Bob"}, "no valid name"),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, names: object, what: str) -> None:
    with pytest.raises(DataError, match=what):
        read_names(names_file(tmp_path, names), film_file(tmp_path, TWO_PEOPLE))


def test_names_of_another_result_are_refused(tmp_path: Path) -> None:
    other = film(n_frames=100, tracks=[(0, 30, 0), (40, 60, 1)])
    path = names_file(tmp_path, {"0": "Ann"}, other)
    with pytest.raises(DataError, match="another result"):
        read_names(path, film_file(tmp_path, TWO_PEOPLE))


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"\xff", b"[]", b" " * (2 << 20)])
def test_broken_names_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "names.json").write_bytes(content)
    with pytest.raises(DataError):
        read_names(tmp_path / "names.json", film_file(tmp_path, TWO_PEOPLE))
