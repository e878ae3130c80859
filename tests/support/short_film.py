"""A film of a few seconds with real faces: some shots of the example film, cut short."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from paths import EXAMPLES

sys.path.insert(0, str(EXAMPLES))
import make_film

SHOTS = (1, 3, 6, 10)
"""Numbers in `make_film.shots`: the first person comes back in the last one."""


def write_short_film(path: Path, seconds: float = 0.5, shots: tuple[int, ...] = SHOTS) -> Path:
    """Write some shots of the example film, `seconds` of each."""
    every = list(make_film.shots())
    chosen = [replace(every[number], seconds=seconds) for number in shots]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_film, "shots", lambda: iter(chosen))
        make_film.write_film(path)
    return path
