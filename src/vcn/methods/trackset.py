"""Tracks of many films together, to learn from: with or without the names of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.types import UNKNOWN, BoolArray, Float64Array, FloatArray, IntArray


class TrainingFilm(NamedTuple):
    """One film to learn from."""

    film: TrackFilm
    people: tuple[str, ...] | None
    """(T,) name of each track, one name one person in all films; "" not known; None: the
    film has no labels."""


@dataclass(frozen=True, slots=True)
class TrackSet:
    """The tracks of several films, numbered on; crops ordered by track."""

    features: FloatArray
    """(N, D) base embeddings, as the face model gave them."""
    start: IntArray
    """(T + 1,) the crops of track t are start[t] to start[t + 1] - 1, at least one."""
    person: IntArray
    """(T,) number of the person; -1: not known."""
    film: IntArray
    """(T,) number of the film."""
    cannot_link: IntArray
    """(M, 2) tracks that share a frame."""
    people: tuple[str, ...]
    films: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.person)

    @property
    def width(self) -> int:
        """D."""
        return int(self.features.shape[1])

    def means(self) -> Float64Array:
        """(T, D) mean of the crops of each track."""
        sums = np.add.reduceat(self.features.astype(np.float64), self.start[:-1], axis=0)
        return np.asarray(sums / np.diff(self.start)[:, None], np.float64)

    def only(self, chosen: BoolArray) -> TrackSet:
        """The chosen tracks alone; people and films keep their numbers."""
        tracks = np.flatnonzero(chosen)
        position = np.full(len(self), -1, np.int64)
        position[tracks] = np.arange(len(tracks))
        links = position[self.cannot_link]
        sizes = np.diff(self.start)
        return TrackSet(
            features=self.features[np.repeat(chosen, sizes)],
            start=np.concatenate(([0], np.cumsum(sizes[tracks]))).astype(np.int64),
            person=self.person[tracks],
            film=self.film[tracks],
            cannot_link=links[(links >= 0).all(axis=1)],
            people=self.people,
            films=self.films,
        )


def join(films: Sequence[TrainingFilm]) -> TrackSet:
    """Put films together; tracks without crops are left out.

    Raises:
        DataError: There is no track with a crop, or two films have features of different
            widths.
    """
    with_crops = [f for f in films if len(f.film.embeddings)]
    if not with_crops:
        raise DataError("there is no track to learn from")
    first = with_crops[0].film
    for other, _ in with_crops:
        if other.embeddings.values.shape[1] != first.embeddings.values.shape[1]:
            raise DataError(
                f"the features of {other.name} have {other.embeddings.values.shape[1]} values, "
                f"those of {first.name} {first.embeddings.values.shape[1]}",
                "Learn from films of one face model",
            )
    names: list[str] = []
    owner: list[int] = []
    sizes: list[IntArray] = []
    links: list[IntArray] = []
    n_tracks = 0
    for number, (film, people) in enumerate(with_crops):
        tracks, counts = np.unique(film.embeddings.track_index, return_counts=True)
        position = np.full(film.n_tracks, -1, np.int64)
        position[tracks] = n_tracks + np.arange(len(tracks))
        if film.cannot_link is not None and len(film.cannot_link):
            pairs = position[film.cannot_link]
            links.append(pairs[(pairs >= 0).all(axis=1)])
        names += [""] * len(tracks) if people is None else [people[t] for t in tracks]
        owner += [number] * len(tracks)
        sizes.append(counts)
        n_tracks += len(tracks)
    people_found, person = np.unique(np.array(names, np.str_), return_inverse=True)
    # "" sorts first.
    unknown = int(people_found[0] == "")
    return TrackSet(
        features=np.concatenate([f.film.embeddings.values for f in with_crops]),
        start=np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.int64),
        person=np.where(person < unknown, UNKNOWN, person - unknown).astype(np.int64),
        film=np.array(owner, np.int64),
        cannot_link=np.concatenate([*links, np.empty((0, 2), np.int64)]),
        people=tuple(people_found[unknown:].tolist()),
        films=tuple(f.film.name for f in with_crops),
    )


def of_film(film: TrackFilm) -> tuple[TrackSet, IntArray]:
    """One film as a set, and (T',) which of its tracks have crops."""
    return join([TrainingFilm(film, None)]), np.unique(film.embeddings.track_index)
