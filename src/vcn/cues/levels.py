"""Cues that only the film can calibrate: levels of agreement, by context."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from vcn.config import EvidenceConfig
from vcn.equations.fellegi_sunter import level_weights
from vcn.types import Float64Array, FloatArray, IntArray, Setting


class Context(IntEnum):
    """Where two tracks are, one to the other."""

    scene = 0
    """In one scene: clothes and light stay."""
    near = 1
    """Near in time, but no set-up says that it is one scene."""
    far = 2


def contexts(setting: Setting, near_seconds: float) -> IntArray:
    """(T, T) `Context` of each pair."""
    scene = setting.scene_of_track
    start = setting.seconds[:, 0]
    near = np.abs(start[:, None] - start[None, :]) < near_seconds
    far = np.where(near, Context.near, Context.far)
    return np.where(scene[:, None] == scene[None, :], Context.scene, far).astype(np.int64)


@dataclass(frozen=True, slots=True)
class LevelReading:
    """A distance between tracks whose meaning is learnt in the film."""

    distance: FloatArray
    """(T, T); NaN where the cue cannot say."""
    context: IntArray
    """(T, T)."""
    config: EvidenceConfig
    far_speaks_against: bool = False
    """Whether a difference says something also in another scene."""
    _levels: tuple[tuple[Context, IntArray, IntArray, IntArray], ...] = field(init=False)
    """Of each context: rows, columns and levels of its pairs. The film's, whatever is learnt."""

    def __post_init__(self) -> None:
        rows, columns = np.triu_indices(len(self.distance), 1)
        distance, context = self.distance[rows, columns], self.context[rows, columns]
        levels = []
        for where in Context:
            pairs = np.flatnonzero((context == where) & ~np.isnan(distance))
            if len(pairs):
                level = np.empty(len(pairs), np.int64)
                order = np.argsort(distance[pairs], kind="stable")
                level[order] = np.arange(len(pairs)) * self.config.levels // len(pairs)
                levels.append((where, rows[pairs], columns[pairs], level))
        object.__setattr__(self, "_levels", tuple(levels))

    def weights(self, posterior: Float64Array, counts: FloatArray) -> FloatArray:
        """Weights of levels, learnt in each context; see `cues.Reading`."""
        n_levels, half = self.config.levels, self.config.scene_slope / 2
        sloped = np.linspace(1 + half, 1 - half, n_levels) / n_levels
        flat = np.full(n_levels, 1 / n_levels)
        out = np.zeros(self.distance.shape, np.float32)
        for where, rows, columns, level in self._levels:
            weight = level_weights(
                level,
                posterior[rows, columns],
                np.asarray(counts[rows, columns], np.float64),
                sloped if where == Context.scene else flat,
                self.config.cue_pairs,
            )
            if where == Context.far and not self.far_speaks_against:
                weight = np.maximum(weight, 0)
            out[rows, columns] = out[columns, rows] = weight[level]
        return out
