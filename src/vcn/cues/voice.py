"""Voices of the faces that are seen to speak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import EvidenceConfig
from vcn.cues import Reading
from vcn.cues.levels import Context, LevelReading
from vcn.equations.cosine import cosine_distances
from vcn.types import TrackFilm


@dataclass(frozen=True, slots=True)
class Voice:
    """How alike two voices are: in every scene, whatever the light and the clothes.

    What it means is learnt from pairs of which the film is sure, all scenes together, with a
    prior that says nothing: where few sure pairs are heard, a voice hardly counts.
    """

    config: EvidenceConfig
    name: str = "voice"

    def read(self, film: TrackFilm) -> Reading | None:
        """Distances of voices; None where no two tracks are heard."""
        if film.voices is None or np.count_nonzero(film.voices.any(axis=1)) < 2:
            return None
        distance = cosine_distances(film.voices).astype(np.float32)
        everywhere = np.full(distance.shape, Context.far, np.int64)
        return LevelReading(distance, everywhere, self.config, far_speaks_against=True)
