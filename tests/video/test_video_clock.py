"""Times are kept where they make sense and made up, and counted, where not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
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
        # Strays: ahead, back, a little, two of them, the first of all.
        ([0, 40, 7_200_000, 120, 160], [0, 40, 80, 120, 160], 1),
        ([9000, 9040, 0, 9120, 9160], [9000, 9040, 9080, 9120, 9160], 1),
        ([0, 40, 500, 120, 160], [0, 40, 80, 120, 160], 1),
        ([0, 40, 7_200_000, 7_200_040, 160, 200, 240], [0, 40, 80, 120, 160, 200, 240], 2),
        ([7_200_000, 40, 80, 120], [0, 40, 80, 120], 1),
        # Holes: no stamp comes back.
        ([0, 40, 7_200_000, 7_200_040], [0, 40, 7_200_000, 7_200_040], 0),
        ([0, 40, 5000], [0, 40, 5000], 0),
        # A jump to where time stands still is none.
        ([0, 40, *[7_200_000] * 3], [0, 40, 80, 120, 160], 3),
    ],
)
def test_repairs(given: list[int | None], expected: list[int], repaired: int) -> None:
    assert place(given) == (expected, repaired)


def test_runs_of_repairs_are_counted() -> None:
    clock: Clock[None] = Clock(MS, 40)
    stamps = [0, 40, None, None, 160, 200, 7_000_000, 280, 320]
    assert len(list(clock.place((stamp, None) for stamp in stamps))) == len(stamps)
    assert (clock.repaired, clock.repairs) == (3, 2)


def test_a_frame_with_a_plain_time_waits_for_one_other() -> None:
    clock: Clock[int] = Clock(MS, 40)
    read = 0

    def frames() -> Iterator[tuple[int, int]]:
        nonlocal read
        for i in range(50):
            read += 1
            yield 40 * i, i

    for given, _ in enumerate(clock.place(frames())):
        assert read - given <= 2


@pytest.mark.parametrize(
    ("name", "jumps", "seconds", "repairs"),
    [
        ("recorder_gap2h", [47], 4.42, 0),
        ("joined_ahead10h", [143], 12.01, 0),
        ("outlier", [], 2.63, 2),
    ],
)
def test_recordings_with_holes_and_strays(
    name: str, jumps: list[int], seconds: float, repairs: int, shared_data: Path
) -> None:
    with av.open(str(shared_data / "cases" / f"{name}.ts")) as container:
        stream = container.streams.video[0]
        time_base = stream.time_base
        nominal = round(1 / (stream.average_rate * time_base))
        clock: Clock[None] = Clock(time_base, nominal)
        frames = [(frame.pts, None) for frame in container.decode(stream)]
        pts = [pts for pts, _ in clock.place(frames)]
    steps = [b - a for a, b in pairwise(pts)]
    assert [i for i, step in enumerate(steps) if step > 2 * nominal] == jumps
    calm = [step for step in steps if step <= 2 * nominal]
    # The last picture, and those before holes, are shown as long as any other.
    total = (sum(calm) + (1 + len(jumps)) * nominal) * float(time_base)
    assert total == pytest.approx(seconds, abs=0.01)
    assert clock.repairs == repairs


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
