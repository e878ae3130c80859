"""Bodies: what a re-identification model makes of the person below a face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import EvidenceConfig
from vcn.cues import Reading
from vcn.cues.levels import LevelReading, contexts
from vcn.equations.cosine import cosine_distances
from vcn.types import TrackFilm


@dataclass(frozen=True, slots=True)
class Body:
    """How alike two people are below the face; it takes the place of the colour of clothes.

    A re-identification model looks at clothes too, so that it is learnt as they are: within a
    scene, and never against in another one.
    """

    config: EvidenceConfig
    name: str = "body"

    def read(self, film: TrackFilm) -> Reading | None:
        """Cosine distances; None where no body was looked at."""
        if film.bodies is None or film.setting is None:
            return None
        distance = cosine_distances(film.bodies).astype(np.float32)
        context = contexts(film.setting, self.config.near_seconds)
        return LevelReading(distance, context, self.config)
