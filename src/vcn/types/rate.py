"""The rates that film and video are made at, and which of them a film has."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vcn.types.arrays import Float64Array
from vcn.types.time import Timeline

NTSC = Fraction(1000, 1001)
STANDARD = tuple(
    sorted(
        (
            *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 100, 120)),
            *(rate * NTSC for rate in (24, 30, 48, 60, 120)),
        )
    )
)
"""Rates that editors count in."""
_SAME = 2e-4
"""Relative: containers state 23.98 as 23.976, 2997/125 or 10000000/417083; the nearest
two standard rates are a thousandth apart."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How a film counts its frames."""

    nominal: Fraction
    """Frames a second: exact where constant, else the rate that it was meant to have."""
    constant: bool
    """True where frame i is on screen at i / nominal, to the nearest frame."""


def snapped(rate: Fraction) -> Fraction:
    """The standard rate that is meant, or the rate itself."""
    nearest = min(STANDARD, key=lambda standard: abs(standard - rate))
    return nearest if abs(nearest - rate) <= _SAME * rate else rate


def rate_of(timeline: Timeline, stated: Fraction) -> Rate:
    """The rate of a film, from the times of its frames.

    Args:
        timeline: The times.
        stated: The average rate as the container has it.
    """
    n = len(timeline)
    if n < 2:
        return Rate(snapped(stated), True)
    seconds = (timeline.pts - timeline.pts[0]) * float(timeline.time_base)
    span = (int(timeline.pts[-1]) - int(timeline.pts[0])) * timeline.time_base
    average = (n - 1) / span
    by_closeness = sorted(STANDARD, key=lambda standard: abs(standard - average))
    for rate in (snapped(stated), snapped(average), *by_closeness[:2], stated, average):
        if _is_grid(seconds, rate):
            return Rate(rate, True)
    gaps = np.diff(seconds)
    median = np.quantile(gaps, 0.5, method="lower")  # a gap that is there
    usual = gaps[np.abs(gaps / median - 1) < 0.25].mean()
    return Rate(min(STANDARD, key=lambda standard: abs(np.log(float(standard) * usual))), False)


def _is_grid(seconds: Float64Array, rate: Fraction) -> bool:
    """True where frame i begins nearer to i / rate than to any other frame."""
    return bool((np.abs(seconds * float(rate) - np.arange(len(seconds))) < 0.5).all())


def editing_rate(rate: Rate) -> Fraction:
    """The rate at which an editor's timeline would hold the film.

    A slide show of one picture a second is held by a timeline of 24: a picture lasts 24
    frames there. A rate that no standard rate is a multiple of is held by the next above.
    """
    if rate.nominal in STANDARD:
        return rate.nominal
    multiples = [standard for standard in STANDARD if (standard / rate.nominal).denominator == 1]
    above = [standard for standard in STANDARD if standard >= rate.nominal]
    return (*multiples, *above, STANDARD[-1])[0]
