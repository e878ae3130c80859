"""An evaluation on a terminal, or in a log."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vcn.evaluate.confusion import Cell
from vcn.evaluate.evaluation import Evaluation
from vcn.evaluate.film import FilmEvaluation
from vcn.evaluate.key import Key
from vcn.evaluate.samples import Level
from vcn.evaluate.words import (
    MAIN,
    SHORT,
    SHOWN,
    cluster_name,
    interval,
    mean_text,
    number,
    people_counts,
    percent,
    plural,
    share,
    verification_text,
    with_clusters,
)
from vcn.report.words import span_text
from vcn.runtime.progress import printable

_MAX_ROWS = 20


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print each film; of several, also the mean and the pooled scores."""
    for film in evaluation.films:
        console.print(film_summary(film, evaluation.config.level))
    if len(evaluation.films) > 1:
        console.print(_several(evaluation))


def film_summary(film: FilmEvaluation, confidence: float) -> RenderableType:
    """One film as one thing that rich can print."""
    parts: list[RenderableType] = [_headline(film), _counts(film)]
    if film.tracks is not None and film.faces is not None:
        parts.append(Padding(score_table(film.tracks, film.faces, confidence), (1, 0)))
    if film.verification is not None:
        parts.append(Text(verification_text(film.verification)))
    if film.screen_time:
        parts.append(_screen_time(film))
    if film.merges or film.splits:
        parts.append(Padding(_errors(film), (1, 0)))
    parts.extend(Text(f"note: {printable(note)}", "yellow") for note in film.notes)
    return Group(*parts)


def score_table(tracks: Level, faces: Level, confidence: float) -> Table:
    """Scores over tracks and over faces, with the unknown group and without."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column("tracks", justify="right")
    table.add_column(f"{confidence:.0%} interval", justify="right", style="dim")
    table.add_column("known", justify="right")
    table.add_column("faces", justify="right")
    table.add_column("known", justify="right")
    columns = (tracks.everything, tracks.known, faces.everything, faces.known)
    for name, short in SHORT.items():
        values = [number(column, name) for column in columns]
        style = "bold" if name in MAIN else ""
        table.add_row(
            Text(with_clusters(short, name, tracks.everything), style),
            Text(values[0], style),
            interval(tracks.everything, name),
            *values[1:],
        )
    table.caption = (
        "known: without the unknown group; otherwise that is one cluster\n"
        "exact definitions: --json, --html or docs/evaluate.md"
    )
    table.caption_justify = "left"
    reasons = {column.undefined for column in columns if column.undefined}
    if reasons:
        table.caption += "; undefined: " + "; ".join(sorted(reasons))
    return table


def plain(text: str) -> Text:
    """Text from outside: no markup, no control characters."""
    return Text(printable(text))


def _headline(film: FilmEvaluation) -> Text:
    text = plain(film.film.path.name)
    text.stylize("bold")
    text.append(f": {people_counts(film)}", "bold")
    return text


def _counts(film: FilmEvaluation) -> Table:
    counts = film.counts
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    table.add_row(
        "truth",
        plain(f"{film.truth_path.name} ({film.truth_format}, {counts.truth_rows} rows)"),
    )
    if counts.faces is not None and counts.faces_missed is not None:
        table.add_row(
            "faces of truth",
            f"{counts.faces}, of which {counts.faces - counts.faces_missed} are in a track "
            f"({share(film.detection_recall)}), {counts.faces_missed} in none",
        )
    table.add_row(
        "tracks",
        f"{counts.tracks}, of which {counts.tracks_scored} have a true name"
        + "".join(
            f", {n} {what}"
            for n, what in (
                (counts.tracks_left_out, "left out"),
                (counts.tracks_without_truth, "without truth"),
                (counts.tracks_not_sampled, "on no labelled frame"),
                (counts.tracks_mixed, "of several people"),
            )
            if n
        ),
    )
    table.add_row(
        "unknown", f"{plural(counts.tracks_unknown, 'track')} ({share(film.unknown_share)})"
    )
    return table


def _screen_time(film: FilmEvaluation) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("screen time")
    table.add_column("true", justify="right")
    table.add_column("found", justify="right")
    table.add_column("error", justify="right")
    table.add_column("", justify="right")
    table.add_column("as")
    for row in film.screen_time[:_MAX_ROWS]:
        table.add_row(
            plain(row.identity),
            span_text(row.true_seconds),
            span_text(row.predicted_seconds),
            f"{row.error_seconds:+.1f} s",
            percent(row),
            plain("nobody" if row.person is None else film.film.names[row.person]),
        )
    rest = len(film.screen_time) - _MAX_ROWS
    table.caption = f"sum of errors over all people: {share(film.screen_time_error)}" + (
        f"; {plural(rest, 'more person', 'more people')}, see --json" if rest > 0 else ""
    )
    table.caption_justify = "left"
    return table


def _errors(film: FilmEvaluation) -> Group:
    lines = []
    for merge in film.merges:
        parts = ", ".join(f"{cell.identity} {len(cell.tracks)}" for cell in merge.parts)
        lines.append(plain(f"merged   {film.film.names[merge.person]}: {parts}"))
    for split in film.splits:
        lines.append(plain(f"split    {split.identity}: {', '.join(_where(film, split.parts))}"))
    return Group(*lines)


def _where(film: FilmEvaluation, parts: Sequence[Cell]) -> list[str]:
    return [f"{cluster_name(film, cell.person)} {len(cell.tracks)}" for cell in parts]


def _several(evaluation: Evaluation) -> RenderableType:
    pooled = evaluation.pooled
    ratio = "" if pooled.pcr is None else f" (ratio {pooled.pcr:.2f})"
    parts: list[RenderableType] = [
        Text(
            f"{plural(len(evaluation.films), 'film')} together: "
            f"{plural(pooled.n_predicted, 'cluster')}, {pooled.n_true} people by name{ratio}",
            "bold",
        )
    ]
    if pooled.tracks is not None and pooled.faces is not None:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in ("", "mean", "known", "pooled", "interval", "known"):
            table.add_column(column, justify="right" if column else "left")
        for name in SHOWN:
            everything, known = pooled.tracks.everything, pooled.tracks.known
            table.add_row(
                with_clusters(SHORT[name], name, everything),
                *(_mean(evaluation, name, known=flag) for flag in (False, True)),
                number(everything, name),
                interval(everything, name),
                number(known, name),
            )
        parts.append(Padding(table, (1, 0, 0, 0)))
    parts.append(
        Text(
            "mean: over films. pooled: all tracks together, a person is the same in every film "
            "where the name is, clusters are not.",
            "dim",
        )
    )
    return Group(*parts)


def _mean(evaluation: Evaluation, name: str, *, known: bool) -> str:
    mean = evaluation.mean(Key(name, name, True, known, False))
    of = "" if mean.films == len(evaluation.films) else f" ({plural(mean.films, 'film')})"
    return mean_text(name, mean.value) + (of if mean.films else "")
