"""Who is heard: in clusters.json, its reader, and the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from film_results import SCHEMA, TWO_PEOPLE

from vcn.config import ReportConfig
from vcn.errors import DataError
from vcn.report.document import film_document
from vcn.report.html import render_report
from vcn.report.read import read_result
from vcn.report.write import as_json, write_result
from vcn.types import FilmResult, Heard


def heard(n_people: int = 2) -> FilmResult:
    spoken = Heard(
        start=np.array([0.2, 1.0, 1.5, 2.0]),
        end=np.array([0.8, 1.4, 1.9, 2.2]),
        track=np.array([0, -1, -1, -1]),
        person=np.array([0, 1, 0, -1])[:4],
        voice=np.array([-1, -1, -1, 0]),
        probability=np.array([0.9, 0.7, 0.8, 0.2]),
        sound="sound stream 0 (aac, 48000 Hz, stereo)",
    )
    assert n_people <= TWO_PEOPLE.clustering.n_clusters
    return replace(TWO_PEOPLE, heard=spoken)


def document(result: FilmResult) -> dict[str, object]:
    return json.loads(as_json(film_document(result, "x.boxes.parquet", ReportConfig())))


def test_the_document_follows_the_schema_and_is_read_back(tmp_path: Path) -> None:
    made = document(heard())
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert [person["heard_seconds"] for person in made["people"]] == [1.0, 0.4]
    path = tmp_path / "film.clusters.json"
    write_result(heard(), path)
    back = read_result(path).utterances
    assert back is not None
    assert [(u.person, u.track, u.voice) for u in back] == [
        (0, 0, None),
        (1, None, None),
        (0, None, None),
        (None, None, 0),
    ]
    assert [u.probability for u in back] == [0.9, 0.7, 0.8, 0.2]


def test_without_sound_nothing_is_said_of_it(tmp_path: Path) -> None:
    made = document(TWO_PEOPLE)
    assert not {"sound", "utterances"} & made.keys()
    assert not any("heard_seconds" in person for person in made["people"])
    path = tmp_path / "film.clusters.json"
    write_result(TWO_PEOPLE, path)
    assert read_result(path).utterances is None
    page = render_report(TWO_PEOPLE, made, ReportConfig()).decode()
    assert "eard, not seen" not in page


def test_a_stranger_in_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.clusters.json"
    write_result(heard(), path, report=False)
    broken = json.loads(path.read_text())
    for key, value, message in (
        ("person", 99, "names somebody who is not there"),
        ("end_seconds", 0.1, "the end must lie after the start"),
        ("probability", 1.5, "a probability from 0 to 1"),
    ):
        changed = json.loads(json.dumps(broken))
        changed["utterances"][0][key] = value
        path.write_text(json.dumps(changed))
        with pytest.raises(DataError, match=message):
            read_result(path)


def test_the_report_shows_who_is_heard_and_not_seen() -> None:
    result = heard()
    page = render_report(result, document(result), ReportConfig()).decode()
    assert page.count("<title>Heard, not seen</title>") == 2
    assert "Person 2: heard, not seen, once, 0.4 s in all" in page
    assert "Voices without a face: heard, not seen, once, 0.2 s in all" in page
    assert "Heard was sound stream 0 (aac, 48000 Hz, stereo)" in page
    assert "heard 1.0 s" in page
