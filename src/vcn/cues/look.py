"""Clothes and hair: patches of `video/surround.py`, compared in colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import EvidenceConfig
from vcn.cues import Reading
from vcn.cues.levels import LevelReading, contexts
from vcn.equations.colour import hellinger, mean_histograms
from vcn.types import Crops, ImageArray, TrackFilm
from vcn.video.surround import HAIR, TORSO

_SEEN = 0.4
"""Least share of a patch that must lie in the picture."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of what is seen around a face, by the colours in it."""

    name: str
    part: tuple[float, float, float, float]
    """x1, y1, x2, y2 as shares of the picture around the face."""
    config: EvidenceConfig

    def read(self, film: TrackFilm) -> Reading | None:
        """Distances in colour; None where nothing around the faces is known."""
        crops, setting = film.crops, film.setting
        if crops is None or crops.around is None or setting is None:
            return None
        patches = _patches(crops, self.part)
        histograms, said = mean_histograms(patches, crops.track_index, film.n_tracks)
        context = contexts(setting, self.config.near_seconds)
        return LevelReading(hellinger(histograms, said), context, self.config)


def clothes(config: EvidenceConfig) -> Look:
    """The torso under a face."""
    return Look("clothes", TORSO, config)


def hair(config: EvidenceConfig) -> Look:
    """The hair and the outline of the head."""
    return Look("hair", HAIR, config)


def _patches(crops: Crops, part: tuple[float, float, float, float]) -> list[ImageArray]:
    """The part of each picture that lies in the film; without pixels where too little does."""
    assert crops.around is not None
    assert crops.inside is not None
    height, width = crops.around.shape[1:3]
    size = np.array([width, height, width, height])
    low = np.maximum(crops.inside[:, :2], part[:2])
    high = np.minimum(crops.inside[:, 2:], part[2:])
    whole = (part[2] - part[0]) * (part[3] - part[1])
    share = np.maximum(high - low, 0).prod(axis=1) / whole
    edges = np.rint(np.hstack([low, high]) * size).astype(np.int64)
    return [
        crops.around[row, y1:y2, x1:x2] if seen >= _SEEN else crops.around[row, :0, :0]
        for row, (seen, (x1, y1, x2, y2)) in enumerate(
            zip(share.tolist(), edges.tolist(), strict=True)
        )
    ]
