"""What a season keeps on disk, where there is no room; what a search by name needs."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from loaded_modules import loaded_by

from vcn.errors import OutputError
from vcn.season.candidates import Index
from vcn.season.shelf import Shelf
from vcn.season.tables import Table, write_table


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file may be longer than 2 kB, as on a disk that is all but full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_table_that_does_not_fit_leaves_the_earlier_one(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "looks.parquet"
    write_table(path, {"a": np.arange(3)}, {})
    request.getfixturevalue("no_room")
    many = np.random.default_rng(0).normal(size=9999)
    with pytest.raises(OutputError, match=r"cannot write .*looks\.parquet"):
        write_table(path, {"a": many}, {})
    assert Table(path, "").array("a").tolist() == [0, 1, 2]
    assert [left.name for left in tmp_path.iterdir()] == [path.name]


def test_an_index_that_does_not_fit_leaves_none(tmp_path: Path, no_room: None) -> None:
    index = Index.of(np.eye(99, dtype=np.float32))
    with pytest.raises(OutputError, match=r"cannot write .*looks\.usearch"):
        index.save(tmp_path / "looks.usearch")
    assert not list(tmp_path.iterdir())


def test_a_search_by_name_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.archive.mkdir()
    shelf.document.write_text("{}")
    columns = {
        **{"id": np.array([7]), "name": ["Anna"], "film": ["one"], "path": ["/films/one.mp4"]},
        **{"person": np.array([0]), "probability": np.array([0.9])},
        **{"screen_time": np.array([2.5]), "times": [[1.0, 2.0, 3.0, 4.5]]},
    }
    write_table(shelf.archive / "people.parquet", columns, {})
    said, loaded = loaded_by("find", tmp_path, "--person", "anna")
    assert "Anna (id 7): 2.5 s in 1 film" in said
    assert "0:00:01.0-0:00:02.0, 0:00:03.0-0:00:04.5" in said
    assert "vcn.season.tables" in loaded
    heavy = {"torch", "scipy", "cv2", "onnxruntime", "pandas", "pyarrow.compute", "vcn.report.html"}
    assert not heavy & loaded
