"""Strictly increasing times out of what containers give.

Time stamps are kept as they are wherever they make sense. Some do not: they are
missing, repeat, step back, stray, or jump where recordings were joined. Up to `LOOKAHEAD`
frames are held back to see which it is:

- a stamp that later ones come back from is a stray; frames without a usable stamp, or with
  a stray one, are spread evenly between the two good ones around them;
- before the first good one, after the last one, or in a run that is longer than
  `LOOKAHEAD`, they follow at the nominal frame duration;
- a jump ahead that no later stamp comes back from is a hole: the recorder paused, and the
  stamps are true;
- a jump back, ahead by more than a day, or to where time stands still is a joint of two
  clocks: the frame follows its predecessor at the nominal duration, and what comes after
  keeps its distance from it.

Every made-up time is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Generic, TypeVar

LOOKAHEAD = 8
"""Frames held back while it is open which time stamps are good."""

_CALM = 1
"""Seconds between two frames up to which nothing is suspicious, ahead or back."""
_CALM_FRAMES = 4
"""The same, in nominal frames: slides come seconds apart."""
_AHEAD = 24 * 3600
"""Seconds by which a time stamp may step ahead without being a joint."""
_SHORTEST = Fraction(1, 2000)
"""Seconds under which a step is none: some programs write stamps that stand still as 1, 2, 3."""
_LARGEST = 1 << 61
"""A larger time stamp (units) is noise; it leaves room in 64 bits."""

Item = TypeVar("Item")


class Clock(Generic[Item]):
    """Gives every frame of one pass its time stamp.

    Args:
        time_base: Seconds per unit.
        nominal: Units of one frame at the average rate, at least 1.

    Attributes:
        repaired: Frames whose time was made up.
        repairs: Runs of such frames.
    """

    def __init__(self, time_base: Fraction, nominal: int) -> None:
        self.repaired = 0
        self.repairs = 0
        self._nominal = nominal
        self._calm = max(int(_CALM / time_base), _CALM_FRAMES * nominal, 1)
        self._back = max(int(_CALM / time_base), 1)
        self._ahead = max(int(_AHEAD / time_base), 1)
        self._shortest = max(int(_SHORTEST / time_base), 1)
        self._offset = 0
        self._last: int | None = None
        self._waiting: list[tuple[int | None, Item]] = []
        self._is_repairing = False

    def place(self, frames: Iterable[tuple[int | None, Item]]) -> Iterator[tuple[int, Item]]:
        """Yield (pts, frame) with strictly increasing pts, in the given order."""
        for given, item in frames:
            usable = given is not None and abs(given) < _LARGEST
            self._waiting.append((given if usable else None, item))
            while len(self._waiting) > LOOKAHEAD or self._is_plain():
                yield from self._settle()
        while self._waiting:
            yield from self._settle()

    def _stamp(self, index: int) -> int | None:
        """Time stamp of a waiting frame, on the clock of the frames before."""
        given = self._waiting[index][0]
        return None if given is None else given + self._offset

    def _is_plain(self) -> bool:
        """Whether the first waiting frame is where it should be, and the next one after it."""
        if len(self._waiting) < 2:
            return False
        first, second = self._stamp(0), self._stamp(1)
        if first is None or second is None or second - first < self._shortest:
            return False
        if self._last is None:
            return second - first <= self._calm
        return self._shortest <= first - self._last <= self._calm

    def _settle(self) -> Iterator[tuple[int, Item]]:
        """Place the first waiting frame, and those that its place decides."""
        chain = self._chain(self._last)
        if chain:
            stamp = self._stamp(chain[0])
            assert stamp is not None
            yield from self._spread(chain[0], stamp)
            yield self._keep(stamp)
        elif self._last is None:
            yield self._follow()
        else:
            yield self._jump(self._last)

    def _jump(self, last: int) -> tuple[int, Item]:
        """Place the first waiting frame where no stamp goes on from the frame before."""
        stamp, clock = self._stamp(0), self._other_clock(last)
        if stamp is None or (clock and clock[0] > 0):
            return self._follow()
        if clock and last < stamp <= last + self._ahead:
            return self._keep(stamp)
        if clock or not last - self._back <= stamp <= last + self._calm:
            self._offset += last + self._nominal - stamp
        return self._follow()

    def _chain(self, start: int | None) -> list[int]:
        """Waiting frames whose stamps go on from `start`: as many as possible, the first of all.

        `None` starts anywhere.
        """
        best: list[list[int]] = []  # the longest chain that begins with each frame
        for i in reversed(range(len(self._waiting))):
            rest: list[int] = []
            for later in reversed(best):  # of equally long ones the one that begins first
                if len(later) > len(rest) and later and self._goes_on(i, later[0]):
                    rest = later
            best.append([] if self._stamp(i) is None else [i, *rest])
        longest: list[int] = []
        for chain in reversed(best):
            if len(chain) > len(longest) and (start is None or self._follows(start, chain[0])):
                longest = chain
        return longest

    def _goes_on(self, i: int, j: int) -> bool:
        a, b = self._stamp(i), self._stamp(j)
        return a is not None and b is not None and self._is_step(b - a, j - i)

    def _follows(self, start: int, j: int) -> bool:
        stamp = self._stamp(j)
        return stamp is not None and self._is_step(stamp - start, j + 1)

    def _is_step(self, units: int, n: int) -> bool:
        """Whether `n` frames may take so long."""
        return n * self._shortest <= units <= self._calm + n * self._nominal

    def _other_clock(self, last: int) -> list[int]:
        """Waiting frames that go on from a jump, if the jump is to be believed."""
        stamps = [self._stamp(i) for i in range(len(self._waiting))]
        known = [last, *(stamp for stamp in stamps if stamp is not None)]
        steps = [b - a for a, b in pairwise(known)]
        if len(steps) == len(stamps) and min(steps) >= self._shortest:
            return list(range(len(stamps)))  # none comes back
        chain = self._chain(None)
        return chain if len(chain) >= 2 and 2 * len(chain) > len(stamps) else []

    def _keep(self, stamp: int) -> tuple[int, Item]:
        self._is_repairing = False
        return self._emit(stamp)

    def _follow(self) -> tuple[int, Item]:
        self._count(1)
        return self._emit(0 if self._last is None else self._last + self._nominal)

    def _spread(self, n: int, stamp: int) -> Iterator[tuple[int, Item]]:
        """The first `n` waiting frames, evenly before `stamp`."""
        self._count(n)
        last = self._last
        for i in range(1, n + 1):
            if last is None:
                yield self._emit(stamp - (n + 1 - i) * self._nominal)
            else:
                yield self._emit(last + (stamp - last) * i // (n + 1))

    def _emit(self, pts: int) -> tuple[int, Item]:
        self._last = pts
        return pts, self._waiting.pop(0)[1]

    def _count(self, n: int) -> None:
        if n:
            self.repairs += not self._is_repairing
            self._is_repairing = True
            self.repaired += n
