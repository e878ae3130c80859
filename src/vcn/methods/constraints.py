"""What a film says for certain about pairs of tracks, as the systems take it."""

from __future__ import annotations

import numpy as np

from vcn.methods import TrackFilm
from vcn.types import IntArray

_NONE = np.empty((0, 2), np.int64)


def cannot_links(film: TrackFilm) -> IntArray:
    """(M, 2) tracks that are two people: they share a frame, or a person said so.

    Pairs i < j, each once, in order; what a person said to be one person is not among them.
    """
    pairs = [p for p in (film.cannot_link, film.certain_different) if p is not None]
    found = _ordered(np.concatenate([_NONE, *pairs]))
    same = must_links(film)
    if len(same) and len(found):
        width = film.n_tracks
        found = found[~np.isin(found @ [width, 1], same @ [width, 1])]
    return found


def must_links(film: TrackFilm) -> IntArray:
    """(M, 2) tracks that a person said to be one person, i < j, each once, in order."""
    return _NONE if film.certain_same is None else _ordered(film.certain_same)


def among(pairs: IntArray, tracks: IntArray) -> IntArray:
    """Pairs of tracks as pairs of rows of `tracks`; those with another track are left out.

    Args:
        pairs: (M, 2) tracks.
        tracks: (R,) increasing.
    """
    inside = np.isin(pairs, tracks).all(axis=1)
    return np.searchsorted(tracks, pairs[inside]).astype(np.int64)


def _ordered(pairs: IntArray) -> IntArray:
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return np.unique(pairs, axis=0).astype(np.int64).reshape(-1, 2)
