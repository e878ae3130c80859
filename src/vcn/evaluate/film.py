"""The evaluation of one film."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import EvaluateConfig
from vcn.evaluate.confusion import Cell, Merge, Split, cells, merges, splits
from vcn.evaluate.matching import BoxMatch, check_spans, match_boxes
from vcn.evaluate.result import FilmOutcome, read_outcome
from vcn.evaluate.samples import Level, Samples, face_samples, level, track_samples
from vcn.evaluate.screentime import PersonTime, screen_times
from vcn.evaluate.truth import BoxTruth, SpanTruth, Truth, left_out_of, people_of, read_truth
from vcn.evaluate.verification import Verification, verify
from vcn.types import UNKNOWN


@dataclass(frozen=True, slots=True)
class Counts:
    """What was there to compare, and what had to stay out of the scores."""

    truth_rows: int
    truth_left_out: dict[str, int]
    """Rows that are not to be scored, by the word they carry."""
    faces: int | None
    """Labelled faces to be scored; None where truth is not boxes."""
    faces_missed: int | None
    """Of these, faces that no track covers."""
    tracks: int
    tracks_unknown: int
    """Tracks in the unknown group."""
    tracks_scored: int
    """Tracks with a true name."""
    tracks_left_out: int
    """Tracks on labels that are not to be scored."""
    tracks_without_truth: int
    """Tracks that were on screen on a labelled frame and fit no label; for labelled
    tracks, those without a label."""
    tracks_not_sampled: int
    """Tracks that are on screen on no labelled frame: nothing is known about them."""
    tracks_mixed: int
    """Tracks that fit labels of several people (they count as the most frequent one)."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class FilmEvaluation:
    """Everything that was found out about one result."""

    film: FilmOutcome
    truth_path: Path
    truth_format: str
    counts: Counts
    identities: tuple[str, ...]
    """People of the truth."""
    detection_recall: float | None
    """Labelled faces that a track covers; None where truth is not boxes."""
    recall_of: dict[str, float]
    """The same for each person."""
    unknown_share: float | None
    """Tracks in the unknown group over all tracks; None without tracks."""
    samples: Samples | None
    """Tracks with a true name; None where truth is spans."""
    faces_of_samples: Samples | None
    tracks: Level | None
    faces: Level | None
    screen_time: tuple[PersonTime, ...]
    cells: tuple[Cell, ...]
    merges: tuple[Merge, ...]
    splits: tuple[Split, ...]
    notes: tuple[str, ...]
    verification: Verification | None = None
    """Of the tracks' features; None where none were given."""

    @property
    def n_people(self) -> int:
        """Predicted number of people: every cluster of the film, the unknown group none."""
        return len(self.film.people)

    @property
    def pcr(self) -> float | None:
        """Predicted over true number of people of the whole film; None without truth."""
        return self.n_people / len(self.identities) if self.identities else None

    @property
    def n_seen(self) -> int | None:
        """People of the truth who have a track; None where the truth names no tracks."""
        return None if self.samples is None else len(np.unique(self.samples.identity))

    @property
    def n_labelled(self) -> int | None:
        """Clusters that hold a track with a true name; None where the truth names no tracks."""
        if self.samples is None:
            return None
        return len(np.unique(self.samples.person[self.samples.person != UNKNOWN]))

    @property
    def screen_time_error(self) -> float | None:
        """Sum of the absolute errors over the sum of the true times."""
        true = sum(row.true_seconds for row in self.screen_time)
        wrong = sum(abs(row.error_seconds) for row in self.screen_time)
        return wrong / true if true > 0 else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "result": str(self.film.path),
            "truth": {"path": str(self.truth_path), "format": self.truth_format},
            "people": {
                "true": len(self.identities),
                "predicted": self.n_people,
                "pcr": self.pcr,
                "true_with_track": self.n_seen,
                "predicted_with_label": self.n_labelled,
                "names": list(self.identities),
            },
            "counts": self.counts.to_json(),
            "detection_recall": self.detection_recall,
            "detection_recall_of": self.recall_of,
            "unknown_share": self.unknown_share,
            "scores": {
                "tracks": None if self.tracks is None else self.tracks.to_json(),
                "faces": None if self.faces is None else self.faces.to_json(),
            },
            "screen_time": {
                "error_share": self.screen_time_error,
                "people": [row.to_json() for row in self.screen_time],
            },
            "confusion": [cell.to_json() for cell in self.cells],
            "merges": [merge.to_json() for merge in self.merges],
            "splits": [split.to_json() for split in self.splits],
            "verification": None if self.verification is None else self.verification.to_json(),
            "notes": list(self.notes),
        }


def evaluate_film(
    result: Path, truth_path: Path, config: EvaluateConfig, features: Path | None = None
) -> FilmEvaluation:
    """Score one result against one file of truth; with the features of its tracks, these too.

    Raises:
        DataError: Either file is not valid, or they are not of the same film.
    """
    film = read_outcome(result)
    truth = read_truth(truth_path, config.leave_out)
    match = match_boxes(film, truth, config.iou) if isinstance(truth, BoxTruth) else None
    if isinstance(truth, SpanTruth):
        check_spans(film, truth)
        samples = faces = None
    else:
        samples = track_samples(film, truth, match)
        faces = face_samples(film, truth, match)
    table = () if samples is None else cells(samples)
    identities = tuple(people_of(truth))
    covered = None if match is None else match.track >= 0
    recall_of: dict[str, float] = {}
    if isinstance(truth, BoxTruth) and covered is not None:
        names = np.array(truth.identity)
        recall_of = {
            name: float(covered[(names == name) & ~truth.left_out].mean()) for name in identities
        }
    counts = _counts(film, truth, samples, match)
    return FilmEvaluation(
        film=film,
        truth_path=truth_path,
        truth_format=truth.format,
        counts=counts,
        identities=identities,
        detection_recall=(
            1 - counts.faces_missed / counts.faces
            if counts.faces and counts.faces_missed is not None
            else None
        ),
        recall_of=recall_of,
        unknown_share=counts.tracks_unknown / counts.tracks if counts.tracks else None,
        samples=samples,
        faces_of_samples=faces,
        tracks=None if samples is None else level(samples, config, "track"),
        faces=None if faces is None else level(faces, config, "face"),
        screen_time=screen_times(film, truth, faces, match),
        cells=table,
        merges=merges(table, config.worst),
        splits=splits(table, config.worst),
        notes=_notes(film, truth, counts),
        verification=None if features is None else verify(features, film, samples, config),
    )


def _counts(
    film: FilmOutcome, truth: Truth, samples: Samples | None, match: BoxMatch | None
) -> Counts:
    n_scored = 0 if samples is None else len(samples)
    faces = missed = None
    left_out = without = not_sampled = 0
    if match is not None:
        kept = ~truth.left_out
        faces, missed = int(kept.sum()), int((kept & (match.track < 0)).sum())
        named = match.row_of_track >= 0
        left_out = int(named.sum()) - n_scored
        without = int((match.on_labelled_frame & ~named).sum())
        not_sampled = int((~match.on_labelled_frame).sum())
    elif samples is not None:
        left_out = int(truth.left_out.sum())
        without = film.n_tracks - n_scored - left_out
    return Counts(
        truth_rows=len(truth),
        truth_left_out=left_out_of(truth),
        faces=faces,
        faces_missed=missed,
        tracks=film.n_tracks,
        tracks_unknown=int((film.person == UNKNOWN).sum()),
        tracks_scored=n_scored,
        tracks_left_out=left_out,
        tracks_without_truth=without,
        tracks_not_sampled=not_sampled,
        tracks_mixed=0 if match is None else match.n_mixed,
    )


def _notes(film: FilmOutcome, truth: Truth, counts: Counts) -> tuple[str, ...]:
    notes = []
    if film.every_frame is None and isinstance(truth, BoxTruth):
        notes.append(
            "the table of boxes (.boxes.parquet) is not beside the result: between sampled "
            "boxes, faces were taken on the straight line"
        )
    if isinstance(truth, SpanTruth):
        notes.append("spans tell who is on screen, not which face: only screen time is scored")
    if truth.format == "rttm":
        notes.append("RTTM tells who speaks: that was compared with who is on screen")
    if counts.truth_left_out:
        words = ", ".join(f"{n} {word}" for word, n in sorted(counts.truth_left_out.items()))
        notes.append(f"rows of truth left out of the scores: {words}")
    if isinstance(truth, BoxTruth):
        twice = _twice_in_a_frame(truth)
        if twice:
            notes.append(
                f"{twice} times somebody has two labels on one frame (a mirror, a split screen?)"
            )
    return tuple(notes)


def _twice_in_a_frame(truth: BoxTruth) -> int:
    when = truth.frame if truth.frame is not None else truth.seconds
    assert when is not None
    seen = Counter(
        (moment, name)
        for moment, name, out in zip(
            when.tolist(), truth.identity, truth.left_out.tolist(), strict=True
        )
        if not out
    )
    return sum(n - 1 for n in seen.values())
