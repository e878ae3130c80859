"""Shot boundaries (VCN 3.2), streaming: PySceneDetect's content detector.

Only the score comes from PySceneDetect. The shortest shot is measured on the film's
own clock, and a cut is told at the frame that starts the new shot: the score of a
frame needs its predecessor only.
"""

from __future__ import annotations

import numpy as np
from scenedetect import ContentDetector, FrameTimecode

from vcn.config import ShotConfig
from vcn.types import FrameTime, VideoInfo
from vcn.video import Frame


class ShotDetector:
    """Tells for each frame in turn whether it starts a new shot.

    Args:
        config: Threshold, shortest shot and working width.
        info: The film.
    """

    def __init__(self, config: ShotConfig, info: VideoInfo) -> None:
        self._config = config
        # Without a shortest length the detector is a plain threshold on its score.
        self._detector = ContentDetector(threshold=config.threshold, min_scene_len=0)
        self._rate = info.frame_rate
        self._start: FrameTime | None = None

    def is_cut(self, frame: Frame) -> bool:
        """True when `frame` starts a new shot. The first frame is no cut.

        A change within `min_seconds` of the shot's start is a part of it (a flash, a
        strobe, a fast pan), not a cut.
        """
        # Hue is the same in both orders but for its angle, so that the order matters.
        image = np.ascontiguousarray(frame.small(self._config.width)[:, :, ::-1])
        # (h, w, 3) BGR; the timecode only labels the answer, which is not used.
        changed = bool(
            self._detector.process_frame(FrameTimecode(frame.time.index, self._rate), image)
        )
        start = self._start
        if start is None:
            self._start = frame.time
            return False
        elapsed = (frame.time.pts - start.pts) * frame.time.time_base
        if not changed or elapsed < self._config.min_seconds:
            return False
        self._start = frame.time
        return True
