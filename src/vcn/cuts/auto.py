"""All kinds of cuts together: what vcn looks for unless it is told otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from vcn.cuts.abrupt import FLASH_SECONDS, AbruptCuts
from vcn.cuts.fades import Fades
from vcn.cuts.gradual import GradualCuts
from vcn.cuts.picture import Small
from vcn.cuts.pyscenedetect import Scores
from vcn.video import Frame

LEAST_DELAY = 3
"""Frames: two that AdaptiveDetector waits for, and one."""
_AFTER_BLANK_SECONDS = 0.5
"""Within this of a blank picture no dissolve begins: it is the fade."""


class AutoCuts:
    """Abrupt cuts, fades, dissolves and wipes.

    Args:
        frame_rate: Frames a second, about.
        width: To which pictures are reduced.
        delay: As in `CutDetector`.
    """

    def __init__(self, frame_rate: Fraction, width: int, delay: int) -> None:
        self.delay = max(delay, LEAST_DELAY)
        self._width = width
        look = min(math.ceil(FLASH_SECONDS * frame_rate) + 1, self.delay)
        self._abrupt = AbruptCuts(Scores(frame_rate), max(look, LEAST_DELAY))
        self._fades = Fades()
        self._gradual = GradualCuts(float(frame_rate), self.delay)
        self._margin = math.ceil(_AFTER_BLANK_SECONDS * frame_rate)

    def push(self, frame: Frame) -> Sequence[int]:
        """As `CutDetector.push`."""
        return self.push_small(Small.of(frame, self._width))

    def push_small(self, small: Small) -> Sequence[int]:
        """The same, of a picture that is small already."""
        cuts = [*self._abrupt.push(small), *self._fades.push(small)]
        since = max(self._abrupt.latest_suspect, self._fades.latest_blank + self._margin)
        return [*cuts, *self._gradual.push(small, since)]

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        return [*self._abrupt.finish(), *self._fades.finish(), *self._gradual.finish()]
