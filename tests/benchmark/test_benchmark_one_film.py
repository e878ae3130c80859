"""`vcn benchmark` of one film: a threshold comes from another film, or is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vcn import __version__
from vcn.benchmark.table import Table

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def one_film(tmp_path: Path) -> Path:
    """Four tracks of two people, far apart."""
    rng = np.random.default_rng(0)
    people = np.eye(8, dtype=np.float32)[[0, 0, 1, 1]]
    features = np.repeat(people, 4, axis=0) + rng.normal(0, 0.05, (16, 8)).astype(np.float32)
    path = tmp_path / "one.npz"
    np.savez(
        path,
        features=features.astype(np.float32),
        track_index=np.repeat(np.arange(4), 4),
        labels=np.array([0, 0, 1, 1]),
    )
    return path


def test_a_threshold_needs_another_film(run: Run, one_film: Path) -> None:
    code, stdout, stderr = run("benchmark", one_film, "--method", "hac-fixed", "--seeds", "1")
    assert (code, stdout) == (2, "")
    assert "threshold of hac-fixed comes from other films, and there is only one" in stderr
    assert "--fixed" in stderr
    assert stderr.count("\n") == 1


@pytest.mark.parametrize("given", [("--fixed", "0.8"), ("--set", "benchmark.fixed=0.8")])
def test_the_threshold_can_be_given(run: Run, one_film: Path, given: tuple[str, str]) -> None:
    code, stdout, _ = run(
        *("benchmark", one_film, "--method", "hac-fixed", "--seeds", "1", "--quiet", *given)
    )
    assert code == 0
    rows = [line for line in stdout.splitlines() if line.startswith("| hac-fixed")]
    assert rows
    assert all("1.000" in row for row in rows)
    code, _, stderr = run("benchmark", one_film, "--method", "hac-fixed", "--fixed", "nan")
    assert (code, stderr.count("\n")) == (2, 1)
    assert "--fixed must be a finite number from 0 on, got nan" in stderr
    far = run("benchmark", one_film, "--method", "hac-fixed", "--seeds", "1", "--fixed", "9")[1]
    assert not any(row in far for row in rows)  # everybody is one person at such a threshold


def test_a_table_is_renewed_in_parts(run: Run, one_film: Path, tmp_path: Path) -> None:
    """Rows of another method or film stay, with their day; answers are not asked for twice."""
    out, kept = tmp_path / "table", tmp_path / "kept"

    def measure(*arguments: str) -> tuple[int, str, str]:
        return run("benchmark", one_film, "--seeds", "1", "--quiet", *arguments)

    into = ("-o", str(out), "--renew", "--answers", str(kept))
    assert measure("--method", "finch", *into, "--as-of", "2026-01-01 abc")[0] == 0
    answers = {file: file.stat().st_mtime_ns for file in kept.iterdir()}
    assert len(answers) == 1
    two = ("--method", "hac-oracle", "--method", "affinity", *into)
    assert measure(*two, "--as-of", "2026-01-02 def")[0] == 0
    assert measure("--method", "affinity", "--method", "finch:known_k", *into)[0] == 0
    of = {row.method: row.as_of for row in Table.read(out / "table.json").rows}
    assert of["finch"] == "2026-01-01 abc"
    assert of["hac-oracle"] == "2026-01-02 def"
    assert of["affinity"] == of["finch:known_k"]
    assert of["affinity"].endswith(f" vcn {__version__}")
    assert list(of) == ["finch", "hac-oracle", "affinity", "finch:known_k"]
    assert answers.items() <= {file: file.stat().st_mtime_ns for file in kept.iterdir()}.items()
    assert measure("--method", "finch", "-o", str(out))[0] == 0
    assert {row.method for row in Table.read(out / "table.json").rows} == {"finch"}


def test_a_table_that_cannot_be_renewed(run: Run, one_film: Path, tmp_path: Path) -> None:
    measure = ("benchmark", one_film, "--method", "finch", "--seeds", "1", "--renew")
    code, _, stderr = run(*measure)
    assert (code, stderr.count("\n")) == (2, 1)
    assert "--out" in stderr
    (tmp_path / "table.json").write_text("{}")
    code, _, stderr = run(*measure, "-o", tmp_path)
    assert (code, stderr.count("\n")) == (7, 1)
    assert "not a benchmark table" in stderr
    (tmp_path / "table.json").write_text(Table((), {"pack": "another"}).as_json())
    code, _, stderr = run(*measure, "-o", tmp_path)
    assert (code, stderr.count("\n")) == (7, 1)
    assert "the pack of the two tables differ" in stderr
