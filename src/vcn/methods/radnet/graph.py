"""The graphs of a film: for each track its nearest tracks, and some clues of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vcn.config import RadNetConfig
from vcn.equations.density import density_sample
from vcn.methods.persons import MODALITIES, PersonFilm, unit
from vcn.types import BoolArray, IntArray


def slots(config: RadNetConfig) -> list[str]:
    """Modality of each of the N places of a graph, in order: its clues track by track."""
    return [m for m in config.modalities for _ in range(config.tracks * _clues(config, m))]


def _clues(config: RadNetConfig, modality: str) -> int:
    return 1 if modality == "voice" else config.clues


@dataclass(frozen=True, slots=True)
class Graphs:
    """The graphs of one film, one a track. T tracks, N clues a graph."""

    track: IntArray
    """(T, N) whose each clue is; -1 where there is none."""
    rows: dict[str, IntArray]
    """For each modality (T, N_m) rows of its clues; 0 where there is none."""
    values: dict[str, Tensor]
    """For each modality its clues, (n, D) of length 1."""

    def batch(self, pivots: IntArray) -> dict[str, Tensor]:
        """Features of some graphs by modality, (B, N_m, D)."""
        return {m: self.values[m][torch.from_numpy(rows[pivots])] for m, rows in self.rows.items()}


def graphs_of(film: PersonFilm, config: RadNetConfig) -> Graphs:
    """Sample neighbours and clues (IV-F1)."""
    near = nearest(film, config)
    track, rows = [], {}
    for modality in config.modalities:
        # (T, q) rows, (T, q) whether there
        table, has = _chosen(film, modality, _clues(config, modality), config.density)
        tracks = sampled(near, has[:, 0], config.tracks)
        picked = np.maximum(tracks, 0)
        rows[modality] = table[picked].reshape(len(tracks), -1)
        there = has[picked] & (tracks >= 0)[:, :, None]
        track.append(np.where(there, tracks[:, :, None], -1).reshape(len(tracks), -1))
    values = {m: torch.from_numpy(_padded(film, m)) for m in config.modalities}
    return Graphs(np.concatenate(track, axis=1), rows, values)


def _padded(film: PersonFilm, modality: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    values = unit(film.of(modality).values)
    # So that row 0 exists where a film has no such clue at all.
    return values if len(values) else np.zeros((1, values.shape[1]), np.float32)


def _chosen(film: PersonFilm, modality: str, n: int, near: float) -> tuple[IntArray, BoolArray]:
    clues = film.of(modality)
    values = unit(clues.values)
    table = np.zeros((film.n_tracks, n), np.int64)
    has = np.zeros((film.n_tracks, n), np.bool_)
    for track in range(film.n_tracks):
        start, stop = np.searchsorted(clues.track_index, [track, track + 1])
        if modality == "voice" and stop - start > 1:  # the one nearest to their mean
            part = values[start:stop]
            picked = np.array([int(np.argmax(part @ part.mean(axis=0)))])
        else:
            picked = density_sample(values[start:stop], n, near)
        table[track, : len(picked)] = start + picked
        has[track, : len(picked)] = True
    return table, has


def nearest(film: PersonFilm, config: RadNetConfig) -> IntArray:
    """(T, K) each track, then the others by similarity, -1 after the last; at most p^2.

    The neighbours of a track with a face are tracks with a face; one without is placed by its
    body, and without a body by its voice (the paper does not say).
    """
    out = np.full((film.n_tracks, min(film.n_tracks, config.tracks**2)), -1)
    placed = np.zeros(film.n_tracks, np.bool_)
    for modality in (m for m in MODALITIES if m in config.modalities):
        mean, has = film.means(modality)
        rows, others = np.flatnonzero(has & ~placed), np.flatnonzero(has)
        placed |= has
        similarity = mean[rows].astype(np.float64) @ mean[others].T
        similarity[rows[:, None] == others] = np.inf
        order = np.argsort(-similarity, axis=1, kind="stable")[:, : out.shape[1]]
        out[rows, : order.shape[1]] = others[order]
    out[~placed, 0] = np.flatnonzero(~placed)
    return out


def sampled(near: IntArray, has: BoolArray, n: int) -> IntArray:
    """The tracks of a graph that give it clues of one modality.

    The place of a neighbour that lacks the modality is taken by the nearest to the pivot that
    has it, then by the nearest to its neighbours (the paper: "the same strategy will be applied to
    neighbor tracks"). That of the pivot stays empty.

    Args:
        near: (T, K) of `nearest`.
        has: (T,) tracks that have the modality.
        n: Tracks to sample, p of the paper.

    Returns:
        (T, n) the pivot first; -1: nobody is left.
    """
    out = np.full((len(near), n), -1)
    for pivot, row in enumerate(near.tolist()):
        first = row[:n]
        own = [track if track >= 0 and has[track] else -1 for track in first]
        spare = _further(near, row, {*first, pivot}, has)
        for place, track in enumerate(own):
            out[pivot, place] = next(spare, -1) if place and track < 0 else track
    return out


def _further(near: IntArray, row: list[int], seen: set[int], has: BoolArray) -> Iterator[int]:
    """Tracks with a modality, from near to far: of the pivot, then of its neighbours."""
    for of in (row, *(near[track].tolist() for track in row[1:] if track >= 0)):
        for track in of:
            if track >= 0 and track not in seen:
                seen.add(track)
                if has[track]:
                    yield track
