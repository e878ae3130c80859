"""Shot boundaries (VCN 3.2: PySceneDetect): which detector finds them in a film."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vcn.config import ShotConfig
from vcn.cuts.base import CutDetector
from vcn.cuts.pyscenedetect import PySceneDetect, make_detector
from vcn.types import VideoInfo
from vcn.video import Frame

_ADAPTIVE_WINDOW = 2
"""Frames after a cut that PySceneDetect's AdaptiveDetector looks at."""


class NoCuts:
    """The whole film is one shot."""

    delay = 0

    def push(self, frame: Frame) -> Sequence[int]:  # noqa: ARG002
        """As `CutDetector.push`."""
        return []

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        return []


def cut_detector(config: ShotConfig, info: VideoInfo) -> CutDetector:
    """The detector that the configuration asks for, fresh for one pass over a film."""
    if config.method == "none":
        return NoCuts()
    method = "adaptive" if config.method == "auto" else config.method
    detector = make_detector(method, config.threshold, config.min_seconds)
    return PySceneDetect(detector, info.frame_rate, config.width, _delay(config, method, info))


def _delay(config: ShotConfig, method: str, info: VideoInfo) -> int:
    """Frames to hold back: as many as the method wants and memory allows."""
    if method == "adaptive":
        wanted = _ADAPTIVE_WINDOW
    elif method == "content":  # which joins cuts that follow each other too closely
        wanted = math.ceil(config.min_seconds * info.frame_rate) + 1
    elif method == "threshold":  # which cuts in the middle of a fade
        wanted = math.ceil(config.fade_seconds * info.frame_rate)
    else:
        wanted = 0
    stored = info.width * info.height * 3 // 2  # decoded pictures are held as YCbCr 4:2:0
    return min(wanted, max(config.held_bytes // stored, _ADAPTIVE_WINDOW))
