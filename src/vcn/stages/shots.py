"""Shot boundaries (VCN 3.2): PySceneDetect's adaptive rule, made causal.

PySceneDetect scores how much a frame differs from its predecessor. Its
AdaptiveDetector calls a cut where the score stands out from the scores of two frames
before and two after, and so knows a cut two frames late. Here all the neighbours lie
before the frame, so that a new shot is known at its first frame and the film is
read once. `ShotConfig` says how the two compare.
"""

from __future__ import annotations

from collections import deque

import cv2

from vcn.config import ShotConfig
from vcn.types import FrameTime, ImageArray
from vcn.video import Frame


class _Change:
    """PySceneDetect's content score, as its AdaptiveDetector takes it.

    Its own code takes half a millisecond more a frame; it is the oracle of the tests.
    """

    def __init__(self) -> None:
        self._before: ImageArray | None = None

    def of(self, image: ImageArray) -> float:
        """Mean change of hue, saturation and value since the last call; 0 at first."""
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        before, self._before = self._before, hsv
        return 0.0 if before is None else cv2.norm(before, hsv, cv2.NORM_L1) / hsv.size


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
