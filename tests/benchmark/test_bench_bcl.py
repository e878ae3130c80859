"""`make bench`: BCL and its comparators, trained on simulated films of other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from vcn.benchmark import suite
from vcn.benchmark.markdown import write
from vcn.benchmark.retrained import measure
from vcn.config import RunConfig
from vcn.config.learned import RetrainConfig

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.bench
def test_bcl_on_people_that_it_never_saw(shared_data: Path) -> None:
    """Three folds, every system trained with two seeds: some 20 minutes of one processor."""
    embed = suite.embedder(RunConfig(device="cpu"))
    table, _ = measure(shared_data / "faces", embed, RetrainConfig(), tell=print)
    write(table, BENCHMARKS, "bcl")
    overall = {summary.method: summary for summary in table.overall()}
    # What held when the table was made; no gate on what did not.
    assert overall["bcl"].nmi > overall["bcl-cross-entropy"].nmi
