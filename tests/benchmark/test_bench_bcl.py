"""`make bench`: BCL and its comparators, trained on simulated films of other people."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from paths import BENCHMARKS

from vcn.benchmark import suite
from vcn.benchmark.clips import Clip
from vcn.benchmark.markdown import write
from vcn.benchmark.retrained import courses, measure
from vcn.benchmark.table import Table
from vcn.config import BenchmarkConfig, RunConfig
from vcn.config.learned import RetrainConfig


@pytest.mark.bench
def test_bcl_on_people_that_it_never_saw(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every film of the committed table: some 40 minutes of one processor."""
    monkeypatch.setenv("VCN_CACHE_DIR", os.environ.get("VCN_BENCH_CACHE", str(tmp_path)))
    embed, config, retrain = suite.embedder(RunConfig()), BenchmarkConfig(), RetrainConfig()
    sources = suite.committed(shared_data, config)
    clips = [source for source in sources if isinstance(source, Clip)]
    simulated = [source for source in sources if not isinstance(source, Clip)]
    taught = courses(shared_data / "faces", clips, simulated, embed, retrain)
    table = measure(taught, embed, retrain, config, tell=print)
    write(table, BENCHMARKS, "bcl")
    write(Table.read(BENCHMARKS / "table.json").joined(table), BENCHMARKS)
