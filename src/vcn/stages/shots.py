"""Shot boundaries (VCN 3.2): PySceneDetect's adaptive rule, made causal.

PySceneDetect scores how much a frame differs from its predecessor. Its
AdaptiveDetector calls a cut where the score stands out from the scores of two frames
before and two after, and so knows a cut two frames late. Here all the neighbours lie
before the frame, so that a new shot is known at its first frame and the film is
read once. `ShotConfig` says how the two compare.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from scenedetect import ContentDetector, FrameTimecode

from vcn.config import ShotConfig
from vcn.types import FrameTime, ImageArray
from vcn.video import Frame

_LABEL = FrameTimecode(0, 25.0)
"""Would label the rows of PySceneDetect's statistics file, which is not written."""


class _Change(ContentDetector):  # type: ignore[misc]  # its package has no types
    """PySceneDetect's content score by itself, as its AdaptiveDetector takes it."""

    def of(self, image: ImageArray) -> float:
        """Mean change of hue, saturation and value since the last call; 0 at first."""
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        return float(self._calculate_frame_score(_LABEL, bgr))


class ShotDetector:
    """Tells for each frame in turn whether it starts a new shot.

    Args:
        config: The rule and its working width.
    """

    def __init__(self, config: ShotConfig) -> None:
        self._config = config
        self._change = _Change()
        self._recent: deque[float] = deque(maxlen=config.window)
        self._start: FrameTime | None = None

    def is_cut(self, frame: Frame) -> bool:
        """True when `frame` starts a new shot. The first frame is no cut.

        A change within `min_seconds` of the shot's start, on the film's own clock, is
        a part of the shot (the end of a flash, a strobe).
        """
        time = frame.time
        score = self._change.of(frame.small(self._config.width))
        if self._start is None:
            self._start = time
            return False
        usual = sum(self._recent) / len(self._recent) if self._recent else 0.0
        self._recent.append(score)
        elapsed = (time.pts - self._start.pts) * time.time_base
        if (
            score < self._config.min_change
            or score < self._config.ratio * usual
            or elapsed < self._config.min_seconds
        ):
            return False
        self._start = time
        return True
