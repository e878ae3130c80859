"""Cuts from one frame to the next: three of PySceneDetect's detectors, and what they lack.

AdaptiveDetector knows a cut by a change that stands out from those around it. Where all
frames change much (slides, flicker, a cut out of fast motion) none stands out; there
ContentDetector, HashDetector and HistogramDetector have to agree, each at its own default
threshold. Added are two tests that no detector has: a picture that is the one before,
moved or lit otherwise, is no new shot; and a picture that comes back within an instant was
only interrupted, by a flash or a strobe.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from vcn.cuts.picture import Small, likeness
from vcn.cuts.pyscenedetect import Scores

SAME = 0.95
"""Likeness from which two frames show the same: highest of a true cut .92 (signers.mp4, one
person in one place), lowest of flicker .96."""
_OTHER = 0.5
"""Likeness up to which frames that all differ may be different pictures."""
_OTHER_RARE = 0.8
"""The same, where frames come so rarely that motion does not join them."""
_RARE_SECONDS = 0.2
_BACK = 0.85
"""Likeness from which a picture is back."""
FLASH_SECONDS = 0.3
"""Longest flash."""
_INSTANT_SECONDS = 0.15
"""What comes and goes within this is no shot, whatever it shows."""
_FLASH_LIGHT = 40
"""Levels of grey by which a longer flash is lighter, or darker, than what it interrupts."""

_WHITE = 245
"""Levels of grey."""
_BURNT = 0.2
"""Share of the picture that a flash burns out, over what was white before and after it."""


class AbruptCuts:
    """Tells the cuts between two frames, `look` frames late.

    Args:
        scores: PySceneDetect's detectors.
        look: Frames to look ahead; at least what `scores` need.
    """

    def __init__(self, scores: Scores, look: int) -> None:
        self._scores = scores
        self._look = look
        self._seen: deque[Small] = deque(maxlen=2 * look + 2)
        self._suspects: deque[int] = deque()
        self._interrupted = -1
        self.latest_suspect = -1
        """The latest frame that differs from the one before as after a cut, or a flash."""

    def push(self, small: Small) -> Sequence[int]:
        """As `CutDetector.push`."""
        self._seen.append(small)
        for index in self._scores.push(small):
            self._suspect(index)
        return self._decide(small.index - self._look)

    def finish(self) -> Sequence[int]:
        """As `CutDetector.finish`."""
        if not self._seen:
            return []
        for index in self._scores.finish():
            self._suspect(index)
        return self._decide(self._seen[-1].index)

    def _suspect(self, index: int) -> None:
        before, after = self._at(index - 1), self._at(index)
        if before is None or after is None or before.is_blank or after.is_blank:
            return  # `Fades` knows
        alike = likeness(before, after)
        if not self._scores.stands_out(index):
            rare = after.seconds - before.seconds >= _RARE_SECONDS
            if alike > (_OTHER_RARE if rare else _OTHER) or not self._scores.agree(
                before, after, all_of_them=not rare
            ):
                return
        if alike < SAME:
            self._suspects.append(index)
            self.latest_suspect = max(self.latest_suspect, index)

    def _decide(self, until: int) -> list[int]:
        cuts = []
        while self._suspects and self._suspects[0] <= until:
            index = self._suspects.popleft()
            if index <= self._interrupted:
                continue
            back = self._back_at(index)
            if back is not None:
                self._interrupted = back
            elif not self._ends_in_flash(index):
                cuts.append(index)
        return cuts

    def _ends_in_flash(self, index: int) -> bool:
        """Whether a suspect is a flash before a cut; one after it is struck off the suspects."""
        before, flash = self._at(index - 1), self._at(index)
        after = self._at(self._suspects[0]) if self._suspects else None
        if before is None or flash is None or after is None:
            return False
        darker = max(_burnt(before), _burnt(after))
        if after.seconds - flash.seconds > FLASH_SECONDS or _burnt(flash) < darker + _BURNT:
            return False
        if likeness(before, flash) >= likeness(flash, after):
            return True
        self._suspects.popleft()
        return False

    def _back_at(self, index: int) -> int | None:
        """The frame at which a flash is over that begins, or ends, with a suspect."""
        before, first = self._at(index - 1), self._at(index)
        if before is None or first is None:
            return None
        # Halfway at least from what the new picture has in common with the old one.
        enough = max(_BACK, (1 + likeness(before, first)) / 2)
        for small in self._seen:
            if small.is_blank or small.index in (index - 1, index):
                continue
            begins = small.index > index
            seconds = small.seconds - first.seconds if begins else before.seconds - small.seconds
            instant = seconds <= _INSTANT_SECONDS
            lit = abs(first.light - before.light) >= _FLASH_LIGHT
            if seconds > FLASH_SECONDS or not (instant or lit):
                continue
            if likeness(small, before if begins else first) >= enough:
                return small.index if begins else index
        return None

    def _at(self, index: int) -> Small | None:
        place = index - self._seen[0].index
        return self._seen[place] if 0 <= place < len(self._seen) else None


def _burnt(small: Small) -> float:
    """Share of a picture that is white."""
    return float((small.grey >= _WHITE).mean())
