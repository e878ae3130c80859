"""What `make demo` finds in the example film must not become worse.

The golden file holds the counts and scores of one run; `make golden` writes it anew, and
nothing else does: a missing file is a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ExampleRun
from paths import TESTS

GOLDEN = TESTS / "golden" / "example_film.json"

TOLERANCE = {
    "shots": 0,
    "tracks": 3,
    "unknown": 2,
    "people": 1,
    "detection_recall": 0.02,
    "wcp": 0.03,
    "b3_f": 0.05,
    "nmi": 0.05,
}
"""How far a value may move; processors and library versions round differently."""


@pytest.fixture
def found(
    run: Callable[..., tuple[int, str, str]],
    example_film: Path,
    example_run: ExampleRun,
    tmp_path: Path,
) -> dict[str, float]:
    """The counts and scores of the two commands of `make demo`, after the one run."""
    out = tmp_path / "clusters.json"
    code, _, stderr = run(
        "cluster", example_film, "-o", out, "--device", "cpu", "--work-dir", example_run.work
    )
    assert code == 0, stderr
    truth = example_film.with_suffix(".labels.csv")
    code, stdout, stderr = run("evaluate", out, "--gt", truth, "--json")
    assert code == 0, stderr
    film = json.loads(stdout)["films"][0]
    document: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    scores = film["scores"]["tracks"]["with_unknown"]
    return {
        "shots": len(document["shots"]),
        "tracks": len(document["tracks"]),
        "unknown": len(document["unknown"]),
        "people": len(document["people"]),
        "detection_recall": film["detection_recall"],
        **{name: scores[name]["value"] for name in ("wcp", "b3_f", "nmi")},
    }


def test_the_example_film(found: dict[str, float], write_golden: bool) -> None:
    if write_golden:
        text = json.dumps({name: round(value, 4) for name, value in found.items()}, indent=1)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert GOLDEN.is_file(), f"{GOLDEN} is missing: make golden"
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert golden.keys() == found.keys() == TOLERANCE.keys()
    moved = {
        name: (golden[name], found[name])
        for name, allowed in TOLERANCE.items()
        if abs(found[name] - golden[name]) > allowed + 1e-9
    }
    assert not moved, f"golden and found: {moved}"
