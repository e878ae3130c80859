"""A reviewed film as truth."""

from __future__ import annotations

from pathlib import Path

from film_results import film

from vcn.evaluate.truth import read_truth
from vcn.export.excerpt import excerpt
from vcn.export.registry import format_named
from vcn.export.selection import Selection
from vcn.report.read import read_result
from vcn.report.write import write_result
from vcn.types import Reason


def test_truth_is_read_by_evaluate(tmp_path: Path) -> None:
    result = film(
        n_frames=100,
        tracks=[(0, 30, 0), (40, 60, 1), (61, 70, Reason.not_a_face), (70, 90, Reason.blurred)],
    )
    write_result(result, tmp_path / "a.clusters.json", report=False)
    part = excerpt(
        read_result(tmp_path / "a.clusters.json"), Selection(), names={0: "Ann", 1: "Ann"}
    )
    path = tmp_path / "a.labels.csv"
    path.write_bytes(format_named("truth").render(part).content)
    truth = read_truth(path, leave_out=("unsure", "not_a_face"))
    assert {"Ann (1)", "Ann (2)"} == {
        name for name, out in zip(truth.identity, truth.left_out, strict=True) if not out
    }
    assert set(truth.identity) == {"Ann (1)", "Ann (2)", "unsure", "not_a_face"}
