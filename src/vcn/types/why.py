"""Why tracks are in their people, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vcn.errors import DataError
from vcn.types.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Why:
    """What spoke for the people of a result: T tracks, P people."""

    probability: FloatArray
    """(T,) that the track belongs to its person, and to none of the others and nobody new; of a
    person of one track, that nobody else is that person. 0 where it is unknown."""
    because: Mapping[str, FloatArray]
    """By cue, (T,): mean log ratio with the other tracks of its person; of a track alone, with
    those of the nearest person."""
    prior: float
    """Log-odds of two tracks of which nothing is known."""
    nearest: IntArray
    """(P,) the person most likely to be the same one; -1 where there is no other."""
    log_odds: FloatArray
    """(P,) mean log-odds that it is."""

    def __post_init__(self) -> None:
        for name, values in self.because.items():
            if values.shape != self.probability.shape:
                raise DataError(f"{name} must have one value for each track")
        if self.nearest.shape != self.log_odds.shape:
            raise DataError("nearest and log_odds must have one value for each person")
