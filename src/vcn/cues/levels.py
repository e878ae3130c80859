"""Cues that only the film can calibrate: levels of agreement, by context."""

from __future__ import annotations

from dataclasses import dataclass
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

    def weights(self, posterior: Float64Array, counts: FloatArray) -> FloatArray:
        """Weights of levels, learnt in each context; see `cues.Reading`."""
        n, n_levels = len(self.distance), self.config.levels
        rows, columns = np.triu_indices(n, 1)
        context = self.context[rows, columns]
        distance = self.distance[rows, columns]
        said = ~np.isnan(distance)
        out = np.zeros(len(rows), np.float32)
        half = self.config.scene_slope / 2
        sloped = np.linspace(1 + half, 1 - half, n_levels) / n_levels
        for where in Context:
            pairs = np.flatnonzero((context == where) & said)
            if len(pairs) == 0:
                continue
            order = np.argsort(distance[pairs], kind="stable")
            level = np.empty(len(pairs), np.int64)
            level[order] = np.arange(len(pairs)) * n_levels // len(pairs)
            flat = np.full(n_levels, 1 / n_levels)
            at = rows[pairs], columns[pairs]
            weight = level_weights(
                level,
                posterior[at],
                np.asarray(counts[at], np.float64),
                sloped if where == Context.scene else flat,
                self.config.cue_pairs,
            )
            if where == Context.far and not self.far_speaks_against:
                weight = np.maximum(weight, 0)
            out[pairs] = weight[level]
        whole = np.zeros((n, n), np.float32)
        whole[rows, columns] = out
        return whole + whole.T
