"""clusters.json and its table of boxes: what they say, and that they appear whole or not."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest
from film_results import SCHEMA, TWO_PEOPLE, film, films
from hypothesis import HealthCheck, given, settings

import vcn.report.write as write_module
from vcn.config import SCHEMA_VERSION, ReportConfig
from vcn.errors import DataError, OutputError
from vcn.report.boxes import read_boxes
from vcn.report.document import film_document
from vcn.report.write import as_json, check_writable, write_result
from vcn.types import FilmResult

VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document(result: FilmResult) -> dict[str, object]:
    """The document as a reader of the file gets it."""
    return json.loads(as_json(film_document(result, "x.boxes.parquet", ReportConfig())))


def test_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@given(films())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_every_result_follows_the_schema(result: FilmResult) -> None:
    VALIDATOR.validate(document(result))


@pytest.mark.parametrize(
    "result",
    [
        film(n_frames=0),
        film(n_frames=1),
        film(n_frames=1, tracks=[(0, 1, 0)]),
        film(n_frames=50),
        TWO_PEOPLE,
    ],
    ids=["no frame", "one frame", "one face", "no face", "two people"],
)
def test_examples_follow_the_schema(result: FilmResult) -> None:
    VALIDATOR.validate(document(result))


def test_screen_time_counts_a_frame_once() -> None:
    people = document(TWO_PEOPLE)["people"]
    # Frames 0-30, and 40-60 from two tracks of which 45-50 overlap; 25 frames a second.
    assert people[0]["tracks"] == [0, 2, 3]
    assert people[0]["screen_time_seconds"] == pytest.approx(50 / 25)
    assert (people[0]["first_seconds"], people[0]["last_seconds"]) == (0.0, 2.4)
    assert (people[1]["first_seconds"], people[1]["last_seconds"]) == (0.4, 1.6)


def test_screen_time_is_exact_where_the_frame_rate_varies() -> None:
    pts = [9000, 9100, 12_000, 12_001]
    result = film(n_frames=4, tracks=[(0, 2, 0), (3, 4, 0)], pts=pts, end_pts=99_001)
    shown = document(result)
    person = shown["people"][0]
    assert person["screen_time_seconds"] == float(Fraction(3000 + 87_000, 90_000))
    assert person["first_seconds"] == 0.1
    assert shown["video"]["start_seconds"] == 0.1
    assert shown["video"]["duration_seconds"] == pytest.approx(90_001 / 90_000)


def test_unknown_tracks_have_reasons() -> None:
    shown = document(TWO_PEOPLE)
    assert shown["unknown"] == [
        {"track": 4, "reason": "too_small"},
        {"track": 5, "reason": "uncertain"},
    ]
    assert [track["reason"] for track in shown["tracks"]] == [None] * 4 + [
        "too_small",
        "uncertain",
    ]
    assert [track["person"] for track in shown["tracks"]] == [0, 1, 0, 0, None, None]


def test_sampled_boxes_are_first_last_and_two_a_second() -> None:
    track = document(TWO_PEOPLE)["tracks"][5]
    assert [box["frame"] for box in track["boxes"]] == [70, 83, 95, 99]
    assert track["boxes"][0]["xyxy"] == [45.0, 20.0, 85.12, 71.0]


def test_exemplars_come_from_different_shots_first() -> None:
    person = document(TWO_PEOPLE)["people"][0]
    # Track 3 is better than 2 but both are of one shot: track 0, of the other, is between.
    assert [item["track"] for item in person["exemplars"]] == [3, 0, 2]


def test_a_number_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(DataError, match="nan"):
        film_document(
            film(n_frames=1, counts={"bad": float("nan")}), "x.boxes.parquet", ReportConfig()
        )


def test_a_path_that_is_not_utf8_is_replaced(tmp_path: Path) -> None:
    name = os.fsdecode(b"film\xff.mp4")
    written = write_result(film(n_frames=1, path=name), tmp_path / "clusters.json", report=False)
    shown = json.loads(written.clusters.read_text(encoding="utf-8"))
    assert shown["video"]["path"] == "film\ufffd.mp4"


def test_boxes_hold_every_frame_of_every_track(tmp_path: Path) -> None:
    written = write_result(TWO_PEOPLE, tmp_path / "clusters.json", report=False)
    assert written.boxes == tmp_path / "clusters.boxes.parquet"
    boxes = read_boxes(written.boxes)
    assert len(boxes) == sum(len(track) for track in TWO_PEOPLE.tracks)
    for track in TWO_PEOPLE.tracks:
        rows = boxes.track == track.id
        np.testing.assert_array_equal(boxes.frame[rows], track.frame)
        np.testing.assert_array_equal(boxes.xyxy[rows], track.xyxy)
        np.testing.assert_array_equal(boxes.score[rows], track.score)
        np.testing.assert_array_equal(boxes.observed[rows], track.observed)
        assert set(boxes.person[rows]) == {TWO_PEOPLE.clustering.labels[track.id]}
    np.testing.assert_allclose(boxes.seconds, boxes.frame / 25)


def test_boxes_of_a_film_without_faces(tmp_path: Path) -> None:
    written = write_result(film(n_frames=3), tmp_path / "clusters.json", report=False)
    assert len(read_boxes(written.boxes)) == 0
    assert pq.read_schema(written.boxes).names[:4] == ["frame", "seconds", "track", "person"]


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_result(TWO_PEOPLE, tmp_path / folder / "clusters.json")
    a, b = (sorted((tmp_path / folder).iterdir()) for folder in ("a", "b"))
    assert [path.name for path in a] == [path.name for path in b]
    assert [path.read_bytes() for path in a] == [path.read_bytes() for path in b]


@pytest.mark.parametrize("broken", ["write_boxes", "as_json"])
def test_a_failure_leaves_the_earlier_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    out = tmp_path / "clusters.json"
    write_result(film(n_frames=5), out)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write_module, broken, full_disk)
    with pytest.raises(OutputError, match="No space left on device"):
        write_result(TWO_PEOPLE, out)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_writable_place_passes_and_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "clusters.json").write_text("earlier")
    check_writable(tmp_path / "clusters.json")
    assert [path.name for path in tmp_path.iterdir()] == ["clusters.json"]
    assert (tmp_path / "clusters.json").read_text() == "earlier"


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        check_writable(tmp_path / "nowhere" / "clusters.json")


def test_a_folder_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "clusters.boxes.parquet").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        check_writable(tmp_path / "clusters.json")


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(OutputError, match=r"not a regular file|Permission|Read-only|there is no"):
        check_writable(Path("/dev/null"))
    assert not Path("/dev/null").is_file()


def test_a_read_only_folder_is_one_line(tmp_path: Path) -> None:
    folder = Path("/proc/self") if os.geteuid() == 0 else tmp_path / "locked"
    if os.geteuid() != 0:
        folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot write"):
        check_writable(folder / "clusters.json")


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "there.json").write_text("earlier")
    (tmp_path / "clusters.json").symlink_to(tmp_path / "real" / "there.json")
    write_result(film(n_frames=1), tmp_path / "clusters.json", report=False)
    assert (tmp_path / "clusters.json").is_symlink()
    written = json.loads((tmp_path / "real" / "there.json").read_text())
    assert written["schema_version"] == SCHEMA_VERSION


def test_a_name_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    check_writable(tmp_path / ("x" * 230 + ".json"))
    with pytest.raises(OutputError, match="File name too long"):
        check_writable(tmp_path / ("x" * 250 + ".json"))


def test_a_name_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not UTF-8"):
        check_writable(tmp_path / os.fsdecode(b"\xff.json"))


def test_files_have_the_permissions_of_the_umask(tmp_path: Path) -> None:
    written = write_result(film(n_frames=1), tmp_path / "clusters.json")
    (tmp_path / "plain").touch()
    expected = (tmp_path / "plain").stat().st_mode
    assert all(p.stat().st_mode == expected for p in (written.clusters, written.boxes))


def test_a_loop_of_links_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "clusters.json").symlink_to(tmp_path / "clusters.json")
    with pytest.raises(OutputError, match="cannot write"):
        check_writable(tmp_path / "clusters.json")
