"""A few hundred mutated data files; `make fuzz` reads thousands."""

from __future__ import annotations

import fuzz_data
import fuzz_driver
import pytest


def test_mutated_data_files_are_read_or_refused_in_one_line() -> None:
    outcome = fuzz_driver.run(fuzz_data.__file__, 0, 300)
    assert not outcome.failures
    assert sum(outcome.counts.values()) == 300
    assert outcome.counts["read"] > 50
    assert outcome.counts["error"] > 100


@pytest.mark.fuzz
def test_thousands_of_mutated_data_files() -> None:
    assert not fuzz_driver.run(fuzz_data.__file__, 1000, 11000).failures
