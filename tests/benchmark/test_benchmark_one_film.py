"""`vcn benchmark` of one film: a threshold comes from another film, or is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

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
    far = run("benchmark", one_film, "--method", "hac-fixed", "--seeds", "1", "--fixed", "9")[1]
    assert not any(row in far for row in rows)  # everybody is one person at such a threshold
