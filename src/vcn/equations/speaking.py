"""Who of those on screen speaks, or somebody who is not: odds from mouths."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array


def mouth_evidence(mouth: Float64Array, eyes: Float64Array, neutral: float, weight: float) -> float:
    """Log-odds that a face speaks, by how much more its mouth changes than its eyes.

    The eyes stand for all that moves a face without speech: turns, light, blur and the
    detector's jitter.

    Args:
        mouth: (n,) change of the mouth from search to search, n searches of an utterance.
        eyes: (n,) change of the eyes.
        neutral: Logarithm of the ratio that says nothing.
        weight: Log-odds a unit of the logarithm.

    Returns:
        0 where nothing was seen.
    """
    if not len(mouth):
        return 0.0
    floor = 0.02  # the noise of a picture: ratios of less mean nothing
    ratio = np.log((mouth.mean() + floor) / (eyes.mean() + floor))
    return float(weight * (ratio - neutral))


def speaker_probability(
    evidence: Float64Array, coverage: Float64Array, off_screen: float
) -> Float64Array:
    """Probability of each candidate that it speaks; the rest is of somebody off screen.

    One speaks at a time: candidates share the probability with each other and with whoever
    is not in the picture.

    Args:
        evidence: (n,) log-odds by what each mouth does.
        coverage: (n,) share of the utterance for which each is on screen.
        off_screen: Prior odds of a speaker off screen against a neutral face.

    Returns:
        (n,) with a sum below 1.
    """
    if not len(evidence):
        return np.zeros(0)
    top = max(float(evidence.max()), 0.0)
    weight = coverage * np.exp(evidence - top)
    probability: Float64Array = weight / (weight.sum() + off_screen * np.exp(-top))
    return probability
