"""evaluation.html, and the same content as a section of report.html.

Text from outside (names, paths) goes through jinja2's autoescape; the page's policy (CSP)
lets only its own style in, by its hash, and no script at all.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcn.config import EvaluateConfig
from vcn.errors import DataError, OutputError
from vcn.evaluate.check import Key
from vcn.evaluate.confusion import Cell
from vcn.evaluate.evaluation import Evaluation
from vcn.evaluate.faces import FacePictures, cut_faces
from vcn.evaluate.film import FilmEvaluation
from vcn.evaluate.matrix import confusion_matrix
from vcn.evaluate.samples import Level
from vcn.evaluate.terminal import (
    MAIN,
    SHOWN,
    cluster_name,
    interval,
    mean_text,
    number,
    percent,
    plural,
    share,
    title,
)
from vcn.progress import clock_time
from vcn.report.words import span_text
from vcn.scores import DEFINITIONS
from vcn.types import UNKNOWN

_TEMPLATE = Path(__file__).parent / "template"
_START, _END = "<!-- vcn evaluation -->", "<!-- end of vcn evaluation -->"
# The report's own style, and that of an evaluation added before; quotes are escaped there.
_HASH = r"(?:'|&#39;)sha256-[A-Za-z0-9+/=]{44}(?:'|&#39;)"
_STYLE_POLICY = re.compile(f"style-src ({_HASH})(?: {_HASH})?;")
_MAX_REPORT = 1 << 28


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


def write_page(evaluation: Evaluation, path: Path) -> None:
    """Write evaluation.html.

    Raises:
        OutputError: The file cannot be written; an earlier one is untouched.
    """
    _write(path, _render(evaluation, "page.html.j2"))


def add_to_report(evaluation: Evaluation, report: Path) -> None:
    """Put the evaluation before the end of a report's main part.

    Raises:
        DataError: The file cannot be read or is no report of vcn.
        OutputError: It cannot be written; it is then untouched.
    """
    hint = "Give the report.html that `vcn cluster` wrote."
    try:
        if report.stat().st_size > _MAX_REPORT:
            raise DataError(f"{report} is larger than {_MAX_REPORT >> 20} MB", hint)
        text = report.read_bytes().decode("utf-8")
    except OSError as error:
        raise DataError(f"cannot read {report}: {error.strerror or error}", hint) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{report} is not a report of vcn: it is not UTF-8", hint) from error
    before, found, rest = text.partition(_START)
    if found:
        text = before + rest.partition(_END)[2].removeprefix("\n")
    policy = _STYLE_POLICY.search(text)
    at = text.rfind("</main>")
    if policy is None or at < 0:
        raise DataError(f"{report} is not a report of vcn", hint)
    section = _render(evaluation, "section.html.j2").decode("utf-8")
    ours = f"style-src {policy[1]} '{_fingerprint(_style())}';"
    text = f"{text[:at]}{_START}\n{section}\n{_END}\n{text[at:]}"
    _write(report, text.replace(policy[0], ours, 1).encode("utf-8"))


def _render(evaluation: Evaluation, name: str) -> bytes:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _style()
    films = [
        _film(film, evaluation.config, number)
        for number, film in enumerate(evaluation.films, start=1)
    ]
    page = environment.get_template(name).render(
        style=Markup(style),  # our own file, not text from outside
        policy=f"default-src 'none'; img-src data:; style-src '{_fingerprint(style)}'; "
        "base-uri 'none'; form-action 'none'",
        films=films,
        together=_together(evaluation) if len(films) > 1 else None,
        confidence=f"{evaluation.config.level:.0%}",
        options=_options(evaluation.config),
    )
    return page.encode("utf-8", "replace")


def _style() -> str:
    return (_TEMPLATE / "evaluation.css").read_text(encoding="utf-8")


def _fingerprint(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _film(film: FilmEvaluation, config: EvaluateConfig, position: int) -> dict[str, Any]:
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
        "counts": _counts(film),
        "notes": [*film.notes, *([pictures.note] if pictures.note else [])],
    }


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
    n, true = film.n_people, len(film.identities)
    out = [f"{plural(n, 'person was', 'people were')} found; the truth has {true}."]
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
                f"in {plural(film.n_people, 'cluster')}"
                + (" and unknown" if film.counts.tracks_unknown else ""),
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


def _options(config: EvaluateConfig) -> list[tuple[str, str]]:
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


def _together(evaluation: Evaluation) -> dict[str, Any]:
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


def _write(path: Path, content: bytes) -> None:
    """Replace a file by a finished one, or leave it as it was."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}", "Choose another place."
        ) from error
