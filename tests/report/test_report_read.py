"""Reading clusters.json and its boxes back, from friends and from others."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from film_results import SCHEMA, TWO_PEOPLE, film, films
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vcn.config import ReportConfig
from vcn.errors import DataError
from vcn.report.boxes import read_boxes
from vcn.report.document import film_document
from vcn.report.read import read_result
from vcn.report.write import as_json, write_result
from vcn.types import FilmResult, Reason

VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DOCUMENT = json.loads(as_json(film_document(TWO_PEOPLE, "x.boxes.parquet", ReportConfig())))


def reads(folder: Path, document: Any) -> None:
    """Read a document through a file."""
    path = folder / "clusters.json"
    path.write_text(json.dumps(document))
    read_result(path)


@given(result=films())
@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_was_written_is_read(tmp_path: Path, result: FilmResult) -> None:
    found = read_result(write_result(result, tmp_path / "clusters.json", report=False).clusters)
    assert [t.person for t in found.tracks] == [
        None if label < 0 else label for label in result.clustering.labels
    ]
    assert len(found.people) == result.clustering.n_clusters
    assert len(found.shots) == len(result.shots)
    assert found.video.n_frames == len(result.timeline)
    assert len(read_boxes(found.boxes_path)) == sum(len(track) for track in result.tracks)


def test_times_and_reasons_are_read(tmp_path: Path) -> None:
    found = read_result(write_result(TWO_PEOPLE, tmp_path / "c.json", report=False).clusters)
    assert found.people[0].screen_time_seconds == 2.0
    assert [(t.id, t.reason) for t in found.unknown] == [(4, Reason.too_small), (5, "uncertain")]
    assert found.boxes_path == tmp_path / "c.boxes.parquet"
    assert found.video.frame_rate == 25


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is not JSON"),
        (b"film", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 200_000, "too deeply nested"),
        (b"[]", "holds no object"),
        (b"{}", "schema_version is missing"),
        (b'{"schema_version": "2.0"}', "this vcn reads"),
        (b'{"schema_version": ' + b"9" * 5000 + b"}", "is not JSON"),
    ],
)
def test_no_clusters_json(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "clusters.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what) as error:
        read_result(path)
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_result(tmp_path / "clusters.json")


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        (("boxes_file",), "../../etc/passwd", "boxes_file"),
        (("boxes_file",), "/etc/passwd", "boxes_file"),
        (("boxes_file",), "..", "boxes_file"),
        (("boxes_file",), "a\0b", "boxes_file"),
        (("video", "width"), 10**400, "whole number"),
        (("video", "duration_seconds"), float("nan"), "must be a number"),
        (("video", "duration_seconds"), 1e300, "must be a number"),
        (("video", "frame_rate"), "25", "fraction"),
        (("video", "frame_rate"), "1/0", "zero"),
        (("video", "time_base"), "1" * 10_000 + "/1", "fraction"),
        (("video", "n_frames"), True, "whole number"),
        (("video", "n_frames"), 99, "shots must end"),
        (("shots", 1, "start_frame"), 41, "start at 40"),
        (("tracks", 0, "id"), 1, "must be its position"),
        (("tracks", 0, "person"), 7, "not in people"),
        (("tracks", 0, "person"), 1, "not the tracks with that person"),
        (("tracks", 0, "person"), None, "either a person or a reason"),
        (("tracks", 0, "shot"), 3, "not in shots"),
        (("tracks", 0, "shot"), 1, "leaves its shot"),
        (("tracks", 4, "reason"), "ugly", "must be one of"),
        (("tracks", 0, "boxes", 0, "xyxy"), [0, 0, 1, float("inf")], "four numbers"),
        (("tracks", 0, "boxes"), [], "has a box"),
        (("tracks", 0, "boxes", 0, "frame"), 30, "in order"),
        (("tracks", 0, "stop_frame"), 0, "whole number from 1"),
        (("people", 0, "tracks"), [0, 2, 3, 10**30], "not the tracks"),
        (("people", 0, "name"), 5, "must be text"),
        (("people", 1), "Ann", "must be an object"),
        (("people", 0, "exemplars", 0, "track"), 1, "somebody else"),
        (("unknown",), [], "unknown does not list"),
        (("manifest",), [], "must be an object"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, place: tuple[str | int, ...], value: object, what: str
) -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    *parents, last = place
    inner = document
    for key in parents:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(DataError, match=what) as error:
        reads(tmp_path, document)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("video", "shown_seconds"), None),
        (("tracks", 0, "probability"), 1.5),
        (("tracks", 0, "because"), {"face": "near"}),
        (("people", 0, "heard_seconds"), -1),
        (("people", 0, "season_id"), "0"),
        (("people", 0, "nearest"), {"person": 1}),
    ],
)
def test_what_1_1_added_is_checked_where_it_is_there(
    tmp_path: Path, where: tuple[str | int, ...], value: object
) -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    inner = document
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(DataError):
        reads(tmp_path, document)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([[]]),
)


@given(seed=st.integers(0, 2**32), junk=JUNK, remove=st.booleans())
@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_reader_is_at_least_as_strict_as_the_schema(
    tmp_path: Path, seed: int, junk: object, remove: bool
) -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    choose = random.Random(seed)
    inner, key = document, "manifest"
    while key == "manifest":  # the reader leaves its content alone
        inner = document
        key = choose.choice(list(inner))
    while isinstance(inner[key], dict | list) and inner[key] and choose.random() < 0.8:
        inner = inner[key]
        key = choose.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
    if remove and isinstance(inner, dict):
        del inner[key]
    else:
        inner[key] = junk
    try:
        reads(tmp_path, document)
    except DataError:
        return
    VALIDATOR.validate(document)


def test_a_result_of_a_later_1_x_is_read(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT) | {"schema_version": "1.7", "more": 1}
    reads(tmp_path, document)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 100, b"no table at all"])
def test_a_broken_table_of_boxes_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot read the table of boxes") as error:
        read_boxes(path)
    assert "\n" not in str(error.value)


def test_a_missing_table_of_boxes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the table of boxes"):
        read_boxes(tmp_path / "x.parquet")


def test_another_table_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"frame": [1, 2]}), tmp_path / "x.parquet")
    with pytest.raises(DataError, match="columns"):
        read_boxes(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("column", "values"),
    [("frame", [5, 5]), ("track", [1, 0]), ("person", [-2, 0]), ("x1", [0, float("nan")])],
)
def test_impossible_boxes_are_refused(tmp_path: Path, column: str, values: list[float]) -> None:
    path = write_result(
        film(n_frames=2, tracks=[(0, 2, 0)]), tmp_path / "c.json", report=False
    ).boxes
    table = pq.read_table(path)
    index = table.schema.get_field_index(column)
    kind = table.schema.field(column)
    pq.write_table(table.set_column(index, kind, pa.array(values, kind.type)), path)
    with pytest.raises(DataError, match="holds values"):
        read_boxes(path)
