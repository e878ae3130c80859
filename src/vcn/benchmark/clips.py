"""Labelled films through the whole pipeline, as films of the benchmark."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.benchmark.sources import LabelledFaces, LabelledFilm, numbered
from vcn.config import EvaluateConfig, RunConfig
from vcn.errors import DataError
from vcn.evaluate.matching import match_boxes, match_tracks
from vcn.evaluate.result import FilmOutcome, read_outcome
from vcn.evaluate.truth import BoxTruth, TrackTruth, read_truth
from vcn.pipeline import People, Run
from vcn.pipeline.scanned import Scan
from vcn.report.write import write_result
from vcn.types import UNKNOWN, Clustering, Quality


@dataclass(frozen=True, slots=True)
class Clip:
    """A film and a file of boxes or tracks that says who is who.

    The film is read, searched and tracked once; its artefacts are kept like those of any
    run, so that a second benchmark begins with the clustering.
    """

    film: Path
    labels: Path
    config: RunConfig

    @property
    def name(self) -> str:
        """File name of the film without its ending."""
        return self.film.stem

    @property
    def level(self) -> str:
        """All labelled films together."""
        return "clips"

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:  # noqa: ARG002
        """The tracks that the pipeline finds; the truth of a track as `vcn evaluate` has it.

        The crops are there in any case: what a run knows of them decides with.

        Raises:
            DataError: The labels are not of this film.
        """
        run = Run.prepare(self.film, replace(self.config, seed=seed), None, None)
        scan = run.scan()
        scan, embeddings = run.split(scan, run.embed(scan))
        named, faces = tracks_and_faces(run, scan, self.labels)
        return LabelledFilm(run.track_film(scan, embeddings), numbered(named), faces)


def people_of_tracks(run: Run, scan: Scan, labels: Path) -> list[str]:
    """Who is in each track of a film: the first of `tracks_and_faces`."""
    return tracks_and_faces(run, scan, labels)[0]


def tracks_and_faces(run: Run, scan: Scan, labels: Path) -> tuple[list[str], LabelledFaces | None]:
    """Who is in each track of a film by a file of boxes or tracks.

    Args:
        run: Of the film.
        scan: Its tracks.
        labels: Boxes or tracks (`vcn.evaluate.truth`).

    Returns:
        (T,) names, "" where nobody says; and all faces of truth, where it is of boxes.

    Raises:
        DataError: The labels are not of this film.
    """
    config, faces = EvaluateConfig(), None
    outcome = tracks_alone(run, scan)
    truth = read_truth(labels, config.leave_out)
    if isinstance(truth, BoxTruth):
        match = match_boxes(outcome, truth, config.iou)
        rows, counted = match.row_of_track, ~truth.left_out
        person = np.unique(np.array(truth.identity)[counted], return_inverse=True)[1]
        faces = LabelledFaces(person, match.track[counted], match.track[~counted])
    elif isinstance(truth, TrackTruth):
        rows = match_tracks(outcome, truth)
    else:
        raise DataError(
            f"{labels} gives spans of time, which do not say which face is whose",
            "Give boxes or tracks",
        )
    return [
        "" if row < 0 or truth.left_out[row] else truth.identity[row] for row in rows.tolist()
    ], faces


def tracks_alone(run: Run, scan: Scan) -> FilmOutcome:
    """The tracks of a film as a result, in which nobody is anybody yet."""
    nobody = People(
        Quality(
            np.zeros(len(scan.crops), np.bool_),
            np.zeros(len(scan.tracks), np.float32),
            (None,) * len(scan.tracks),
        ),
        Clustering(np.full(len(scan.tracks), UNKNOWN)),
        "off",
        {},
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clusters.json"
        write_result(run.result(scan, nobody), out, report=False)
        return read_outcome(out)
