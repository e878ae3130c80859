"""Coarse track matching (VCN 3.5)."""

from __future__ import annotations

import numpy as np

from vcn.equations.closed_form import track_counts, track_means
from vcn.equations.gaussian import log_density, match_threshold
from vcn.types import BoolArray, Float64Array, FloatArray, IntArray

_BLOCK = 512
"""Tracks whose densities are evaluated at once against all others."""


def coarse_matches(
    values: FloatArray,
    track_index: IntArray,
    n_tracks: int,
    crop_ok: BoolArray,
    shrinkage: float,
    cannot_link: IntArray | None = None,
) -> IntArray:
    """Tracks whose mean lies inside the Gaussian of another track.

    The Gaussian is diagonal; its variance is shrunk to the variance within tracks pooled
    over the film, which about ten crops in a hundred dimensions cannot tell themselves.

    Args:
        values: (N, D) crops in the space of the matches.
        track_index: (N,) not decreasing.
        n_tracks: T.
        crop_ok: (N,) crops to use; a track without any takes no part.
        shrinkage: Weight of the pooled variance, in [0, 1].
        cannot_link: (M, 2) pairs that are never matched, or None.

    Returns:
        (M, 2) track and its match, sorted; not symmetric.
    """
    rows = np.flatnonzero(crop_ok)
    index = track_index[rows]
    points = values[rows].astype(np.float64)  # (R, D)
    counts = track_counts(index, n_tracks)
    used = np.flatnonzero(counts)
    if len(used) < 2:
        return np.empty((0, 2), np.int64)
    means = track_means(points, index, n_tracks)  # (T, D)
    offsets = points - means[index]
    pooled = _pooled_variance(offsets, counts)  # (D,)
    variance = _shrunk_variance(offsets, index, counts, pooled, shrinkage)  # (T, D)
    own = -0.5 * (
        (offsets**2 / variance[index]).sum(axis=1) + np.log(2 * np.pi * variance[index]).sum(axis=1)
    )
    edges = np.concatenate(([0], np.cumsum(counts[used])))
    threshold = np.full(n_tracks, np.inf)
    for position, track in enumerate(used):
        threshold[track] = match_threshold(own[edges[position] : edges[position + 1]])
    pairs = _inside(means, variance, threshold, used)
    if cannot_link is not None and len(cannot_link):
        codes = cannot_link[:, 0] * n_tracks + cannot_link[:, 1]
        mirrored = cannot_link[:, 1] * n_tracks + cannot_link[:, 0]
        forbidden = np.isin(pairs[:, 0] * n_tracks + pairs[:, 1], np.append(codes, mirrored))
        pairs = pairs[~forbidden]
    return pairs


def mutual(matches: IntArray) -> float:
    """Share of (M, 2) matches whose reverse is a match too; NaN where there are none."""
    if len(matches) == 0:
        return np.nan
    pairs = set(map(tuple, matches.tolist()))
    return sum((b, a) in pairs for a, b in pairs) / len(pairs)


def cluster_matches(labels: IntArray, most: int = 32) -> IntArray:
    """Each track matched with the other tracks of its cluster.

    Args:
        labels: (T,) clusters found so far; a negative label matches nothing.
        most: Matches of a track at most, those that follow it in its cluster: pairs
            grow with the square of a cluster, and each crop meets one match an epoch.

    Returns:
        (M, 2) track and its match, sorted.
    """
    pairs = [np.empty((0, 2), np.int64)]
    for name in np.unique(labels[labels >= 0]):
        members = np.flatnonzero(labels == name)
        n = len(members)
        if n < 2:
            continue
        step = np.arange(1, min(n - 1, most) + 1)
        near = (np.arange(n)[:, None] + step) % n  # (n, s)
        pairs.append(np.stack((np.repeat(members, len(step)), members[near].ravel()), axis=1))
    out = np.concatenate(pairs)
    return out[np.lexsort((out[:, 1], out[:, 0]))]


def coarse_matches_full(
    values: FloatArray, track_index: IntArray, n_tracks: int, crop_ok: BoolArray
) -> IntArray:
    """The paper's matches: each track's own full covariance.

    The covariance of n crops in D > n dimensions is singular; as little as makes it
    invertible is added to its diagonal (1 % of its mean variance, and at least that of
    the film's rounding).

    Args:
        values: (N, D) crops in the student's space.
        track_index: (N,) not decreasing.
        n_tracks: T.
        crop_ok: (N,) crops to use.

    Returns:
        (M, 2) track and its match, sorted; not symmetric.
    """
    rows = np.flatnonzero(crop_ok)
    index = track_index[rows]
    points = values[rows].astype(np.float64)
    counts = track_counts(index, n_tracks)
    used = np.flatnonzero(counts)
    means = track_means(points, index, n_tracks)
    floor = 1e-6 * max(1e-30, float(points.var())) if len(points) else 1.0
    pairs = []
    for track in used:
        own = points[index == track]
        if len(own) < 2:
            continue
        covariance = np.cov(own.T, bias=True)
        ridge = max(floor, 0.01 * float(np.trace(covariance)) / len(covariance))
        covariance[np.diag_indices_from(covariance)] += ridge
        threshold = match_threshold(log_density(own, means[track], covariance))
        others = used[used != track]
        inside = log_density(means[others], means[track], covariance) >= threshold
        pairs += [(int(track), int(other)) for other in others[inside]]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _pooled_variance(offsets: Float64Array, counts: IntArray) -> Float64Array:
    """(D,) variance within tracks; a dimension without any gets the least there is."""
    freedom = int(np.maximum(counts - 1, 0).sum())
    pooled = (offsets**2).sum(axis=0) / max(1, freedom)
    floor = max(1e-12, 1e-6 * float(pooled.mean()))
    return np.asarray(np.maximum(pooled, floor))


def _shrunk_variance(
    offsets: Float64Array,
    index: IntArray,
    counts: IntArray,
    pooled: Float64Array,
    shrinkage: float,
) -> Float64Array:
    n_tracks = len(counts)
    sums = track_means(offsets**2, index, n_tracks) * counts[:, None]
    own = sums / np.maximum(counts - 1, 1)[:, None]
    return np.where(
        (counts > 1)[:, None], (1 - shrinkage) * own + shrinkage * pooled, pooled
    ).astype(np.float64)


def _inside(
    means: Float64Array, variance: Float64Array, threshold: Float64Array, used: IntArray
) -> IntArray:
    """Pairs (t, j) with log N(mean_j; mean_t, variance_t) >= threshold_t, blockwise."""
    others = means[used]
    squares = others**2
    pairs = []
    for start in range(0, len(used), _BLOCK):
        block = used[start : start + _BLOCK]
        precision = 1 / variance[block]
        # sum (x - m)^2 / v = x^2 . 1/v - 2 x . m/v + m^2 . 1/v
        distance = (
            precision @ squares.T
            - 2 * (precision * means[block]) @ others.T
            + (precision * means[block] ** 2).sum(axis=1)[:, None]
        )
        constant = np.log(2 * np.pi * variance[block]).sum(axis=1)
        density = -0.5 * (constant[:, None] + distance)
        hit = density >= threshold[block][:, None]
        hit[np.arange(len(block)), start + np.arange(len(block))] = False
        first, second = np.nonzero(hit)
        pairs.append(np.stack((block[first], used[second]), axis=1))
    return np.concatenate(pairs).astype(np.int64)
