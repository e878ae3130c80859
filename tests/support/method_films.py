"""Films of features with known people, for the tests of the method."""

from __future__ import annotations

import numpy as np

from vcn.methods import TrackFilm
from vcn.types import Embeddings, IntArray


def people_film(
    n_people: int = 5,
    n_each: int = 6,
    n_crops: int = 4,
    *,
    shot: float = 0.35,
    crop: float = 0.2,
    width: int = 32,
    seed: int = 0,
) -> tuple[TrackFilm, IntArray]:
    """Tracks around people: a deviation a shot, a smaller one a crop.

    Returns:
        The film, its tracks in random order, and (T,) the person of each track.
    """
    rng = np.random.default_rng(seed)
    person = rng.normal(size=(n_people, width)) + 1.0  # faces have a common mean
    truth = rng.permutation(np.repeat(np.arange(n_people), n_each))
    track = person[truth] + shot * rng.normal(size=(len(truth), width))
    values = np.repeat(track, n_crops, axis=0)
    values = values + crop * rng.normal(size=values.shape)
    return film_of(values, np.repeat(np.arange(len(truth)), n_crops), len(truth)), truth


def film_of(
    values: np.ndarray, index: np.ndarray, n_tracks: int, cannot_link: IntArray | None = None
) -> TrackFilm:
    """A film of these features alone."""
    embeddings = Embeddings(
        np.asarray(values, np.float32), np.asarray(index, np.int64), normalised=False
    )
    return TrackFilm(embeddings, n_tracks, cannot_link=cannot_link, name="made up")
