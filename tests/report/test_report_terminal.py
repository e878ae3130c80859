"""The table at the end of a run."""

from __future__ import annotations

import io
from pathlib import Path

from film_results import TWO_PEOPLE, film
from rich.console import Console

from vcn.report.terminal import print_summary
from vcn.report.words import REASONS
from vcn.report.write import Written, output_paths
from vcn.types import FilmResult, Reason


def shown(result: FilmResult, written: Written | None = None, width: int = 80) -> str:
    stream = io.StringIO()
    print_summary(result, written, Console(file=stream, width=width))
    return stream.getvalue()


def test_people_unknown_and_files() -> None:
    text = shown(TWO_PEOPLE, output_paths(Path("out/clusters.json"), report=True))
    assert text.splitlines()[0] == "2 people in 6 tracks, 3 shots, 4.0 s of film"
    assert ["Person", "1", "2.0", "s", "3", "0:00:00", "0:00:02"] in [
        line.split() for line in text.splitlines()
    ]
    assert "Unknown: 2 tracks (1 too small, 1 no certain match)" in text
    for name in ("out/clusters.json", "out/clusters.boxes.parquet", "out/clusters.report.html"):
        assert name in text


def test_no_face() -> None:
    assert shown(film(n_frames=3)) == "No face was found in this film.\n"


def test_research_only() -> None:
    text = shown(film(n_frames=3, tracks=[(0, 3, 0)], commercial=False))
    assert "Research only: buffalo_l may not be used commercially." in text
    assert "1 person in 1 track, 1 shot" in text


def test_many_people_are_summed_up() -> None:
    text = shown(film(n_frames=100, tracks=[(i, i + 1, i) for i in range(30)]))
    assert "10 more" in text
    assert len(text.splitlines()) < 30


def test_file_names_cannot_steer_the_terminal() -> None:
    text = shown(TWO_PEOPLE, Written(Path("[red]\x1b[2Jx.json"), Path("b"), None))
    assert "\x1b" not in text
    assert "[red]\ufffd[2Jx.json" in text


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
