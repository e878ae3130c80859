"""Run a published table: ours beside what is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vcn.benchmark.layouts import NamedFilm
from vcn.benchmark.reproduce.films import Films
from vcn.benchmark.reproduce.published import PublishedRow, PublishedTable
from vcn.benchmark.reproduce.solvers import (
    as_printed,
    cutter_of,
    embedder_of,
    hindsight,
    method_of,
    thresholds_of,
)
from vcn.benchmark.sources import as_singletons, numbered
from vcn.config import EvaluateConfig, RunConfig
from vcn.errors import DataError, UsageError
from vcn.scores import character, nmi, v_measure, wcp
from vcn.scores.verification import pairs_of, roc
from vcn.types import UNKNOWN, Clustering, IntArray

PERCENT = frozenset({"NMI", "WCP", "V", "accuracy", "TPR", "CP", "CR"})
"""Scores that the papers print in percent."""


class Cell(NamedTuple):
    """One number of a table, and ours."""

    row: PublishedRow
    column: str
    printed: float | None
    ours: float | None
    """None: not run; `why` says why."""
    why: str = ""

    @property
    def difference(self) -> float | None:
        """Ours minus what is printed."""
        return None if self.ours is None or self.printed is None else self.ours - self.printed


class Reproduced(NamedTuple):
    """A table that was run."""

    table: PublishedTable
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]
    """What was found out on the way: thresholds, systems that could not run."""


def reproduce(
    table: PublishedTable,
    films: Films,
    config: RunConfig,
    *,
    systems: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Reproduced:
    """Run the rows of a table on the films that are there.

    Args:
        table: What is printed.
        films: Of each column.
        config: Seed, constants, checkpoints.
        systems: Only rows of these; None: all.
        columns: Only these; None: all.
        tell: Is told each step.
    """
    chosen = [c for c in table.columns if c in films and (columns is None or c in columns)]
    done: dict[tuple[str, str], _Run] = {}
    cells: list[Cell] = []
    notes: list[str] = []
    for row in table.rows:
        if systems is not None and row.system not in systems:
            continue
        key = row.system, row.k
        if key not in done:
            tell(f"{table.name}: {row.system} ({row.k})")
            wanted = [
                c
                for c in chosen
                if any(
                    r.values[table.columns.index(c)] is not None
                    for r in table.rows
                    if (r.system, r.k) == key
                )
            ]
            done[key] = _run(row, {c: films[c] for c in wanted}, config)
            notes += done[key].notes
        run = done[key]
        for column, printed in zip(table.columns, row.values, strict=True):
            if printed is None or (columns is not None and column not in columns):
                continue
            if column not in films:
                cells.append(Cell(row, column, printed, None, "no data"))
            elif run.why:
                cells.append(Cell(row, column, printed, None, run.why))
            else:
                ours = float(np.mean([each[row.score] for each in run.scores[column]]))
                cells.append(Cell(row, column, printed, ours))
    return Reproduced(table, tuple(cells), tuple(dict.fromkeys(notes)))


class _Run(NamedTuple):
    """One system on the films: of each column the scores of each of its films."""

    scores: Mapping[str, Sequence[Mapping[str, float]]]
    notes: tuple[str, ...] = ()
    why: str = ""


def _run(row: PublishedRow, films: Films, config: RunConfig) -> _Run:
    flat = [(column, each) for column, named in films.items() for each in named]
    truths = [numbered(each.people) for _, each in flat]
    notes: tuple[str, ...] = ()
    try:
        if row.system == "data":
            found = [_counts(truth) for truth in truths]
        elif row.score == "TPR":
            found = [
                _verified(row, each, truth, config)
                for (_, each), truth in zip(flat, truths, strict=True)
            ]
        elif row.k == "none":
            method = method_of(row.system, config)
            found = [
                _scores(truth, method(each.film, config.seed))
                for (_, each), truth in zip(flat, truths, strict=True)
            ]
        else:
            cutter = cutter_of(row.system, config)
            cuts = [cutter.compare(each.film, config.seed) for _, each in flat]
            if row.k == "known_k":
                clusterings = [
                    each.into(len(np.unique(truth[truth != UNKNOWN])))
                    for each, truth in zip(cuts, truths, strict=True)
                ]
            else:
                of = thresholds_of(row.system, cutter, config)
                clusterings, threshold = hindsight(cuts, truths, of)
                notes = (f"{row.system}: threshold {threshold:.2f}, best in hindsight",)
            found = [_scores(t, c) for t, c in zip(truths, clusterings, strict=True)]
    except (UsageError, DataError) as error:
        return _Run({}, (f"{row.system} was not run: {error}",), error.what)
    scores: dict[str, list[Mapping[str, float]]] = {column: [] for column in films}
    for (column, _), values in zip(flat, found, strict=True):
        scores[column].append(values)
    return _Run(scores, notes)


def _counts(truth: IntArray) -> dict[str, float]:
    return {"#Ch": float(len(np.unique(truth[truth >= 0]))), "#T": float(len(truth))}


def _scores(truth: IntArray, clustering: Clustering) -> dict[str, float]:
    """Every score that a table prints; tracks of nobody left out."""
    known = truth != UNKNOWN
    labels, truth = clustering.labels[known], truth[known]
    singles = as_singletons(labels)
    n_clusters = float(len(np.unique(labels[labels != UNKNOWN])))
    people = character(truth, singles)
    values = {
        "NMI": nmi(truth, singles),
        "WCP": wcp(truth, singles),
        "accuracy": wcp(truth, singles),
        "V": v_measure(truth, singles),
        "CP": people.precision,
        "CR": people.recall,
    }
    return {
        "#Cl": n_clusters,
        "PCR": n_clusters / len(np.unique(truth)),
        **{name: 100 * value for name, value in values.items()},
    }


def _verified(
    row: PublishedRow, each: NamedFilm, truth: IntArray, config: RunConfig
) -> dict[str, float]:
    points, tracks = embedder_of(row.system, config)(each, config.seed)
    known = truth[tracks] != UNKNOWN
    curve = roc(*pairs_of(points[known], truth[tracks][known]))
    return {"TPR": 100 * curve.tpr_at(EvaluateConfig().fprs[0])}


def markdown(result: Reproduced) -> str:
    """The table for people."""
    lines = [f"# {result.table.title}", ""]
    lines += [f"- assumed: {text}" for text in result.table.assumed]
    lines += [f"- {text}" for text in result.notes]
    lines += ["", "| row | our system | K | score | film | printed | ours | difference |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for cell in result.cells:
        row, difference = cell.row, cell.difference
        ours = cell.why if cell.ours is None else f"{cell.ours:.2f}"
        shown = "" if difference is None else f"{difference:+.2f}"
        printed = "" if cell.printed is None else f"{cell.printed:g}"
        lines.append(
            f"| {row.title} | {as_printed(row.system)} | {row.k} | {row.score} | {cell.column} "
            f"| {printed} | {ours} | {shown} |"
        )
    return "\n".join(lines) + "\n"
