"""Verification of a film's tracks by their features: numbers, page, terminal, bad files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chromium import PROGRAM, chromium
from film_results import film
from rich.console import Console

from vcn.config import EvaluateConfig
from vcn.errors import DataError, UsageError
from vcn.evaluate import evaluate
from vcn.evaluate.pages import write_page
from vcn.evaluate.terminal import print_evaluation
from vcn.report.write import write_result

QUICK = EvaluateConfig(resamples=20)
WHO = ("anna", "ben", "anna", "ben", "anna", "carl")
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Path]:
    """A result of six tracks and its truth; track 5 (carl) has no features."""
    tracks = [(20 * i, 20 * i + 10, i % 2) for i in range(6)]
    result = write_result(film(n_frames=200, tracks=tracks), tmp_path / "film.json", report=False)
    truth = tmp_path / "gt.csv"
    rows = [f"{track},{name}" for track, name in enumerate(WHO)]
    truth.write_text("\n".join(["track_id,identity", *rows]) + "\n")
    return result.clusters, truth


def features(path: Path, angles: tuple[float, ...], **more: np.ndarray) -> Path:
    """Two crops a track at these angles; the second is three times as long."""
    points = np.array([(np.cos(a), np.sin(a)) for a in angles], np.float32)
    arrays = {
        "features": np.concatenate([points, 3 * points]),
        "track_index": np.tile(np.arange(len(angles)), 2),
        "tracks": np.arange(len(angles)),
    }
    np.savez(path, **(arrays | more))  # type: ignore[arg-type]
    return path


def test_by_hand(case: tuple[Path, Path], tmp_path: Path) -> None:
    result, truth = case
    # anna at 0, .1 and .5; ben at 1 and 1.1. Nearest stranger pair: .5 apart.
    given = features(tmp_path / "f.npz", (0.0, 1.0, 0.1, 1.1, 0.5))
    evaluation = evaluate([result], [truth], QUICK, [given])
    found = evaluation.films[0].verification
    assert found is not None
    assert (found.n_same, found.n_different) == (4, 6)
    # Pairs of one person: .1, .1, .4, .5; of two: .5, .6, .9, 1, 1, 1.1. The two of .5 are
    # not quite equal in floating point, whichever comes first.
    assert found.curve.tpr_at(0) in (0.75, 1.0)
    assert found.curve.auc > 0.95
    record = json.loads(json.dumps(evaluation.to_json()))["films"][0]["verification"]
    assert record["pairs"] == {"same": 4, "different": 6}
    assert [each["fpr"] for each in record["tpr"]] == [0.1, 0.01, 0.001]
    console = Console(file=io.StringIO(), width=160)
    print_evaluation(evaluation, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "verification: TPR" in text
    assert "4 pairs of one person, 6 of two" in text


def test_the_page_shows_the_curve(case: tuple[Path, Path], tmp_path: Path) -> None:
    given = features(tmp_path / "f.npz", (0.0, 1.0, 0.1, 1.1, 2.5))
    evaluation = evaluate([case[0]], [case[1]], QUICK, [given])
    page = tmp_path / "evaluation.html"
    write_page(evaluation, page)
    text = page.read_text()
    assert "TPR at FPR 0.1" in text
    assert 'points="0.00,100.00 ' in text
    assert "f.npz" in text
    if PROGRAM is None:
        pytest.skip("Debian's package chromium is not installed")
    with chromium() as browser:
        browser.open(page, width=390, height=844)
        assert browser.complaints() == []
        assert browser.run("document.documentElement.scrollWidth") <= 390
        stroke = "getComputedStyle(document.querySelector('.ve-curve')).fill"
        assert browser.run(stroke) == "none"


def test_without_features_nothing_changes(case: tuple[Path, Path], tmp_path: Path) -> None:
    evaluation = evaluate([case[0]], [case[1]], QUICK)
    assert evaluation.films[0].verification is None
    write_page(evaluation, tmp_path / "evaluation.html")
    assert "<h3>Verification" not in (tmp_path / "evaluation.html").read_text()


def test_bad_features(case: tuple[Path, Path], tmp_path: Path, run: Cli) -> None:
    result, truth = case
    path = tmp_path / "f.npz"

    def fails(given: Path) -> str:
        with pytest.raises(DataError) as error:
            evaluate([result], [truth], QUICK, [given])
        return str(error.value)

    assert "cannot read features" in fails(tmp_path / "no.npz")
    path.write_text("no")
    assert "cannot read features" in fails(path)
    assert "does not fit" in fails(features(path, (0.0, 1.0), tracks=np.array([0, 99])))
    assert "does not fit" in fails(features(path, (0.0, np.nan)))
    assert "does not fit" in fails(features(path, (0.0, 1.0), track_index=np.array([0, 1])))
    assert "pairs of one person and pairs of two" in fails(features(path, (0.0, 1.0)))
    with pytest.raises(UsageError, match="one --features for each"):
        evaluate([result], [truth], QUICK, [path, path])
    features(path, (0.0, 1.0, 0.1))
    code, told, error = run("evaluate", result, "--gt", truth, "--features", path)
    assert code == 0, error
    assert "verification: TPR" in told
