"""Shot boundaries (VCN 3.2: PySceneDetect): which detector finds them in a film."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from vcn.config import ShotConfig
from vcn.cuts.auto import LEAST_DELAY, AutoCuts
from vcn.cuts.base import CutDetector
from vcn.cuts.lists import ListedCuts, read_cuts
from vcn.cuts.pyscenedetect import WINDOW, PySceneDetect, make_detector
from vcn.errors import UsageError
from vcn.types import VideoInfo
from vcn.video import Frame


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
    """The detector that the configuration asks for, fresh for one pass over a film.

    Raises:
        UsageError: The choices contradict each other.
        DataError: The list of cuts cannot be read, or is that of another film.
    """
    if config.cuts is not None:
        if config.method != "auto":
            raise UsageError("a list of cuts takes the place of a method", "Leave out --shots")
        return ListedCuts(read_cuts(Path(config.cuts), info))
    if config.threshold is not None and config.method in ("auto", "none"):
        raise UsageError(
            f"--shots {config.method} has no threshold", "Choose a detector: --shots content"
        )
    delay = _delay(config, info)
    if config.method == "none":
        return NoCuts()
    if config.method == "auto":
        return AutoCuts(info.frame_rate, config.width, delay)
    detector = make_detector(config.method, config.threshold, config.min_seconds)
    return PySceneDetect(detector, info.frame_rate, config.width, delay)


def _delay(config: ShotConfig, info: VideoInfo) -> int:
    """Frames to hold back: as many as the method wants and memory allows."""
    seconds = {
        "auto": config.delay_seconds,
        "content": config.min_seconds,  # joins cuts that follow each other too closely
        "threshold": config.delay_seconds,  # cuts in the middle of a fade
    }.get(config.method, 0.0)
    wanted = max(math.ceil(seconds * info.frame_rate) + 1, WINDOW)
    # Decoded pictures are held as YCbCr, most of them 4:2:0; a sample of more bits takes two bytes.
    deep = any(bits in info.pixel_format for bits in ("p10", "p12", "p14", "p16"))
    size = info.width * info.height * (3 if deep else 1.5)
    return min(wanted, max(int(config.held_bytes / size), LEAST_DELAY))
