"""The Gaussian of a track, VideoClusterNet Eq. 3, in log density.

The density itself underflows in 128 dimensions, and a covariance estimated from
about ten crops is singular; the caller gives a regularised one.
"""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array


def log_density(points: Float64Array, mean: Float64Array, covariance: Float64Array) -> Float64Array:
    """Logarithm of VideoClusterNet Eq. 3.

    Args:
        points: (..., d).
        mean: (d,) mu.
        covariance: (d, d) Sigma, positive definite, or (d,): its diagonal.

    Returns:
        (...) log density.
    """
    d = mean.shape[-1]
    offset = np.atleast_2d(points - mean)
    if covariance.ndim == 1:
        distance = (offset**2 / covariance).sum(axis=-1)
        log_det = float(np.log(covariance).sum())
    else:
        factor = np.linalg.cholesky(covariance)
        flat = np.linalg.solve(factor, offset.reshape(-1, d).T)
        distance = (flat**2).sum(axis=0).reshape(offset.shape[:-1])
        log_det = 2 * float(np.log(np.diag(factor)).sum())
    out = -0.5 * (d * np.log(2 * np.pi) + log_det + distance)
    return np.asarray(out.reshape(np.shape(points)[:-1]), dtype=np.float64)


def match_threshold(own: Float64Array, share: float = 0.25) -> float:
    """Threshold of a track (VideoClusterNet 3.5): mean of the lowest own densities.

    Args:
        own: (n,) log densities of the track's own crops.
        share: the lowest 25 % in the paper; at least one crop is taken.

    Returns:
        The log density that the mean of another track must reach.
    """
    lowest = np.sort(own)[: max(1, round(share * len(own)))]
    return float(lowest.mean())
