"""Which people and stretches are exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exports import film_file, part
from film_results import TWO_PEOPLE, film, films
from hypothesis import HealthCheck, given, settings

from vcn.errors import DataError, UsageError
from vcn.export.excerpt import Excerpt
from vcn.export.registry import format_named, format_of_file
from vcn.export.spans import intersection, spans_of, union, widened
from vcn.report.read import FilmFile, read_result
from vcn.types import FilmResult, Reason


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> FilmFile:
    return film_file(tmp_path_factory.mktemp("two"), TWO_PEOPLE)


def frames(chosen: Excerpt) -> list[tuple[str, int, int]]:
    return [(chosen.name(s), s.start_frame, s.stop_frame) for s in chosen.spans]


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


def test_all_people_by_time(two: FilmFile) -> None:
    assert frames(part(two)) == [("Person 1", 0, 30), ("Person 2", 10, 40), ("Person 1", 40, 60)]


def test_a_person_by_id_label_or_name(two: FilmFile) -> None:
    names = {1: "Zo\u00eb  Li"}
    for asked in ("1", "Zoe\u0308 li", "zo\u00eb li"):
        assert frames(part(two, names, people=(asked,))) == [("Zo\u00eb  Li", 10, 40)]
    assert frames(part(two, people=("person 2",))) == [("Person 2", 10, 40)]


def test_a_name_that_is_a_number_goes_before_an_id(two: FilmFile) -> None:
    assert {name for name, *_ in frames(part(two, {0: "1"}, people=("1",)))} == {"1"}


def test_one_name_for_two_people_means_both(two: FilmFile) -> None:
    names = {0: "Ann", 1: "Ann"}
    assert [start for _, start, _ in frames(part(two, names, people=("ann",)))] == [0, 10, 40]
    with pytest.raises(UsageError, match="is one person"):
        part(two, names, together=("Ann", "0"))


def test_nobody_of_that_name(two: FilmFile) -> None:
    with pytest.raises(UsageError, match=r"no person 'Anna'\. Near to it: Ana"):
        part(two, {0: "Ana"}, people=("Anna",))
    with pytest.raises(UsageError, match=r"no person '7'\. It has 2 people, with ids from 0"):
        part(two, people=("7",))


def test_the_unknown(two: FilmFile) -> None:
    assert frames(part(two, unknown=True))[-2:] == [("Unknown", 60, 61), ("Unknown", 70, 100)]


def test_two_together(two: FilmFile) -> None:
    assert frames(part(two, together=("0", "1"))) == [("Person 1 + Person 2", 10, 30)]
    with pytest.raises(UsageError, match="names its two people itself"):
        part(two, together=("0", "1"), people=("0",))


def test_scenes_are_shots_where_there_are_none(two: FilmFile) -> None:
    chosen = part(two, scenes=True)
    assert frames(chosen) == [("Person 1", 0, 40), ("Person 2", 0, 40), ("Person 1", 40, 70)]
    assert "whole shots" in chosen.notes[0]


def test_scenes_are_those_of_the_result(tmp_path: Path) -> None:
    tracks = [(0, 10, 0), (45, 50, 1), (65, 70, 0)]
    made = film(n_frames=100, cuts=(20, 40, 60), tracks=tracks)
    found = film_file(tmp_path, replace(made, scene=np.array([0, 0, 1, 1])))
    chosen = part(found, scenes=True)
    assert frames(chosen) == [("Person 1", 0, 40), ("Person 1", 40, 100), ("Person 2", 40, 100)]
    assert chosen.notes == ()


@pytest.mark.parametrize(
    ("scenes", "what"),
    [
        ([(0, 0), (2, 3)], r"scenes\[1\] must start at shot 1"),
        ([(0, 4)], r"scenes\[0\] must start at shot 0 and end"),
        ([(0, 1), (2, 2)], "scenes must end at shot 3"),
    ],
)
def test_scenes_that_cannot_be(tmp_path: Path, scenes: list[tuple[int, int]], what: str) -> None:
    made = film(n_frames=100, cuts=(20, 40, 60), tracks=[(0, 10, 0)])
    path = film_file(tmp_path, replace(made, scene=np.array([0, 0, 1, 1]))).path
    content = json.loads(path.read_text())
    rows = zip(content["scenes"], scenes, strict=False)
    content["scenes"] = [{**row, "first_shot": a, "last_shot": b} for row, (a, b) in rows]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=what):
        read_result(path)


def test_gaps_lengths_and_handles(tmp_path: Path) -> None:
    spans = [(0, 10), (14, 20), (50, 51), (95, 99)]
    found = film_file(tmp_path, film(n_frames=100, tracks=[(a, b, 0) for a, b in spans]))

    def chosen(**choices: object) -> list[tuple[int, int]]:
        return [(a, b) for _, a, b in frames(part(found, **choices))]

    assert chosen() == spans
    assert chosen(merge_gap=0.15) == spans  # 4 frames are 0.16 s
    assert chosen(merge_gap=0.17) == [(0, 20), (50, 51), (95, 99)]
    assert chosen(min_seconds=0.2) == [(0, 10), (14, 20)]
    assert chosen(merge_gap=0.17, min_seconds=0.41) == [(0, 20)]
    assert chosen(handles=3) == [(0, 23), (47, 54), (92, 100)]
    assert [round(s.end_seconds, 9) for s in part(found, handles=3).spans] == [0.92, 2.16, 4.0]


@pytest.mark.parametrize("name", ["merge_gap", "min_seconds", "handles"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_numbers_that_are_not_possible(two: FilmFile, name: str, value: float) -> None:
    with pytest.raises(UsageError, match="is not possible"):
        part(two, **{name: value})


def test_an_empty_selection_is_an_error_but_an_empty_film_is_not(tmp_path: Path) -> None:
    nobody = film_file(tmp_path, film(n_frames=3))
    assert part(nobody).spans == ()
    with pytest.raises(UsageError, match=r"nothing of .* is selected. Nobody .*--unknown"):
        part(nobody, unknown=True)
    with pytest.raises(UsageError, match="It has no people at all"):
        part(nobody, people=("0",))


def test_boxes_are_those_inside_the_spans(two: FilmFile) -> None:
    boxes = part(two, together=("0", "1")).boxes()
    assert sorted(set(boxes.person.tolist())) == [0, 1]
    assert set(boxes.frame.tolist()) == set(range(10, 30))
    assert len(part(two, unknown=True).boxes()) == 30 + 30 + 10 + 15 + 1 + 30


def test_boxes_of_another_result(tmp_path: Path) -> None:
    found = film_file(tmp_path, TWO_PEOPLE)
    other = film_file(tmp_path, film(n_frames=100, cuts=[50], tracks=[(0, 30, 0), (50, 60, 0)]))
    assert other.boxes_path == found.boxes_path
    with pytest.raises(DataError, match="is not the table of boxes of"):
        part(found).boxes()


def test_ranges() -> None:
    assert union([(5, 6), (0, 2), (2, 4)]) == [(0, 4), (5, 6)]
    assert intersection([(0, 4), (6, 9)], [(2, 7), (8, 20)]) == [(2, 4), (6, 7), (8, 9)]
    parts = [(0, 10), (10, 20), (20, 30)]
    assert widened([(9, 10), (12, 21)], parts) == [(0, 10), (10, 20), (20, 30)]


def test_formats_by_name_and_ending() -> None:
    with pytest.raises(UsageError, match="no format 'xls'"):
        format_named("xls")
    form = format_of_file(Path("a.EDL"))
    assert form is not None
    assert form.name == "edl"
    assert format_of_file(Path("a.unheard")) is None


def test_an_unknown_reason_is_no_person(tmp_path: Path) -> None:
    found = film_file(tmp_path, film(n_frames=5, tracks=[(0, 2, Reason.uncertain)]))
    assert frames(part(found, unknown=True)) == [("Unknown", 0, 2)]
