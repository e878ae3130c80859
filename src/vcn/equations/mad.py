"""The threshold on track quality, VideoClusterNet supplement Eq. 1."""

from __future__ import annotations

import numpy as np

from vcn.types import FloatArray


def mad_threshold(scores: FloatArray, factor: float = 2.7) -> float:
    """Mean minus `factor` times the median absolute deviation.

    The paper sets 2.7 by the share of a Gaussian below mean - 2.8 deviations, and
    cites Leys et al. 2013, whose MAD is scaled by 1.4826 so that it estimates the
    standard deviation; so is this one. Unscaled, the rule rejects 3.4 % of a
    Gaussian's tracks, not the 1.5 % that the supplement states.

    Args:
        scores: (N,) quality of each track, finite.
        factor: 2.7 in the paper.

    Returns:
        The score under which a track is an outlier; minus infinity for no scores.
    """
    if len(scores) == 0:
        return float("-inf")
    values = np.asarray(scores, dtype=np.float64)
    deviation = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return float(values.mean()) - factor * deviation
