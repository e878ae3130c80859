"""Fades through black, white or any colour: a blank picture ends a shot.

PySceneDetect's ThresholdDetector finds fades by the mean brightness, which a dark scene has
too; here all of the picture has to be of one colour.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from vcn.cuts.picture import Small, likeness

_BACK = 0.8
"""Likeness from which a picture is back: compression leaves noise after a fade."""
_BLINK_SECONDS = 0.5
"""A picture that is back after so long was only interrupted, by a strobe or a white flash."""
_AROUND = 4
"""Frames that are looked at on each side: those next to a fade are nearly blank."""


class Fades:
    """Tells one cut in the middle of each blank stretch, when it is over."""

    def __init__(self) -> None:
        self._before: deque[Small] = deque(maxlen=_AROUND)
        self._blank: list[Small] = []
        """The first and the last blank frame."""
        self._after: list[Small] = []
        self.latest_blank = -1

    def push(self, small: Small) -> Sequence[int]:
        """As `CutDetector.push`."""
        if small.is_blank:
            self.latest_blank = small.index
            if self._after and self._is_back():  # a strobe: it goes on
                self._blank = []
                self._before.extend(self._after)
            self._after.clear()
            self._blank = [*self._blank[:1], small]
            return []
        if not self._blank:
            self._before.append(small)
            return []
        self._after.append(small)
        return self._decide() if len(self._after) == _AROUND else []

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        return self._decide() if self._after else []

    def _decide(self) -> list[int]:
        first, last = self._blank[0], self._blank[-1]
        brief = self._after[0].seconds - first.seconds <= _BLINK_SECONDS
        # A film may begin with black.
        is_cut = bool(self._before) and not (brief and self._is_back())
        self._before.extend(self._after)
        self._blank, self._after = [], []
        return [(first.index + last.index + 1) // 2] if is_cut else []

    def _is_back(self) -> bool:
        return any(likeness(a, b) >= _BACK for a in self._before for b in self._after)
