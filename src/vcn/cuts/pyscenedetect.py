"""PySceneDetect's detectors, fed frame by frame. The only file that imports it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vcn.cuts.picture import Small
from vcn.types import FrameTime
from vcn.video import Frame

if TYPE_CHECKING:
    from scenedetect import FrameTimecode
    from scenedetect.detector import SceneDetector

WINDOW = 2
"""Frames after a cut that AdaptiveDetector looks at, by default."""
_CONTENT = 27.0
"""Default of ContentDetector."""
_HASH, _HASH_SIZE, _HASH_LOWPASS = 0.35, 8, 2
"""Defaults of HashDetector."""
_HISTOGRAM, _BINS = 0.2, 128
"""Defaults of HistogramDetector."""

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


class Scores:
    """What PySceneDetect's detectors say of each frame, for `AbruptCuts` to judge."""

    def __init__(self, frame_rate: Fraction) -> None:
        import scenedetect

        class Scored(scenedetect.AdaptiveDetector):  # type: ignore[misc]
            """Gives away the score that ContentDetector compares with its threshold."""

            @property
            def score(self) -> float:
                return self._frame_score or 0.0

        # The shortest shot is for the caller to judge.
        self._adaptive = Scored(min_scene_len=0)
        self._rate = frame_rate
        self._scores: deque[tuple[int, float]] = deque(maxlen=WINDOW + 1)
        self._stands_out: deque[int] = deque(maxlen=WINDOW + 1)

    def push(self, small: Small) -> list[int]:
        """The frame that is now known in full, if it changes enough for a cut."""
        from scenedetect import FrameTimecode

        code = FrameTimecode(small.index, fps=self._rate)
        found = self._adaptive.process_frame(code, small.bgr)
        self._stands_out.extend(cut.frame_num for cut in found)
        self._scores.append((small.index, self._adaptive.score))
        return self._changed(len(self._scores) - 1 - WINDOW)

    def finish(self) -> list[int]:
        """The last frames, which have too few after them to stand out from."""
        n = len(self._scores)
        return [i for place in range(max(n - WINDOW, 0), n) for i in self._changed(place)]

    def _changed(self, place: int) -> list[int]:
        if place < 0:
            return []
        index, score = self._scores[place]
        return [index] if score >= self._adaptive.min_content_val else []

    def stands_out(self, index: int) -> bool:
        """Whether AdaptiveDetector calls a frame a cut."""
        return index in self._stands_out

    def agree(self, before: Small, after: Small, *, all_of_them: bool) -> bool:
        """Whether two frames are as different as the other detectors ask for a cut.

        Args:
            before: One frame.
            after: The next.
            all_of_them: Ask all three; otherwise what AdaptiveDetector asks at least.
        """
        if not all_of_them:
            return True
        from scenedetect import HashDetector, HistogramDetector

        score = dict(self._scores)[after.index]
        if score < _CONTENT:
            return False
        a, b = (HashDetector.hash_frame(x.bgr, _HASH_SIZE, _HASH_LOWPASS) for x in (before, after))
        if np.mean(a != b) < _HASH:
            return False
        a, b = (HistogramDetector.calculate_histogram(x.bgr, _BINS) for x in (before, after))
        return float(cv2.compareHist(a, b, cv2.HISTCMP_CORREL)) <= 1 - _HISTOGRAM


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
