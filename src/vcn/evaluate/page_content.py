"""What the pages of an evaluation show, in words and numbers ready for the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.config import EvaluateConfig
from vcn.evaluate.confusion import Cell
from vcn.evaluate.evaluation import Evaluation
from vcn.evaluate.faces import FacePictures, cut_faces
from vcn.evaluate.film import FilmEvaluation
from vcn.evaluate.key import Key
from vcn.evaluate.matrix import confusion_matrix
from vcn.evaluate.samples import Level
from vcn.evaluate.verification import Verification
from vcn.evaluate.words import (
    MAIN,
    SHOWN,
    cluster_name,
    interval,
    mean_text,
    number,
    people_counts,
    percent,
    plural,
    share,
    title,
    verification_text,
)
from vcn.report.words import span_text
from vcn.runtime.progress import clock_time
from vcn.scores import DEFINITIONS
from vcn.types import UNKNOWN


@dataclass(frozen=True, slots=True)
class Face:
    """One track: its picture, or only when it is on screen."""

    uri: str | None
    track: int
    when: str


@dataclass(frozen=True, slots=True)
class Group:
    """The tracks of one person in one cluster."""

    label: str
    count: str
    wrong: bool
    faces: tuple[Face, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Card:
    """One merge or split."""

    title: str
    text: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class TimeRow:
    """One line of the table of screen time; widths in percent of the longest."""

    name: str
    found_as: str
    true: str
    found: str
    error: str
    percent: str
    bad: bool
    true_width: str
    found_width: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One line of the table of scores."""

    title: str
    values: tuple[str, ...]
    interval: str
    variant: str
    source: str
    main: bool


def film_content(film: FilmEvaluation, config: EvaluateConfig, position: int) -> dict[str, Any]:
    """Everything about one film, the `position`th of the page (from 1)."""
    pictures = cut_faces(film.film, _shown_tracks(film, config), config)
    tracks = film.tracks
    return {
        "anchor": f"film-{position}",
        "name": Path(film.film.video_path).name or film.film.path.name,
        "facts": [film.film.path.name, f"against {film.truth_path.name}"],
        "verdict": _verdict(film),
        "figures": _figures(film),
        "merges": [
            _card(
                config,
                pictures,
                title=f"{cluster_name(film, merge.person)} holds {len(merge.parts)} people",
                text=f"{merge.wrong} of "
                f"{plural(sum(len(part.tracks) for part in merge.parts), 'track')} "
                f"{'is' if merge.wrong == 1 else 'are'} somebody else",
                parts=[(part.identity, part) for part in merge.parts],
            )
            for merge in film.merges
        ],
        "splits": [
            _card(
                config,
                pictures,
                title=f"{split.identity} is in {len(split.parts)} places",
                text=f"{split.apart} of "
                f"{plural(sum(len(part.tracks) for part in split.parts), 'track')} "
                f"{'is' if split.apart == 1 else 'are'} apart from the rest",
                parts=[(cluster_name(film, part.person), part) for part in split.parts],
            )
            for split in film.splits
        ],
        "scored": tracks is not None and tracks.everything.scores is not None,
        "times": _times(film),
        "time_error": share(film.screen_time_error),
        "matrix": confusion_matrix(
            film.cells, {**film.film.names, -1: "unknown"}, config.confusion
        ),
        "scores": [] if tracks is None or film.faces is None else _scores(tracks, film.faces),
        "undefined": _undefined(film),
        "verification": None if film.verification is None else _verification(film.verification),
        "counts": _counts(film),
        "notes": [*film.notes, *([pictures.note] if pictures.note else [])],
    }


def _verification(found: Verification) -> dict[str, Any]:
    """The curve as a line in a square of 100, and its rates."""
    curve = found.curve
    line = " ".join(
        f"{100 * x:.2f},{100 * (1 - y):.2f}"
        for x, y in zip(*_corners(curve.fpr, curve.tpr), strict=True)
    )
    return {
        "line": line,
        "text": verification_text(found),
        "features": found.features.name,
        "rates": [(f"{fpr:g}", share(tpr)) for fpr, tpr in found.rates],
        "auc": f"{curve.auc:.3f}",
    }


def _corners(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A curve without the points in the middle of a straight piece across or up."""
    kept = np.ones(len(x), np.bool_)
    for values in (x, y):
        kept[1:-1] &= ~((values[1:-1] == values[:-2]) & (values[1:-1] == values[2:]))
    return x[kept], y[kept]


def _shown_tracks(film: FilmEvaluation, config: EvaluateConfig) -> list[int]:
    parts = [part for merge in film.merges for part in merge.parts]
    parts += [part for split in film.splits for part in split.parts]
    return [track for part in parts for track in part.tracks[: config.faces_a_group]]


def _card(
    config: EvaluateConfig,
    pictures: FacePictures,
    *,
    title: str,
    text: str,
    parts: Sequence[tuple[str, Cell]],
) -> Card:
    groups = []
    for i, (label, part) in enumerate(parts):
        shown = part.tracks[: config.faces_a_group]
        groups.append(
            Group(
                label=label,
                count=plural(len(part.tracks), "track"),
                wrong=i > 0,
                faces=tuple(
                    Face(pictures.uri.get(t), t, clock_time(pictures.seconds[t])) for t in shown
                ),
                more=len(part.tracks) - len(shown),
            )
        )
    return Card(title, text, tuple(groups))


def _verdict(film: FilmEvaluation) -> list[str]:
    """The result in sentences."""
    out = [f"{people_counts(film)}."]
    if film.counts.faces and film.counts.faces_missed is not None:
        covered = film.counts.faces - film.counts.faces_missed
        out.append(f"Of {plural(film.counts.faces, 'labelled face')}, {covered} are in a track.")
    scores = None if film.tracks is None else film.tracks.known.scores
    if scores is not None:
        wrong = scores.operator_clicks - scores.n_predicted
        out.append(
            "No track is with the wrong person."
            if wrong == 0
            else f"{plural(wrong, 'track is', 'tracks are')} with the wrong person."
        )
        clusters = Counter(cell.identity for cell in film.cells if cell.person != UNKNOWN)
        torn = sum(n > 1 for n in clusters.values())
        if torn:
            out.append(f"{plural(torn, 'person is', 'people are')} split over several clusters.")
        out.append(
            f"Naming every cluster and moving those tracks takes "
            f"{plural(scores.operator_clicks, 'click')}."
        )
    return out


def _figures(film: FilmEvaluation) -> list[tuple[str, str, str]]:
    """Value, label and small print of the figures at the top."""
    out = [(f"{film.n_people} / {len(film.identities)}", "people found / in truth", "")]
    table = None if film.tracks is None else film.tracks.everything
    if table is not None and table.scores is not None:
        span = interval(table, "b3_f")
        out.append((number(table, "b3_f"), "B-cubed F", span))
        out.append(
            (
                number(table, "wcp"),
                "purity of the clusters",
                f"in {plural(table.scores.n_predicted, 'cluster')} of labelled tracks"
                + (", unknown being one" if table.scores.n_predicted != film.n_labelled else ""),
            )
        )
    if film.detection_recall is not None:
        out.append((share(film.detection_recall), "of faces found", ""))
    out.append((share(film.unknown_share), "of tracks unknown", ""))
    if film.screen_time_error is not None:
        out.append((share(film.screen_time_error), "error of screen time", ""))
    return out


def _times(film: FilmEvaluation) -> list[TimeRow]:
    longest = max(
        (max(row.true_seconds, row.predicted_seconds) for row in film.screen_time), default=0.0
    )

    def width(seconds: float) -> str:
        return f"{100 * seconds / longest:.2f}%" if longest > 0 else "0%"

    return [
        TimeRow(
            name=row.identity,
            found_as="nobody" if row.person is None else film.film.names[row.person],
            true=span_text(row.true_seconds),
            found=span_text(row.predicted_seconds),
            error=f"{row.error_seconds:+.1f} s",
            percent=percent(row),
            bad=row.error_percent is None or abs(row.error_percent) >= 20,
            true_width=width(row.true_seconds),
            found_width=width(row.predicted_seconds),
        )
        for row in film.screen_time
    ]


def _scores(tracks: Level, faces: Level) -> list[ScoreRow]:
    columns = (tracks.everything, tracks.known, faces.everything, faces.known)
    return [
        ScoreRow(
            title=title(name, tracks.everything),
            values=tuple(number(column, name) for column in columns),
            interval=interval(tracks.everything, name),
            variant=DEFINITIONS[name].variant,
            source=DEFINITIONS[name].source,
            main=name in MAIN,
        )
        for name in ("n_samples", "n_true", "n_predicted", *SHOWN)
    ]


def _undefined(film: FilmEvaluation) -> list[str]:
    tables = [
        table
        for part in (film.tracks, film.faces)
        if part is not None
        for table in (part.everything, part.known)
    ]
    return sorted({table.undefined for table in tables if table.undefined})


def _counts(film: FilmEvaluation) -> list[tuple[str, str]]:
    counts = film.counts
    rows: list[tuple[str, str | int | None]] = [
        ("Result", str(film.film.path)),
        ("Truth", f"{film.truth_path} ({film.truth_format}, {counts.truth_rows} rows)"),
        ("Labelled faces", counts.faces),
        ("of these in no track", counts.faces_missed),
        ("Tracks", counts.tracks),
        ("with a true name", counts.tracks_scored),
        ("left out by their label", counts.tracks_left_out),
        ("that fit no label", counts.tracks_without_truth),
        ("on no labelled frame", counts.tracks_not_sampled),
        ("that fit several people", counts.tracks_mixed),
        ("in the unknown group", counts.tracks_unknown),
    ]
    return [(name, str(value)) for name, value in rows if value is not None]


def options(config: EvaluateConfig) -> list[tuple[str, str]]:
    """What was chosen, in words."""
    return [
        ("Overlap (IoU) at which a true box and a face are the same", f"{config.iou:g}"),
        ("Identities left out", ", ".join(config.leave_out)),
        (
            "Intervals",
            f"{config.level:.0%}, bootstrap over tracks, {config.resamples} draws, centred on "
            f"the score, seed {config.seed}"
            if config.resamples
            else "none",
        ),
    ]


def together(evaluation: Evaluation) -> dict[str, Any]:
    """Several films: the mean and pooled."""
    pooled = evaluation.pooled
    rows = []
    if pooled.tracks is not None:
        everything, known = pooled.tracks.everything, pooled.tracks.known
        for name in SHOWN:
            mean, mean_known = (
                evaluation.mean(Key(name, name, True, flag, False)).value for flag in (False, True)
            )
            rows.append(
                ScoreRow(
                    title=title(name, everything),
                    values=(
                        mean_text(name, mean),
                        mean_text(name, mean_known),
                        number(everything, name),
                        number(known, name),
                    ),
                    interval=interval(everything, name),
                    variant=DEFINITIONS[name].variant,
                    source=DEFINITIONS[name].source,
                    main=name in MAIN,
                )
            )
    return {
        "n_films": len(evaluation.films),
        "n_true": pooled.n_true,
        "n_predicted": pooled.n_predicted,
        "recall": share(pooled.detection_recall),
        "scores": rows,
    }
