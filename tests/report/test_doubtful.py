"""What a result is least sure of, at the top of the report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from film_results import film

from vcn.config import RunConfig
from vcn.report.document import film_document
from vcn.report.html import render_report
from vcn.types import FilmResult, Why

TRACKS = (
    *((0, 40, 0), (20, 50, 1), (60, 90, 0), (91, 95, 2)),
    *((100, 140, 1), (150, 190, 3), (200, 240, 2), (250, 290, 3)),
)


def result() -> FilmResult:
    """Of people 0 and 1, who share a frame; 2 and 3 are likely to be one."""
    probability = np.array([0.99, 0.99, 0.4, 0.97, 0.99, 0.6, 0.99, 0.99], np.float32)
    face = np.full(8, 1.0, np.float32)
    hair = np.where(np.arange(8) == 2, -0.5, 0.2).astype(np.float32)
    why = Why(
        probability,
        {"face": face, "hair": hair},
        -2.0,
        np.array([1, 0, 3, 2]),
        np.array([-0.1, -0.1, -1.0, -1.0], np.float32),
    )
    return replace(film(n_frames=300, cuts=[55], tracks=TRACKS, step=30), why=why)


def page(one: FilmResult) -> str:
    config = RunConfig().report
    return render_report(one, film_document(one, "film.boxes.parquet", config), config).decode()


def test_the_report_begins_with_what_is_doubtful() -> None:
    text = page(result())
    assert text.index('id="doubtful"') < text.index('id="people"') < text.index('id="timeline"')
    section = text[text.index('id="doubtful"') : text.index('id="people"')]
    # Two who share a frame are two; the others are asked about once.
    assert section.count("that they are one person") == 1
    assert "27 in 100 that they are one person" in section
    assert 'data-name="2"' in section
    assert section.count("Is this") == 2
    first, second = section.index("60 in 100"), section.index("40 in 100")
    assert first < second
    assert "Hair styles speak against it" in section
    assert "Little speaks for it" in section
    assert section.count("<img") == 6


def test_nothing_is_said_of_a_result_without_doubt() -> None:
    one = result()
    assert one.why is not None
    sure = replace(
        one.why, probability=np.full(8, 0.99, np.float32), log_odds=np.full(4, -9, np.float32)
    )
    for other in (replace(one, why=sure), replace(one, why=None)):
        assert 'id="doubtful"' not in page(other)
