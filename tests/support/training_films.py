"""Films of features with named people, to train on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from method_films import people_film

from vcn.methods import TrackFilm
from vcn.methods.trackset import TrackSet, TrainingFilm, join


def training_film(seed: int = 0, n_people: int = 8, **options: float) -> TrainingFilm:
    """A film whose people are p0, p1, ...; tracks of different people share frames."""
    film, truth = people_film(n_people, 6, 6, seed=seed, **options)  # type: ignore[arg-type]
    pairs = [(a, a + 1) for a in range(0, len(truth) - 1, 2) if truth[a] != truth[a + 1]]
    film = TrackFilm(
        film.embeddings, film.n_tracks, cannot_link=np.array(pairs), name=f"film{seed}"
    )
    return TrainingFilm(film, tuple(f"film{seed}-p{person}" for person in truth))


def training_set(n_films: int = 2, **options: float) -> TrackSet:
    """Several such films together."""
    return join([training_film(seed, **options) for seed in range(n_films)])  # type: ignore[arg-type]


def write_film(path: Path, film: TrainingFilm) -> Path:
    """As `vcn harvest` writes it, with the names of people."""
    arrays = {
        "features": film.film.embeddings.values,
        "track_index": film.film.embeddings.track_index,
        "labels": np.array(film.people or ["unknown"] * film.film.n_tracks),
    }
    if film.film.cannot_link is not None:
        arrays["cannot_link"] = film.film.cannot_link
    np.savez(path, **arrays)
    return path
