"""Shot threads: a face stands where a face stood, in two shots of one set-up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vcn.config import EvidenceConfig
from vcn.cues import Reading
from vcn.types import Float64Array, FloatArray, IntArray, TrackFilm


@dataclass(frozen=True, slots=True)
class Threads:
    """Pairs of tracks at one place of one set-up."""

    config: EvidenceConfig
    name: str = "threads"

    def read(self, film: TrackFilm) -> Reading | None:
        """The pairs; None where no set-up is seen twice."""
        if film.setting is None or len(film.setting.threads) == 0:
            return None
        odds = math.log(self.config.thread_odds)
        return _Pairs(film.setting.threads, film.n_tracks, odds)


@dataclass(frozen=True, slots=True)
class _Pairs:
    pairs: IntArray
    n_tracks: int
    odds: float

    def weights(self, posterior: Float64Array, counts: FloatArray) -> FloatArray:  # noqa: ARG002
        """The same weight for each pair; nobody else is spoken of."""
        out = np.zeros((self.n_tracks, self.n_tracks), np.float32)
        a, b = self.pairs.T
        out[a, b] = out[b, a] = self.odds
        return out
