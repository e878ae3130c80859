"""A recording with a hole in it: nothing counts the time in which there was no picture."""

from __future__ import annotations

import json
from fractions import Fraction
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from film_results import film
from rich.console import Console

from vcn.config import ReportConfig
from vcn.export.spans import spans_of
from vcn.report.document import film_document
from vcn.report.html import render_report
from vcn.report.read import read_result
from vcn.report.terminal import print_summary
from vcn.report.write import write_result
from vcn.types import FilmResult, Timeline

FRAME = 3600
"""Units of a frame: 25 a second at 90 kHz."""
HOLE = 7200 * 90_000


def recorded() -> FilmResult:
    """Two seconds, a hole of two hours, two seconds; one person throughout."""
    pts = [i * FRAME + (HOLE if i >= 50 else 0) for i in range(100)]
    return film(
        n_frames=100, cuts=[50], pts=pts, end_pts=pts[-1] + FRAME, max_gap_seconds=1.0,
        tracks=[(0, 50, 0), (50, 100, 0)], counts={"repairs": 2, "repaired_frames": 42},
    )  # fmt: skip


def test_the_timeline_knows_its_holes() -> None:
    timeline = recorded().timeline
    assert timeline.holes.tolist() == [49]
    assert timeline.shown_seconds == pytest.approx(4.0)
    assert timeline.end_seconds(49) == pytest.approx(2.0)
    assert timeline.seconds(50) == pytest.approx(7202.0)
    assert timeline.duration_of(np.arange(100)) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("seconds", "holes"),
    [
        ([0, 1, 2, 3], []),  # slides
        ([0, 5, 8, 20, 24], []),  # slides of any length
        ([0, 0.04, 0.08, 1.0, 1.04], []),  # short enough
        ([0, 0.04, 0.08, 1.2, 1.24], [2]),
        ([0], []),
    ],
)
def test_what_a_hole_is(seconds: list[float], holes: list[int]) -> None:
    pts = np.array([round(1000 * s) for s in seconds])
    timeline = Timeline(pts, Fraction(1, 1000), int(pts[-1]) + 40, max_gap_seconds=1.0)
    assert timeline.holes.tolist() == holes
    assert not len(Timeline(pts, Fraction(1, 1000), int(pts[-1]) + 40).holes)


def test_no_output_counts_the_hole(tmp_path: Path) -> None:
    result = recorded()
    document = film_document(result, "film.boxes.parquet", ReportConfig())
    assert document["video"]["shown_seconds"] == pytest.approx(4.0)
    (person,) = document["people"]
    assert person["screen_time_seconds"] == pytest.approx(4.0)
    assert [shot["end_seconds"] for shot in document["shots"]] == pytest.approx([2.0, 7204.0])
    assert [track["end_seconds"] for track in document["tracks"]] == pytest.approx([2.0, 7204.0])

    written = write_result(result, tmp_path / "film.clusters.json", config=ReportConfig())
    read = read_result(written.clusters)
    assert read.video.end_seconds == pytest.approx(7204.0)
    spans = spans_of(read, 0)
    assert [(span.start_frame, span.stop_frame) for span in spans] == [(0, 50), (50, 100)]
    assert [span.seconds for span in spans] == pytest.approx([2.0, 2.0])
    assert [span.start_seconds for span in spans] == pytest.approx([0.0, 7202.0])

    page = render_report(result, document, ReportConfig()).decode()
    assert "4.0 s long" in page
    data = json.loads(page.split('type="application/json" id="data">')[1].split("</script>")[0])
    assert data["people"][0]["spans"] == [[0, 2000], [7_202_000, 7_204_000]]


def test_holes_and_repairs_are_said() -> None:
    result, out = recorded(), StringIO()
    print_summary(result, None, Console(file=out, width=200))
    text = out.getvalue()
    assert "4.0 s of film" in text
    assert "a hole in the recording (2:00:00 without a picture): not counted" in text
    assert "repaired in 2 places (42 frames)" in text
    page = render_report(result, film_document(result, "b", ReportConfig()), ReportConfig())
    assert b"repaired in 2 places (42 frames)" in page
