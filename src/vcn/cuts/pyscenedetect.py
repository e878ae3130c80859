"""PySceneDetect's detectors, fed frame by frame. The only file that imports it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2

from vcn.types import FrameTime
from vcn.video import Frame

if TYPE_CHECKING:
    from scenedetect import FrameTimecode
    from scenedetect.detector import SceneDetector

METHODS = ("adaptive", "content", "hash", "histogram", "threshold")
"""PySceneDetect's names of its detectors."""


def make_detector(method: str, threshold: float | None, min_seconds: float) -> SceneDetector:
    """One of PySceneDetect's detectors.

    Args:
        method: One of METHODS.
        threshold: The one that the detector is named after in PySceneDetect's own
            documentation; None: its default.
        min_seconds: Shortest shot.
    """
    import scenedetect

    shortest = {"min_scene_len": min_seconds}
    if method == "adaptive":
        chosen = {} if threshold is None else {"adaptive_threshold": threshold}
        return scenedetect.AdaptiveDetector(**shortest, **chosen)
    kinds = {
        "content": scenedetect.ContentDetector,
        "hash": scenedetect.HashDetector,
        "histogram": scenedetect.HistogramDetector,
        "threshold": scenedetect.ThresholdDetector,
    }
    chosen = {} if threshold is None else {"threshold": threshold}
    return kinds[method](**shortest, **chosen)


class PySceneDetect:
    """One detector of PySceneDetect as a `CutDetector`; times are the film's own.

    Args:
        detector: It must not have seen a frame.
        frame_rate: Of the film, about; only for lengths that are given in frames.
        width: To which pictures are reduced.
        delay: As in `CutDetector`.
    """

    def __init__(
        self, detector: SceneDetector, frame_rate: Fraction, width: int, delay: int
    ) -> None:
        self.delay = delay
        self._detector = detector
        self._rate = frame_rate
        self._width = width
        self._first: FrameTime | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=delay + 1)
        self._latest: FrameTimecode | None = None

    def push(self, frame: Frame) -> Sequence[int]:
        """As `CutDetector.push`."""
        self._latest = code = self._timecode(frame.time)
        self._recent.append((code.seconds, frame.time.index))
        image = cv2.cvtColor(frame.small(self._width), cv2.COLOR_RGB2BGR)
        return [self._index(cut) for cut in self._detector.process_frame(code, image)]

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        if self._latest is None:
            return []
        return [self._index(cut) for cut in self._detector.post_process(self._latest)]

    def _timecode(self, time: FrameTime) -> FrameTimecode:
        from scenedetect import FrameTimecode
        from scenedetect.common import Timecode

        self._first = self._first or time
        # PySceneDetect's times start at 0.
        pts = time.pts - self._first.pts
        return FrameTimecode(Timecode(pts, time.time_base), fps=self._rate)

    def _index(self, cut: FrameTimecode) -> int:
        """The frame that a time belongs to: most detectors give back what they were given."""
        return min(self._recent, key=lambda entry: abs(entry[0] - cut.seconds))[1]
