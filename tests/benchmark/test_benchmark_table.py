"""The committed tables: the gate that quality must pass, and ``make bench``."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import pytest
from paths import BENCHMARKS, ROOT

from vcn.benchmark import suite
from vcn.benchmark.ablations import ABLATIONS
from vcn.benchmark.journal import Journal
from vcn.benchmark.markdown import put, render, render_targets, side_by_side, write
from vcn.benchmark.runner import run
from vcn.benchmark.table import Table, regressions
from vcn.benchmark.targets import targets
from vcn.config import BenchmarkConfig, RunConfig

FOLDER = BENCHMARKS
QUICK_METHODS = ("vcn", "vcn-off", "hac-oracle", "hac-true-k")
QUICK_TOLERANCE = 0.05
"""One track of forty is worth up to 0.03 of B-cubed F, and training differs in the last
digits from one processor to another."""


def measure_quick(data: Path) -> Table:
    films, config = suite.quick(data)
    return run(
        films,
        suite.entries(QUICK_METHODS),
        config,
        protocol=suite.protocol(RunConfig(), config, data / "faces"),
    )


COMMITTED_ABLATIONS = sorted(set(ABLATIONS) - {"fine-tuning"})
"""`fine-tuning` trains the whole model, which needs a GPU: off and head are in the table."""


@pytest.mark.parametrize(
    "name", ["table", "quick", *(f"ablations/{n}" for n in COMMITTED_ABLATIONS)]
)
def test_the_committed_tables_are_whole(name: str) -> None:
    table = Table.read(FOLDER / f"{name}.json")
    assert (FOLDER / f"{name}.md").read_text() == render(table)
    folder, _, ablation = name.rpartition("/")
    wanted = {variant.name for variant in ABLATIONS[ablation]} if folder else {"vcn"}
    assert wanted <= {row.method for row in table.rows}


def with_clips(page: str, table: Table) -> str:
    """clips.md with every system on the clips, side by side."""
    return put(page, side_by_side(table, "clips"))


def test_the_clips_are_those_of_the_table() -> None:
    page = (FOLDER / "clips.md").read_text()
    assert page == with_clips(page, Table.read(FOLDER / "table.json"))


def test_the_numbers_of_full_mode_are_those_of_its_table() -> None:
    page = (FOLDER / "full.md").read_text()
    table = Table.read(FOLDER / "full.json")
    assert page == put(page, side_by_side(table))
    assert {"vcn-full", "vcn-paper-full"} <= {row.method.partition(",")[0] for row in table.rows}


def test_quality_has_not_fallen(shared_data: Path) -> None:
    """A few small films against the committed table; ``make bench`` measures the rest."""
    committed = Table.read(FOLDER / "quick.json")
    measured = measure_quick(shared_data)
    assert regressions(measured, committed, QUICK_TOLERANCE, {"vcn", "vcn-off"}) == ()


def test_targets_are_read_off_a_table() -> None:
    found = targets(Table.read(FOLDER / "quick.json"))
    assert len(found) >= 6
    assert render_targets(found).count("\n") == len(found) + 1
    assert targets(Table((), {})) == ()


def test_targets_compare_over_the_same_films() -> None:
    """A film that the method has no row of makes its bar neither higher nor lower."""
    table = Table.read(FOLDER / "quick.json")
    easy = [replace(row, film="easy", b3_f=1.0) for row in table.rows if row.method != "vcn"]
    assert targets(Table((*table.rows, *easy), {})) == targets(table)


@pytest.mark.bench
@pytest.mark.parametrize("name", COMMITTED_ABLATIONS)
def test_write_the_ablations(
    name: str, shared_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not a test: writes benchmarks/ablations/, 2 to 9 minutes each on one core."""
    monkeypatch.setenv("VCN_CACHE_DIR", os.environ.get("VCN_BENCH_CACHE", str(tmp_path)))
    films, config = suite.for_ablations(shared_data, name)
    table = run(
        films,
        (*suite.entries(None, name), *suite.entries(["hac-oracle"])),
        config,
        protocol=suite.protocol(RunConfig(), config, shared_data / "faces"),
        as_of=today(),
    )
    write(table, FOLDER / "ablations", name)


@pytest.mark.bench
def test_write_the_tables(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not a test: writes benchmarks/, some hours on 2 cores of their own.

    Where VCN_BENCH_CACHE is set, embeddings and every answer of a method are kept there: a
    run that was stopped goes on where it was. VCN_BENCH_METHODS, names with commas between,
    measures these alone; their rows replace those in the table. So does VCN_BENCH_FILMS, names
    or patterns ("office,*-600").
    """
    cache = Path(os.environ.get("VCN_BENCH_CACHE", str(tmp_path)))
    monkeypatch.setenv("VCN_CACHE_DIR", str(cache))
    named, films = os.environ.get("VCN_BENCH_METHODS"), os.environ.get("VCN_BENCH_FILMS")
    whole = named is None and films is None
    if whole:
        write(measure_quick(shared_data), FOLDER, "quick")
    config = BenchmarkConfig()
    sources = suite.committed(shared_data, config)
    patterns = (films or "*").split(",")
    table = run(
        [film for film in sources if any(fnmatch(film.name, one) for one in patterns)],
        suite.entries(None if named is None else named.split(",")),
        config,
        protocol=suite.protocol(RunConfig(), config, shared_data / "faces"),
        journal=Journal(cache / "answers"),
        as_of=today(),
    )
    if whole:
        table = table.joined(Table.read(FOLDER / "bcl.json"))
    else:
        table = Table.read(FOLDER / "table.json").joined(table)
    write(table, FOLDER)
    page = FOLDER / "clips.md"
    page.write_text(with_clips(page.read_text(), Table.read(FOLDER / "table.json")))


def today() -> str:
    """The day and the commit."""
    head = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(head, cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{datetime.now(UTC):%Y-%m-%d} {found.stdout.strip()}".strip()
