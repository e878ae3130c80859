"""The learning rate of VideoClusterNet supplement 1.3."""

from __future__ import annotations

import pytest

from vcn.equations.schedule import cosine_schedule


def rate(step: int, warmup: int = 4, steps: int = 15) -> float:
    return cosine_schedule(step, steps, warmup, 5e-6, 1e-4, 1e-5)


def test_by_hand() -> None:
    assert rate(0) == pytest.approx(5e-6)
    assert rate(2) == pytest.approx((5e-6 + 1e-4) / 2)
    assert rate(4) == pytest.approx(1e-4)
    assert rate(9) == pytest.approx((1e-4 + 1e-5) / 2)  # half-way through the cosine
    assert rate(14) == pytest.approx(1e-5)


def test_rises_then_falls() -> None:
    rates = [rate(step) for step in range(15)]
    assert rates[:5] == sorted(rates[:5])
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_without_warm_up_and_beyond_the_end() -> None:
    assert rate(0, warmup=0) == pytest.approx(1e-4)
    assert rate(99) == pytest.approx(1e-5)
    assert cosine_schedule(0, 1, 0, 1.0, 2.0, 3.0) == 2.0  # a single step
