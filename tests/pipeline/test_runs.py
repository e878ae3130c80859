"""A film searched in several runs of shots: what is put together is what one pass writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vcn.config import RunConfig
from vcn.pipeline import Run
from vcn.pipeline.runs import RunOfShots


def files(work: Path) -> dict[str, bytes]:
    """What the pass left, with its checksums; fails where anything else is left."""
    (folder,) = [path for path in work.rglob("*") if path.is_dir() and path.parent != work]
    assert folder.name.startswith("scan-")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_shot_is_in_one_run() -> None:
    runs = [RunOfShots(n, 4, 80.0) for n in range(4)]
    begins = [0.0, -0.04, 19.96, 20.0, 59.0, 79.9, 80.0, 300.0]
    owners = [[run.number for run in runs if run.has(begin)] for begin in begins]
    assert owners == [[0], [0], [0], [1], [2], [3], [3], [3]]
    assert [run.is_over(20.0) for run in runs] == [True, False, False, False]


@pytest.mark.parametrize("n", [2, 5])
def test_a_film_in_runs_is_the_film_in_one(short_film: Path, tmp_path: Path, n: int) -> None:
    def run(name: str) -> Run:
        return Run.prepare(short_film, RunConfig(device="cpu"), None, tmp_path / name)

    run("one").scan()
    for number in reversed(range(n)):  # in any order, each by another process
        run("several").scan_run(number, n)
    parts = [path for path in (tmp_path / "several").rglob("run-*") if path.is_dir()]
    assert len(parts) == n
    records = [json.loads((part / "scan.json").read_text()) for part in parts]
    assert sum("time_base" in record for record in records) == 1
    assert sum(record["n_searched"] > 0 for record in records) > 1
    several = run("several")
    several.scan(n)
    assert files(tmp_path / "several") == files(tmp_path / "one")


def test_a_run_that_is_missing_is_searched_with_the_film(short_film: Path, tmp_path: Path) -> None:
    run = Run.prepare(short_film, RunConfig(device="cpu"), None, tmp_path)
    run.scan_run(1, 2)
    assert len(run.scan(2).tracks) > 0
    assert run.timings.keys() == {"scan"}
