"""The table of people against clusters, laid out for a page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcn.evaluate.confusion import Cell
from vcn.types import UNKNOWN

_SHADES = 9


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of the table."""

    count: int
    shade: int
    """0 (empty) to 9 (all tracks of the person)."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """People as rows, clusters as columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, int, tuple[Entry, ...]], ...]
    """Name, number of tracks, cells."""


def confusion_matrix(table: Sequence[Cell], names: Mapping[int, str], limit: int) -> Matrix | None:
    """Lay out the table: the largest people first, each person's clusters beside each other.

    Args:
        table: What `vcn.evaluate.confusion.cells` found.
        names: What each cluster is called.
        limit: Rows and columns shown; the rest is summed up in one more of each.
    """
    if not table:
        return None
    total = Counter[str]()
    by_cluster: dict[int, list[Cell]] = defaultdict(list)
    for cell in table:
        total[cell.identity] += len(cell.tracks)
        by_cluster[cell.person].append(cell)
    people = [name for name, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))]
    rank = {name: i for i, name in enumerate(people)}

    def position(cluster: int) -> tuple[bool, int, int, int]:
        main = max(by_cluster[cluster], key=lambda cell: (len(cell.tracks), -rank[cell.identity]))
        return cluster == UNKNOWN, rank[main.identity], -len(main.tracks), cluster

    clusters = sorted(by_cluster, key=position)
    shown_people, shown_clusters = people[:limit], clusters[:limit]
    row_of = {name: min(i, limit) for i, name in enumerate(people)}
    column_of = {cluster: min(i, limit) for i, cluster in enumerate(clusters)}
    row_names = [*shown_people, *_others(len(people) - limit, "people")]
    column_names = [
        *(names[cluster] for cluster in shown_clusters),
        *_others(len(clusters) - limit, "clusters"),
    ]
    counts = [[0] * len(column_names) for _ in row_names]
    for cell in table:
        counts[row_of[cell.identity]][column_of[cell.person]] += len(cell.tracks)
    return Matrix(
        columns=tuple(column_names),
        rows=tuple(
            (
                name,
                sum(row),
                tuple(Entry(n, -(-_SHADES * n // sum(row)) if n else 0) for n in row),
            )
            for name, row in zip(row_names, counts, strict=True)
        ),
    )


def _others(n: int, what: str) -> list[str]:
    return [f"{n} more {what}"] if n > 0 else []
