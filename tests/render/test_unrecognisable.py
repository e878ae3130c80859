"""A blurred face is no face any more: neither for the detector nor, so, for any face model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vcn.report.boxes import read_boxes
from vcn.report.read import read_result


@pytest.mark.slow
def test_nobody_is_found_in_the_blurred_film(
    short_film: Path, tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    words = ("--adapt", "off", "--device", "cpu", "--no-report", "-q", "--work-dir", tmp_path / "w")
    before, after = tmp_path / "a.clusters.json", tmp_path / "b.clusters.json"
    blurred = tmp_path / "blurred.mp4"
    assert run("cluster", short_film, "-o", before, *words)[0] == 0
    assert len(read_boxes(read_result(before).boxes_path)) > 40
    assert run("render", before, "-o", blurred, "--blur", "all", "-q")[0] == 0
    assert run("cluster", blurred, "-o", after, *words)[0] == 0
    assert read_result(after).tracks == ()
