"""A few hundred mutated films; `make fuzz` reads thousands."""

from __future__ import annotations

import fuzz_driver
import fuzz_video
import pytest


def test_mutated_films_give_frames_or_a_clear_error() -> None:
    outcome = fuzz_driver.run(fuzz_video.__file__, 0, 300)
    assert not outcome.failures
    assert sum(outcome.counts.values()) == 300
    assert outcome.counts["frames"] > 50
    assert outcome.counts["error"] > 20


@pytest.mark.fuzz
def test_thousands_of_mutated_films() -> None:
    assert not fuzz_driver.run(fuzz_video.__file__, 1000, 11000).failures
