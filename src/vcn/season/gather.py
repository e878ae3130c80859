"""All films of a season together: their people, times and looks, read from the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vcn.corrections import ledger_path
from vcn.report.read import FilmFile, FilmPerson, read_result
from vcn.season.cast import Cast, FilmCast, cast_of
from vcn.season.looks import load_looks
from vcn.season.shelf import FilmRecord, Shelf
from vcn.types import IntArray

Spans = tuple[tuple[float, float], ...]
"""Start and end in seconds, in order, apart from each other."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One person of one film, or the part of one that the season took apart."""

    film: FilmRecord
    person: FilmPerson
    tracks: tuple[int, ...]
    times: Spans

    @property
    def whole(self) -> bool:
        """Whether it is all of the person."""
        return len(self.tracks) == len(self.person.tracks)

    @property
    def seconds(self) -> float:
        """Time on screen."""
        return self.person.screen_time_seconds if self.whole else length(self.times)


@dataclass(frozen=True, slots=True)
class Gathered:
    """F films and what is linked of their people."""

    films: tuple[tuple[FilmRecord, FilmFile], ...]
    """By content."""
    cast: Cast
    person: tuple[tuple[int, FilmPerson], ...]
    """(P,) film and person of each item of `cast`."""
    tracks: tuple[tuple[int, ...], ...]
    """(P,) tracks of each."""

    def appearance(self, film: int, person: FilmPerson, tracks: Iterable[int]) -> Appearance:
        """A person of a film with some of the tracks."""
        record, file = self.films[film]
        own = tuple(sorted(tracks))
        times = union((file.tracks[t].start_seconds, file.tracks[t].end_seconds) for t in own)
        return Appearance(record, person, own, times)


def gather(records: Sequence[FilmRecord], shelf: Shelf, *, co_occurrence: bool) -> Gathered:
    """Read what the films left.

    Args:
        records: The films.
        shelf: Their folder.
        co_occurrence: Whether two who are seen together are two people.

    Raises:
        DataError: Something is damaged.
    """
    films: list[tuple[FilmRecord, FilmFile]] = []
    casts: list[FilmCast] = []
    person: list[tuple[int, FilmPerson]] = []
    tracks: list[tuple[int, ...]] = []
    for number, record in enumerate(sorted(records, key=lambda record: record.content_hash)):
        file = read_result(shelf.clusters(record.id))
        films.append((record, file))
        looks, of_look = load_looks(shelf.looks(record.id))
        firm = ledger_path(shelf.clusters(record.id)).exists()
        # A person without a usable face is alone in the season, and has no look.
        apart = _together(file, of_look) if co_occurrence else np.zeros((0, 2), np.int64)
        casts.append(FilmCast(looks, tuple(p.name for p in file.people), apart, firm))
        if firm:
            person += [(number, one) for one in file.people]
            tracks += [one.tracks for one in file.people]
        else:
            person += [(number, file.people[p]) for p in looks.person.tolist()]
            tracks += [tuple(own) for own in of_look]
    return Gathered(tuple(films), cast_of(casts), tuple(person), tuple(tracks))


def _together(file: FilmFile, of_look: Sequence[Sequence[int]]) -> IntArray:
    """(M, 2) pairs of looks with tracks that are on screen at one time."""
    look = np.full(len(file.tracks), -1)
    for number, own in enumerate(of_look):
        look[list(own)] = number
    rows = np.flatnonzero(look >= 0)
    start = np.array([file.tracks[t].start_frame for t in rows], np.int64)
    stop = np.array([file.tracks[t].stop_frame for t in rows], np.int64)
    both = (start[:, None] < stop[None, :]) & (start[None, :] < stop[:, None])
    a, b = np.nonzero(np.triu(both, 1))
    pairs = np.sort(np.stack((look[rows[a]], look[rows[b]]), axis=1), axis=1)
    found: IntArray = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return found


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
