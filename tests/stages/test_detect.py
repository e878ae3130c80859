"""Which frames are searched: the rate is met in the mean, evenly, at any frame rate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from vcn.stages.detect import Schedule


def searched(times: list[float], rate: float | None) -> list[float]:
    schedule = Schedule(rate)
    return [seconds for seconds in times if schedule.due(seconds)]


@pytest.mark.parametrize("per_second", [Fraction(24000, 1001), 25, Fraction(30000, 1001), 50, 240])
@pytest.mark.parametrize("rate", [3.0, 10.0])
def test_the_rate_is_met_in_the_mean_and_evenly(per_second: Fraction, rate: float) -> None:
    # Rounded to milliseconds, as Matroska does.
    times = [5 + round(1000 * i / per_second) / 1000 for i in range(int(60 * per_second))]
    found = np.array(searched(times, rate))
    assert len(found) == pytest.approx(60 * rate, abs=1)
    assert found[0] == times[0]
    frame = 1 / float(per_second)
    assert np.abs(np.diff(found) - 1 / rate).max() <= frame / 2 + 0.0011 + frame / 2
    assert np.abs(found - found[0] - np.arange(len(found)) / rate).max() <= frame / 2 + 0.0011


def test_every_frame_where_no_rate_is_set() -> None:
    times = [0.0, 0.04, 0.5, 7.0]
    assert searched(times, None) == times


def test_rare_frames_leave_no_arrears() -> None:
    """After three seconds without a picture the schedule goes on as before."""
    times = [*np.arange(25) / 25, *(4 + np.arange(25) / 25)]
    found = [t for t in searched(times, 5.0) if t >= 4]
    assert found == pytest.approx([4.0, 4.2, 4.4, 4.6, 4.8], abs=0.021)


def test_a_new_shot_is_searched_at_its_first_frame() -> None:
    schedule = Schedule(10.0)
    assert schedule.due(0.0)
    assert not schedule.due(0.04)
    schedule.restart()
    assert schedule.due(0.08)
    assert not schedule.due(0.12)
    assert schedule.due(0.2)
