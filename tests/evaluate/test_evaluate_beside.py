"""`vcn evaluate --gt labels.csv`: which result it is taken for, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from film_results import film

from vcn.errors import DataError, UsageError
from vcn.evaluate.beside import result_beside
from vcn.report.write import write_result

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("files", "truth", "expected"),
    [
        (["clusters.json", "a.clusters.json"], "labels.csv", "clusters.json"),
        (["clusters.json", "a.clusters.json"], "a.labels.csv", "a.clusters.json"),
        (["clusters.json", "a.clusters.json"], "a.csv", "a.clusters.json"),
        (["clusters.json"], "film.labels.csv", "clusters.json"),
        (["b.clusters.json"], "labels.csv", "b.clusters.json"),
        (["a.b.clusters.json", "a.clusters.json"], "a.b.labels.csv", "a.b.clusters.json"),
    ],
)
def test_the_result_that_belongs_to_the_labels(
    tmp_path: Path, files: list[str], truth: str, expected: str
) -> None:
    for name in (*files, truth):
        (tmp_path / name).touch()
    assert result_beside(tmp_path / truth) == tmp_path / expected


def test_several_or_none_is_one_clear_line(tmp_path: Path) -> None:
    truth = tmp_path / "labels.csv"
    with pytest.raises(DataError, match="there is no file"):
        result_beside(truth)
    truth.touch()
    with pytest.raises(UsageError, match="no result lies beside"):
        result_beside(truth)
    for name in ("a", "b"):
        (tmp_path / f"{name}.clusters.json").touch()
    with pytest.raises(UsageError, match=r"2 results lie beside .* vcn evaluate a\.clusters\.json"):
        result_beside(truth)


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    result = film(n_frames=40, tracks=[(0, 10, 0), (10, 20, 1), (20, 30, 1)])
    write_result(result, tmp_path / "clusters.json", report=False)
    path = tmp_path / "labels.csv"
    path.write_text("track_id,identity\n0,anna\n1,ben\n2,unsure\n")
    return path


def test_the_command_as_the_user_wrote_it(run: Run, labelled: Path) -> None:
    code, stdout, stderr = run("evaluate", "--gt", "labels.csv", "--json", "--resamples", "0")
    assert code == 0
    assert stderr == "labels.csv is taken for the truth of clusters.json\n"
    assert json.loads(stdout)["films"][0]["scores"]["tracks"] is not None


@pytest.mark.parametrize(
    ("options", "left_out", "scored"),
    [
        ([], ["not_a_face", "unsure", "unknown"], 2),
        (["--leave-out", "ben"], ["not_a_face", "unsure", "unknown", "ben"], 1),
        (["--leave-out", "ben", "--leave-out-only"], ["ben"], 2),
        (["--leave-out-only"], [], 3),
        (["--set", "evaluate.leave_out=anna"], ["anna"], 2),
    ],
)
def test_leave_out_adds(
    run: Run, labelled: Path, options: list[str], left_out: list[str], scored: int
) -> None:
    code, stdout, _ = run("evaluate", "--gt", labelled, "--json", "--resamples", "0", *options)
    assert code == 0
    done = json.loads(stdout)
    assert done["options"]["leave_out"] == left_out
    assert done["films"][0]["counts"]["tracks_scored"] == scored
