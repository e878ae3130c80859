"""What the search reads: the people and the looks of all films, in two tables and an index.

season/archive/people.parquet   a row an appearance of a person in a film, by id
season/archive/looks.parquet    a row a look, with what the season learnt of distances
season/archive/looks.usearch    nearest looks, where there are many
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from vcn.errors import DataError, UsageError
from vcn.season.shelf import Shelf
from vcn.season.tables import Table

HINT = "Run vcn season again: it writes what the search reads"


@dataclass(frozen=True, slots=True)
class Seen:
    """A person in a film."""

    film: str
    """Its id."""
    path: str
    person: int
    """Id in its clusters.json."""
    probability: float | None
    """That this is the same person as in the other films."""
    screen_time_seconds: float
    times: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A person of the season who was asked for."""

    id: int
    name: str | None
    probability: float | None
    """That it is the face that was shown; None: asked for by name."""
    films: tuple[Seen, ...]


class Archive:
    """The people of a season, to be searched.

    Raises:
        DataError: There is no season, or it is damaged.
    """

    def __init__(self, shelf: Shelf) -> None:
        if not shelf.document.exists():
            raise DataError(f"there is no season in {shelf.root}", "Make it with vcn season")
        self._shelf = shelf
        self._people = Table(shelf.archive / "people.parquet", HINT)
        self._ids = self._people.array("id")

    def called(self, who: str) -> list[Found]:
        """The people of a name, or the one of an id.

        Raises:
            UsageError: There is none.
        """
        names = self._people.texts("name")
        wanted = who.strip().casefold()
        rows = [n for n, name in enumerate(names) if name and name.casefold() == wanted]
        if not rows and wanted.isdigit():
            rows = np.flatnonzero(self._ids == int(wanted)).tolist()
        if not rows:
            known = sorted({name for name in names if name})
            near = get_close_matches(who, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "Name people with vcn season --name"
            raise UsageError(f"nobody in {self._shelf.root} is called {who}", hint)
        return self.found(dict.fromkeys(self._ids[rows].tolist()))

    def found(self, probability: Mapping[int, float | None]) -> list[Found]:
        """Where some people are.

        Args:
            probability: Of each, by id: that it is the face that was shown.
        """
        rows = {i: np.flatnonzero(self._ids == i) for i in probability}
        every = np.concatenate([np.zeros(0, np.int64), *rows.values()])
        place = {row: n for n, row in enumerate(every.tolist())}
        named, film, path, times = (
            self._people.cells(name, every) for name in ("name", "film", "path", "times")
        )
        number = {
            name: self._people.array(name) for name in ("person", "probability", "screen_time")
        }
        out = []
        for identity, own in rows.items():
            films = tuple(
                Seen(
                    film[place[row]],
                    path[place[row]],
                    int(number["person"][row]),
                    None if np.isnan(p := number["probability"][row]) else float(p),
                    float(number["screen_time"][row]),
                    tuple(zip(*[iter(times[place[row]])] * 2, strict=True)),
                )
                for row in own.tolist()
            )
            out.append(Found(identity, named[place[int(own[0])]], probability[identity], films))
        return out
