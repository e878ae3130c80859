"""Methods that leave open how many people there are: where to cut is told to them.

They compare the tracks of a film once; the result can then be cut at a threshold or into
a number of people. Whoever runs the method says where: it is no part of the method, which
never sees labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.types import Clustering


class Cuts(Protocol):
    """One film, compared and ready to be cut."""

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`."""
        ...

    def into(self, n_people: int) -> Clustering:
        """Merge until at most `n_people` are left."""
        ...


@runtime_checkable
class Cutter(Protocol):
    """A method that must be told where to cut. Equal films and seeds give equal cuts."""

    @property
    def name(self) -> str:
        """Short name, as in the benchmark's tables."""
        ...

    def compare(self, film: TrackFilm, seed: int) -> Cuts:
        """Compare the tracks of `film`: all of the work but the cut."""
        ...


@dataclass(frozen=True, slots=True)
class IntoOnly:
    """`Cuts` of a system without thresholds."""

    name: str
    into: Callable[[int], Clustering]

    def at(self, threshold: float) -> Clustering:
        """Not possible.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"{self.name} takes no threshold, such as {threshold}", "Give --n-people")


@dataclass(frozen=True, slots=True)
class Told:
    """A `Cutter` that was told where to cut: a `Method`."""

    cutter: Cutter
    n_people: int | None = None
    threshold: float | None = None
    """One of the two is given."""

    @property
    def name(self) -> str:
        """The cutter's own name."""
        return self.cutter.name

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`.

        Raises:
            UsageError: There are fewer tracks than people.
        """
        if self.n_people is None:
            assert self.threshold is not None
            return self.cutter.compare(film, seed).at(self.threshold)
        n_tracks = len(np.unique(film.embeddings.track_index))
        if self.n_people > n_tracks:
            raise UsageError(
                f"{self.n_people} people cannot be found among the {n_tracks} tracks of "
                f"{film.name or 'the film'}",
                "Give a smaller --n-people",
            )
        return self.cutter.compare(film, seed).into(self.n_people)
