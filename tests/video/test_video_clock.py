"""Times are kept where they make sense and made up, and counted, where not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import pytest

from vcn.video.clock import LOOKAHEAD, Clock

MS = Fraction(1, 1000)


def place(stamps: list[int | None], nominal: int = 40) -> tuple[list[int], int]:
    clock: Clock[int] = Clock(MS, nominal)
    placed = list(clock.place((stamp, i) for i, stamp in enumerate(stamps)))
    assert [item for _, item in placed] == list(range(len(stamps)))
    return [pts for pts, _ in placed], clock.repaired


@pytest.mark.parametrize(
    ("given", "expected", "repaired"),
    [
        ([], [], 0),
        ([-80, -40, 0, 40], [-80, -40, 0, 40], 0),
        ([0, 33, 67, 1000, 1001], [0, 33, 67, 1000, 1001], 0),
        ([0, None, 80], [0, 40, 80], 1),
        ([0, 40, 40, 120], [0, 40, 80, 120], 1),
        ([0, 40, 20, 120], [0, 40, 80, 120], 1),
        ([0, 40, 40, 40, 160], [0, 40, 80, 120, 160], 2),
        ([None, None, 80, 120], [0, 40, 80, 120], 2),
        ([None] * 3, [0, 40, 80], 3),
        ([100, None], [100, 140], 1),
        ([5000, 5040, 0, 40, 80], [5000, 5040, 5080, 5120, 5160], 1),
        ([0, 40, 10**12, 10**12 + 40], [0, 40, 80, 120], 1),
        ([0, 40, 1 << 62, 120], [0, 40, 80, 120], 1),
    ],
)
def test_repairs(given: list[int | None], expected: list[int], repaired: int) -> None:
    assert place(given) == (expected, repaired)


def test_a_long_run_without_times_follows_at_the_nominal_rate() -> None:
    n = 5 * LOOKAHEAD
    assert place([0] + [None] * n) == ([40 * i for i in range(n + 1)], n)


def test_frames_are_held_back_only_up_to_the_limit() -> None:
    """Memory stays bounded on a film that has no times at all."""
    clock: Clock[int] = Clock(MS, 40)
    read = 0

    def frames() -> Iterator[tuple[None, int]]:
        nonlocal read
        for i in range(1000):
            read += 1
            yield None, i

    for given, _ in enumerate(clock.place(frames())):
        assert read - given <= LOOKAHEAD + 1


def test_any_times_become_strictly_increasing() -> None:
    rng = random.Random(0)
    for _ in range(300):
        wild = rng.choice([10, 2000, 10**9, 1 << 63])
        given = [rng.choice([None, 40 * i, rng.randrange(-wild, wild), 0]) for i in range(60)]
        pts, repaired = place(given, rng.choice([1, 40]))
        assert all(a < b for a, b in pairwise(pts))
        assert 0 <= repaired <= len(given)
        assert all(abs(value) < 1 << 63 for value in pts)
