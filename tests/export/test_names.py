"""Names that were typed into the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from exports import film_file
from film_results import TWO_PEOPLE, film

from vcn.errors import DataError
from vcn.export.names import read_names
from vcn.report.document import result_key
from vcn.report.exemplars import tracks_of
from vcn.types import FilmResult


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
