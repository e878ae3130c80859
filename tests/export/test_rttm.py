"""Speaker turns for those who study speech, scored by their own tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from film_results import film
from pyannote.core import Annotation, Segment
from pyannote.core import Timeline as Extent
from pyannote.metrics.diarization import DiarizationErrorRate

from vcn.errors import DataError
from vcn.export.excerpt import excerpt
from vcn.export.formats.rttm import render
from vcn.export.selection import Selection
from vcn.report.read import read_result
from vcn.report.write import write_result
from vcn.types import FilmResult, Heard

TRUTH = [(0.5, 2.0, 0), (2.0, 3.5, 1), (4.0, 6.0, 0), (6.2, 7.0, None), (7.5, 9.0, 1)]


def result(**changes: np.ndarray) -> FilmResult:
    """Two people in 10 s that begin at 100 s, and a voice without a face."""
    plain = film(n_frames=250, tracks=[(0, 100, 0), (100, 250, 1)], start_pts=2500)
    spoken = {
        "start": np.array([start for start, _, _ in TRUTH]) + 100,
        "end": np.array([end for _, end, _ in TRUTH]) + 100,
        "track": np.array([0, -1, -1, -1, 1]),
        "person": np.array([-1 if who is None else who for *_, who in TRUTH]),
        "voice": np.array([0 if who is None else -1 for *_, who in TRUTH]),
        "probability": np.full(5, 0.8),
    } | changes
    return replace(plain, heard=Heard(**spoken, sound="sound stream 0 (aac)"))


def rttm(made: FilmResult, folder: Path, selection: Selection | None = None) -> list[str]:
    path = folder / "my film.clusters.json"
    write_result(made, path, report=False)
    names = {0: "Anna Maria"}
    content = render(excerpt(read_result(path), selection, names=names)).content
    return content.decode().splitlines()


def test_a_line_a_turn(tmp_path: Path) -> None:
    assert rttm(result(), tmp_path) == [
        "SPEAKER my_film 1 0.500 1.500 <NA> <NA> Anna_Maria <NA> <NA>",
        "SPEAKER my_film 1 2.000 1.500 <NA> <NA> Person_2 <NA> <NA>",
        "SPEAKER my_film 1 4.000 2.000 <NA> <NA> Anna_Maria <NA> <NA>",
        "SPEAKER my_film 1 6.200 0.800 <NA> <NA> voice_1 <NA> <NA>",
        "SPEAKER my_film 1 7.500 1.500 <NA> <NA> Person_2 <NA> <NA>",
    ]
    only = rttm(result(), tmp_path, Selection(people=("Anna Maria",)))
    assert [line.split()[7] for line in only] == ["Anna_Maria", "Anna_Maria"]


def test_utterances_of_one_speaker_are_one_turn(tmp_path: Path) -> None:
    everybody = result(person=np.zeros(5, int), voice=np.full(5, -1))
    starts = [line.split()[3:5] for line in rttm(everybody, tmp_path)]
    assert starts == [["0.500", "3.000"], ["4.000", "3.000"], ["7.500", "1.500"]]


def test_pyannote_scores_it(tmp_path: Path) -> None:
    """Its own reader's columns, its own metric: exact turns make no error, a swap does."""
    reference = Annotation()
    for start, end, who in TRUTH:
        reference[Segment(start, end)] = f"speaker {who}"
    scores = []
    for made in (result(), result(person=np.array([0, 1, 1, -1, 1]))):
        hypothesis = Annotation()
        for line in rttm(made, tmp_path):
            kind, _, _, start, length, _, _, who, *_ = line.split()
            assert kind == "SPEAKER"
            hypothesis[Segment(float(start), float(start) + float(length))] = who
        extent = Extent([Segment(0, 10)])
        scores.append(float(DiarizationErrorRate()(reference, hypothesis, uem=extent)))
    assert scores[0] == pytest.approx(0, abs=1e-6)
    assert scores[1] == pytest.approx(2 / 7.3, abs=1e-3)  # 2 s of 7.3 s with the wrong name


def test_a_film_that_nobody_listened_to(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not say who speaks"):
        rttm(replace(result(), heard=None), tmp_path)
