"""The graphs of a film: for each track its nearest tracks, and some clues of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vcn.config import RadNetConfig
from vcn.equations.density import density_sample
from vcn.methods.persons import MODALITIES, PersonFilm, unit
from vcn.types import BoolArray, Float64Array, IntArray


def slots(config: RadNetConfig) -> list[tuple[int, str]]:
    """Rank of the track and modality of each of the N places of a graph, in order."""
    return [
        (rank, modality)
        for modality in config.modalities
        for rank in range(config.tracks)
        for _ in range(_clues(config, modality))
    ]


def _clues(config: RadNetConfig, modality: str) -> int:
    return 1 if modality == "voice" else config.clues


@dataclass(frozen=True, slots=True)
class Graphs:
    """The graphs of one film, one a track. T tracks, p tracks a graph, N clues a graph."""

    tracks: IntArray
    """(T, p) the pivot first, then by similarity; -1 where the film has too few."""
    there: BoolArray
    """(T, N)."""
    rows: dict[str, IntArray]
    """For each modality (T, N_m) rows of its clues; 0 where there is none."""
    values: dict[str, Tensor]
    """For each modality its clues, (n, D) of length 1."""

    def batch(self, pivots: IntArray) -> dict[str, Tensor]:
        """Features of some graphs by modality, (B, N_m, D)."""
        return {m: self.values[m][torch.from_numpy(rows[pivots])] for m, rows in self.rows.items()}


def graphs_of(film: PersonFilm, config: RadNetConfig) -> Graphs:
    """Sample neighbours and clues (IV-F1); a track without a face is placed by its body."""
    tracks = neighbours(film, config)
    # Each film is its own world: a modality is where its clues are.
    chosen = {m: _chosen(film, m, _clues(config, m), config.density) for m in config.modalities}
    there, rows = [], {}
    for modality in config.modalities:
        table, has = chosen[modality]  # (T, q) rows, (T, q) whether there
        picked = np.where(tracks >= 0, tracks, 0)
        rows[modality] = table[picked].reshape(len(tracks), -1)
        there.append((has[picked] & (tracks >= 0)[:, :, None]).reshape(len(tracks), -1))
    values = {m: torch.from_numpy(_padded(film, m)) for m in config.modalities}
    return Graphs(tracks, np.concatenate(there, axis=1), rows, values)


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


def neighbours(film: PersonFilm, config: RadNetConfig) -> IntArray:
    """(T, p) each track and its nearest by the first modality that both have; -1: none."""
    similarity = track_similarity(film, config)
    np.fill_diagonal(similarity, np.inf)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, : config.tracks]
    missing = config.tracks - order.shape[1]
    return np.pad(order, ((0, 0), (0, missing)), constant_values=-1)


def track_similarity(film: PersonFilm, config: RadNetConfig) -> Float64Array:
    """(T, T) cosine of mean faces; where one has none, of bodies, then voices; else -1."""
    out = np.full((film.n_tracks, film.n_tracks), -1.0)
    known = np.zeros_like(out, dtype=np.bool_)
    for modality in (m for m in MODALITIES if m in config.modalities):
        mean, has = film.means(modality)
        both = has[:, None] & has[None, :] & ~known
        out[both] = (mean.astype(np.float64) @ mean.T)[both]
        known |= both
    return out
