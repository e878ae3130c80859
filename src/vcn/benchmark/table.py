"""The benchmark's table: rows, means and spread, JSON, and the gate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from vcn.errors import DataError

SCHEMA_VERSION = "1.3"
_READ = ("1.1", "1.2", SCHEMA_VERSION)
"""1.1 has no `b3_f_faces`, 1.2 no `as_of`."""

_LATER = {"b3_f_faces": None, "as_of": ""}
"""Columns that a row may lack, with what that means."""

_SAME = ("pack", "models", "photographs", "recipe")
"""Tables that differ here are not of the same features, or not of the same films."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one film with one seed.

    Scores count each unknown track as a cluster of its own, those named `_known` leave
    the unknown ones out. Tracks whose true person is not known are never scored.
    """

    film: str
    level: str
    method: str
    k: str
    """How it knows the number of people: `vcn.methods.registry.K`."""
    film_seed: int
    seed: int
    n_tracks: int
    n_people: int
    n_clusters: int
    """Predicted people: the unknown group is not one."""
    unknown: float
    """Share of the tracks."""
    b3_f: float
    nmi: float
    wcp: float
    pairwise_f: float | None
    b3_f_known: float | None
    wcp_known: float | None
    threshold: float | None
    """The threshold that a thresholded baseline was given."""
    seconds: float
    """Of the processor."""
    b3_f_faces: float | None = None
    """B-cubed F over all faces of truth, those in no track included; None: truth is of tracks."""
    as_of: str = ""
    """When it was measured, and of what: a date first. A table may be renewed in parts."""

    @property
    def pcr(self) -> float:
        """Predicted / true people (VCN 4.2)."""
        return self.n_clusters / self.n_people


@dataclass(frozen=True, slots=True)
class Summary:
    """One method on a group of films."""

    group: str
    method: str
    k: str
    n_runs: int
    n_films: int
    seeds: tuple[int, int]
    """Seeds of the film that has fewest, and of the one that has most."""
    b3_f: float
    b3_f_spread: float
    """Standard deviation over the seeds of the mean over films, of films of several seeds."""
    own_spread: float | None
    """Mean over films of the deviation over the method's seeds on one film; None where
    each film was clustered once."""
    nmi: float
    nmi_spread: float
    wcp: float
    pairwise_f: float
    pcr: float
    pcr_low: float
    """Of the films' means, the smallest; `pcr_high` the largest."""
    pcr_high: float
    unknown: float
    b3_f_known: float
    b3_f_faces: float | None
    """None: for no film of the group."""
    seconds: float
    as_of: tuple[str, ...]
    """Of its rows, the oldest first, each once; "" where nobody said."""


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one run, and what they were measured on."""

    rows: tuple[Row, ...]
    protocol: Mapping[str, object]

    def by_film(self) -> tuple[Summary, ...]:
        """A summary for each film and method."""
        return self._summaries(lambda row: row.film)

    def by_level(self) -> tuple[Summary, ...]:
        """A summary for each level and method."""
        return self._summaries(lambda row: row.level)

    def overall(self) -> tuple[Summary, ...]:
        """A summary for each method, over films: each film weighs the same."""
        return self._summaries(lambda _: "all films")

    def _summaries(self, group: Callable[[Row], str]) -> tuple[Summary, ...]:
        cells: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            cells.setdefault((group(row), row.method), []).append(row)
        return tuple(_summary(name, method, rows) for (name, method), rows in cells.items())

    def joined(self, newer: Table) -> Table:
        """These rows and newer ones, which replace all of the same film and method.

        Films and methods stay in their order, new ones come last. Of what the tables say they
        were measured on, lists are united; for the rest the newer one has it.

        Raises:
            DataError: They are of other models or photographs.
        """
        both = self.protocol.keys() & newer.protocol.keys()
        for name in (name for name in _SAME if name in both):
            if self.protocol[name] != newer.protocol[name]:
                raise DataError(
                    f"the {name} of the two tables differ", "Write the newer one somewhere else"
                )
        replaced = {(row.film, row.method) for row in newer.rows}
        kept = [row for row in self.rows if (row.film, row.method) not in replaced]
        everyone = (*self.rows, *newer.rows)
        films = list(dict.fromkeys(row.film for row in everyone))
        methods = list(dict.fromkeys(row.method for row in everyone))
        rows = sorted(
            (*kept, *newer.rows),
            key=lambda row: (
                films.index(row.film),
                methods.index(row.method),
                row.film_seed,
                row.seed,
            ),
        )
        protocol = {**self.protocol, **newer.protocol}
        for name in both:
            older, new = self.protocol[name], newer.protocol[name]
            if isinstance(older, list) and isinstance(new, list):
                protocol[name] = [*older, *(item for item in new if item not in older)]
        return Table(tuple(rows), protocol)

    def as_json(self) -> str:
        """The rows and the protocol; `from_json` reads it."""
        return (
            json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    "protocol": self.protocol,
                    "rows": [_rounded(asdict(row)) for row in self.rows],
                },
                indent=1,
                sort_keys=True,
            )
            + "\n"
        )

    @classmethod
    def from_json(cls, text: str) -> Table:
        """Read what `as_json` wrote.

        Raises:
            DataError: It is something else.
        """
        try:
            data = json.loads(text)
            if data["schema_version"] not in _READ:
                raise ValueError(f"schema version {data['schema_version']}")
            names = {item.name for item in fields(Row)}
            rows = [Row(**row) for row in data["rows"] if set(row) | set(_LATER) == names]
            if len(rows) < len(data["rows"]):
                raise ValueError("a row with other columns")
            return cls(tuple(rows), data["protocol"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"not a benchmark table: {error}", "Write it with make bench"
            ) from error

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read table.json.

        Raises:
            DataError: It is missing or something else.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"cannot read {path}: {error}", "Write it with make bench") from error


def regressions(
    new: Table, committed: Table, tolerance: float, methods: Iterable[str]
) -> tuple[str, ...]:
    """Where quality has fallen: one line for each film, method and score.

    Only runs that both tables have (film, method and both seeds) are compared, so a
    quick subset can be held against a whole table.

    Args:
        new: What was measured now.
        committed: What it is held against.
        tolerance: Fall of a film's mean that is let pass.
        methods: Names of the methods that must not get worse.

    Raises:
        DataError: The tables share no run of these methods.
    """
    wanted = set(methods)
    before = {_run(row): row for row in committed.rows if row.method in wanted}
    shared = [row for row in new.rows if _run(row) in before]
    if not shared:
        raise DataError("the tables share no run", "Write the committed one with make bench")
    cells: dict[tuple[str, str], list[Row]] = {}
    for row in shared:
        cells.setdefault((row.film, row.method), []).append(row)
    lines = []
    for (film, method), rows in cells.items():
        for name in ("b3_f", "nmi"):
            now = float(np.mean([getattr(row, name) for row in rows]))
            then = float(np.mean([getattr(before[_run(row)], name) for row in rows]))
            if now < then - tolerance:
                lines.append(f"{method} on {film}: {name} {now:.3f}, was {then:.3f}")
    return tuple(lines)


def _run(row: Row) -> tuple[str, str, int, int]:
    return (row.film, row.method, row.film_seed, row.seed)


def _rounded(values: dict[str, object]) -> dict[str, object]:
    return {
        name: round(value, 3 if name == "seconds" else 6) if isinstance(value, float) else value
        for name, value in values.items()
        if name not in _LATER or value != _LATER[name]
    }


def _summary(group: str, method: str, rows: Sequence[Row]) -> Summary:
    def per_film(value: Callable[[Row], float | None]) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for row in rows:
            number = value(row)
            if number is not None:
                found.setdefault(row.film, []).append(number)
        return {film: float(np.mean(numbers)) for film, numbers in found.items()}

    def mean(value: Callable[[Row], float | None]) -> float:
        films = per_film(value)
        return float(np.mean(list(films.values()))) if films else 0.0

    def spread(value: Callable[[Row], float]) -> float:
        # From each film's own mean: not all films have all seeds, and they differ.
        several = {row.film for row in rows if row.film_seed != one_seed[row.film]}
        centre = per_film(value)
        seeds: dict[int, list[float]] = {}
        for row in rows:
            if row.film in several:
                seeds.setdefault(row.film_seed, []).append(value(row) - centre[row.film])
        return float(np.std([np.mean(numbers) for numbers in seeds.values()])) if seeds else 0.0

    one_seed = {row.film: row.film_seed for row in rows}
    same_film: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        same_film.setdefault((row.film, row.film_seed), []).append(row.b3_f)
    repeated = [float(np.std(values)) for values in same_film.values() if len(values) > 1]
    people = per_film(lambda row: row.pcr)
    seeds: dict[str, set[int]] = {}
    for row in rows:
        seeds.setdefault(row.film, set()).add(row.film_seed)
    n_seeds = [len(found) for found in seeds.values()]
    return Summary(
        group=group,
        method=method,
        k=rows[0].k,
        n_runs=len(rows),
        n_films=len(seeds),
        seeds=(min(n_seeds), max(n_seeds)),
        b3_f=mean(lambda row: row.b3_f),
        b3_f_spread=spread(lambda row: row.b3_f),
        own_spread=float(np.mean(repeated)) if repeated else None,
        nmi=mean(lambda row: row.nmi),
        nmi_spread=spread(lambda row: row.nmi),
        wcp=mean(lambda row: row.wcp),
        pairwise_f=mean(lambda row: row.pairwise_f),
        pcr=float(np.mean(list(people.values()))),
        pcr_low=min(people.values()),
        pcr_high=max(people.values()),
        unknown=mean(lambda row: row.unknown),
        b3_f_known=mean(lambda row: row.b3_f_known),
        b3_f_faces=(
            mean(lambda row: row.b3_f_faces)
            if any(row.b3_f_faces is not None for row in rows)
            else None
        ),
        seconds=mean(lambda row: row.seconds),
        as_of=tuple(sorted({row.as_of for row in rows})),
    )
