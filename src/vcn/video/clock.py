"""Strictly increasing times out of what containers give.

Time stamps are kept as they are wherever they make sense. Some do not: they are
missing, repeat, step back, or jump where a recording was joined. The repairs, each
counted:

- frames without a usable time stamp between two good ones are spread evenly;
- before the first good one, after the last one, or in a run that is longer than
  `LOOKAHEAD`, they follow at the nominal frame duration;
- a step back by more than a second, or ahead by more than a day, is a joint of two
  clocks: the frame follows its predecessor at the nominal duration, and what comes
  after keeps its distance from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Generic, TypeVar

LOOKAHEAD = 8
"""Frames held back while waiting for the next good time stamp."""

_BACK = 1
"""Seconds by which a time stamp may step back without being a joint."""
_AHEAD = 24 * 3600
"""Seconds by which a time stamp may step ahead without being a joint."""
_LARGEST = 1 << 61
"""A larger time stamp (units) is noise; it leaves room in 64 bits."""

Item = TypeVar("Item")


class Clock(Generic[Item]):
    """Gives every frame of one pass its time stamp.

    Args:
        time_base: Seconds per unit.
        nominal: Units of one frame at the average rate, at least 1.
    """

    def __init__(self, time_base: Fraction, nominal: int) -> None:
        self.repaired = 0
        self._nominal = nominal
        self._back = max(int(_BACK / time_base), 1)
        self._ahead = max(int(_AHEAD / time_base), 1)
        self._offset = 0
        self._last: int | None = None
        self._waiting: list[Item] = []
        self._lost = False

    def place(self, frames: Iterable[tuple[int | None, Item]]) -> Iterator[tuple[int, Item]]:
        """Yield (pts, frame) with strictly increasing pts, in the given order."""
        for given, item in frames:
            pts = given + self._offset if given is not None and abs(given) < _LARGEST else None
            if pts is not None and self._is_joint(pts):
                yield from self._follow()
                assert self._last is not None
                self._offset += self._last + self._nominal - pts
                self.repaired += 1
                self._last += self._nominal
                yield self._last, item
            elif pts is not None and self._is_good(pts):
                yield from self._spread(pts)
                self._lost = False
                self._last = pts
                yield pts, item
            else:
                self._waiting.append(item)
                if self._lost or len(self._waiting) > LOOKAHEAD:
                    self._lost = True
                    yield from self._follow()
        yield from self._follow()

    def _is_joint(self, pts: int) -> bool:
        last = self._last
        return last is not None and not last - self._back <= pts <= last + self._ahead

    def _is_good(self, pts: int) -> bool:
        return self._last is None or pts - self._last > len(self._waiting)

    def _spread(self, pts: int) -> Iterator[tuple[int, Item]]:
        """The waiting frames, evenly before `pts`."""
        n = len(self._waiting)
        self.repaired += n
        for i, item in enumerate(self._waiting, start=1):
            if self._last is None:
                yield pts - (n + 1 - i) * self._nominal, item
            else:
                yield self._last + (pts - self._last) * i // (n + 1), item
        self._waiting.clear()

    def _follow(self) -> Iterator[tuple[int, Item]]:
        """The waiting frames, each one nominal duration after the one before."""
        self.repaired += len(self._waiting)
        for item in self._waiting:
            self._last = 0 if self._last is None else self._last + self._nominal
            yield self._last, item
        self._waiting.clear()
