"""Where and when in the film its tracks are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import Float64Array, FloatArray, ImageArray, IntArray, frozen, set_fields


@dataclass(frozen=True, slots=True)
class Setting:
    """Time and place of T tracks in S shots."""

    shot: IntArray
    """(T,) the shot of each track."""
    seconds: Float64Array
    """(T, 2) when each track begins and ends."""
    scene: IntArray
    """(S,) the scene of each shot: not decreasing, from 0."""
    threads: IntArray
    """(M, 2) pairs of tracks that stand at the same place in two shots of one set-up."""

    def __post_init__(self) -> None:
        shot = frozen(self.shot, "shot", (None,), np.int64)
        scene = frozen(self.scene, "scene", (None,), np.int64)
        threads = frozen(self.threads, "threads", (None, 2), np.int64)
        if len(shot) and not 0 <= shot.min() <= shot.max() < len(scene):
            raise DataError(f"each track needs a shot from 0 to {len(scene) - 1}")
        if len(threads) and not 0 <= threads.min() <= threads.max() < len(shot):
            raise DataError(f"threads must hold tracks from 0 to {len(shot) - 1}")
        seconds = frozen(self.seconds, "seconds", (len(shot), 2), np.float64)
        set_fields(self, shot=shot, seconds=seconds, scene=scene, threads=threads)

    @property
    def scene_of_track(self) -> IntArray:
        """(T,)."""
        found: IntArray = self.scene[self.shot]
        return found


@dataclass(frozen=True, slots=True)
class SetUps:
    """Pictures 2 s and 2 s + 1 are the first and the last of shot s."""

    edge: IntArray
    """(2 S + 1,) where the features of each picture begin."""
    points: FloatArray
    """(K, 2) pixels at `ThreadConfig.width`."""
    descriptors: ImageArray
    """(K, 32)."""
    pictures: ImageArray
    """(2 S, h, w, 3) RGB."""

    def features(self, picture: int) -> tuple[FloatArray, ImageArray]:
        """(k, 2) points and (k, 32) descriptors of one picture."""
        part = slice(int(self.edge[picture]), int(self.edge[picture + 1]))
        return self.points[part], self.descriptors[part]
