"""All films of a season together: their people, times and looks, read from the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vcn.report.read import FilmFile, FilmPerson, read_result
from vcn.season.link import Cast
from vcn.season.looks import Looks, load_looks
from vcn.season.shelf import FilmRecord, Shelf

Spans = tuple[tuple[float, float], ...]
"""Start and end in seconds, in order, apart from each other."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One person of one film."""

    film: FilmRecord
    person: FilmPerson
    times: Spans


@dataclass(frozen=True, slots=True)
class Gathered:
    """F films and the P people in them."""

    films: tuple[tuple[FilmRecord, FilmFile], ...]
    """By content."""
    appearances: tuple[Appearance, ...]
    """(P,) in the order of `cast`."""
    cast: Cast


def gather(records: Sequence[FilmRecord], shelf: Shelf) -> Gathered:
    """Read what the films left.

    Raises:
        DataError: Something is damaged.
    """
    films: list[tuple[FilmRecord, FilmFile]] = []
    appearances: list[Appearance] = []
    owner: list[int] = []
    names: list[str | None] = []
    parts: list[Looks] = []
    for number, record in enumerate(sorted(records, key=lambda record: record.content_hash)):
        file = read_result(shelf.clusters(record.id))
        films.append((record, file))
        looks = load_looks(shelf.looks(record.id))
        parts.append(Looks(looks.means, looks.person + len(owner), looks.count, looks.size))
        for person in file.people:
            tracks = (file.tracks[t] for t in person.tracks)
            times = union((track.start_seconds, track.end_seconds) for track in tracks)
            appearances.append(Appearance(record, person, times))
            owner.append(number)
            names.append(person.name)
    return Gathered(
        tuple(films),
        tuple(appearances),
        Cast(_joined(parts), np.array(owner, np.int64), tuple(names)),
    )


def _joined(parts: Sequence[Looks]) -> Looks:
    some = [part for part in parts if len(part)]
    if not some:
        empty = np.zeros(0)
        return Looks(np.zeros((0, 1), np.float32), empty.astype(int), empty.astype(int), empty)
    return Looks(
        np.concatenate([part.means for part in some]),
        np.concatenate([part.person for part in some]),
        np.concatenate([part.count for part in some]),
        np.concatenate([part.size for part in some]),
    )


def union(spans: Iterable[tuple[float, float]]) -> Spans:
    """Spans that touch become one."""
    out: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def shared(a: Spans, b: Spans) -> float:
    """Seconds that two have in common."""
    total, i, j = 0.0, 0, 0
    while i < len(a) and j < len(b):
        total += max(0.0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return total


def length(spans: Spans) -> float:
    """Seconds of all."""
    return sum(end - start for start, end in spans)
