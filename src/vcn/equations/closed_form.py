"""The mean of Eq. 2 over all crop pairs of two tracks, without a loop over crops.

VideoClusterNet Eq. 2 is bilinear in p = softmax of the teacher and q = log-softmax
of the student. So the mean over all crop pairs of two tracks (Algorithm 1, stage
3.3) is the product of two track means, and the mean over the pairs of distinct
crops of one track (stage 3.2) is (n^2 * product of means - diagonal) / (n (n - 1)).
Both are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.types import Float64Array, FloatArray, IntArray


def track_counts(track_index: IntArray, n_tracks: int) -> IntArray:
    """Number of crops of each track.

    Args:
        track_index: (N,) track of each crop.
        n_tracks: T.

    Returns:
        (T,).
    """
    return np.bincount(track_index, minlength=n_tracks).astype(np.int64)


def track_means(
    values: Float64Array | FloatArray,
    track_index: IntArray,
    n_tracks: int,
    weights: Float64Array | None = None,
) -> Float64Array:
    """Mean row of each track.

    Args:
        values: (N, D), one row a crop.
        track_index: (N,) not decreasing.
        n_tracks: T.
        weights: (N,) more than 0, what each row counts for; None: all the same.

    Returns:
        (T, D) float64; zero for a track without a crop.
    """
    counts = track_counts(track_index, n_tracks)
    out = np.zeros((n_tracks, values.shape[1]), dtype=np.float64)
    used = np.flatnonzero(counts)
    starts = np.cumsum(counts[used]) - counts[used]
    # So many rows at a time: with weights they are copied, in double precision.
    for some in np.split(np.arange(len(used)), np.flatnonzero(np.diff(starts // _ROWS)) + 1):
        if not len(some):
            continue
        first = starts[some[0]]
        rows = slice(first, starts[some[-1]] + counts[used[some[-1]]])
        part, begin, whole = values[rows], starts[some] - first, counts[used[some]]
        if weights is not None:
            part = part * weights[rows, None]
            whole = np.add.reduceat(weights[rows], begin, dtype=np.float64)
        out[used[some]] = np.add.reduceat(part, begin, axis=0, dtype=np.float64) / whole[:, None]
    return out


_ROWS = 1 << 16


def cross_loss(
    p_first: Float64Array | FloatArray,
    q_first: Float64Array | FloatArray,
    p_second: Float64Array | FloatArray,
    q_second: Float64Array | FloatArray,
) -> Float64Array:
    """Mean of Eq. 2 over all crop pairs of two tracks, both orders averaged.

    VideoClusterNet 3.7: "as the loss metric is not commutative, a mean value is
    computed by alternatively sending both images through each of the branches".

    Args:
        p_first: (A, D) track means of the teacher's probabilities.
        q_first: (A, D) track means of the student's log-probabilities.
        p_second: (B, D).
        q_second: (B, D).

    Returns:
        (A, B) losses in nats.
    """
    return np.asarray(-0.5 * (p_first @ q_second.T + q_first @ p_second.T), dtype=np.float64)


def self_loss(
    p_mean: Float64Array | FloatArray,
    q_mean: Float64Array | FloatArray,
    diagonal: Float64Array,
    counts: IntArray,
) -> Float64Array:
    """Mean of Eq. 2 over the pairs of distinct crops of each track (Algorithm 1, 3.2).

    Args:
        p_mean: (T, D) track means of the teacher's probabilities.
        q_mean: (T, D) track means of the student's log-probabilities.
        diagonal: (T,) mean over the track's crops of the loss of a crop with itself.
        counts: (T,) number of crops n.

    Returns:
        (T,) losses in nats; NaN for a track of fewer than two crops, which has no
        pair.
    """
    n = counts.astype(np.float64)
    whole = -np.einsum("td,td->t", p_mean, q_mean, dtype=np.float64)
    pairs = n * (n - 1)
    out = np.full(len(n), np.nan)
    some = counts > 1
    out[some] = (n[some] ** 2 * whole[some] - n[some] * diagonal[some]) / pairs[some]
    return out


@dataclass(frozen=True, slots=True)
class Profiles:
    """What the metric needs to know of each track: sums that make Eq. 2 exact.

    With several heads the rows of all heads stand side by side, divided by the square
    root of the number of heads, so that one product gives the mean over heads.
    """

    p: FloatArray
    """(T, H*D) track means of the teacher's probabilities."""
    q: FloatArray
    """(T, H*D) track means of the student's log-probabilities."""
    diagonal: Float64Array
    """(T,) mean loss of the track's crops with themselves, averaged over heads."""
    counts: IntArray
    """(T,) crops of each track; 0: the track has no profile."""

    def __len__(self) -> int:
        return len(self.counts)

    def loss(self, rows: slice | IntArray = slice(None)) -> Float64Array:
        """(R, T) symmetrised mean losses of some tracks with all; see `cross_loss`."""
        return cross_loss(self.p[rows], self.q[rows], self.p, self.q)

    def self_loss(self) -> Float64Array:
        """(T,) threshold of each track; see `self_loss`."""
        return self_loss(self.p, self.q, self.diagonal, self.counts)

    def thresholds(self) -> Float64Array:
        """(T,) `self_loss`, or the loss of the crop with itself where there is only one."""
        own = self.self_loss()
        return np.where(np.isnan(own), self.diagonal, own)

    def merged(self, group: IntArray) -> Profiles:
        """The profiles of groups: each track of a group counts the same.

        Args:
            group: (T,) group of each track, from 0 without gaps; negative: of none.
        """
        from scipy.sparse import csr_array

        some = np.flatnonzero(group >= 0)
        own = group[some]
        size = np.bincount(own)
        # Summed by a sparse product: no sorted copy of all tracks.
        share = (1 / size[own]).astype(self.p.dtype)
        member = csr_array((share, (own, some)), shape=(len(size), len(group)))
        return Profiles(
            member @ self.p,
            member @ self.q,
            member @ self.diagonal,
            np.bincount(own, self.counts[some], len(size)).astype(np.int64),
        )

    def take(self, tracks: IntArray) -> Profiles:
        """The profiles of some tracks, in the given order."""
        return Profiles(self.p[tracks], self.q[tracks], self.diagonal[tracks], self.counts[tracks])


def squared_profiles(
    values: FloatArray,
    track_index: IntArray,
    n_tracks: int,
    weights: Float64Array | None = None,
) -> Profiles:
    """Profiles under which the loss of a pair is the squared Euclidean distance.

    Args:
        values: (N, D).
        track_index: (N,) not decreasing.
        n_tracks: T.
        weights: As in `track_means`.
    """
    square = (values**2).sum(axis=1, keepdims=True)
    ones = np.ones_like(square)
    # -(u, |u|^2, 1) . (2 v, -1, -|v|^2) = |u - v|^2
    of_film = track_index, n_tracks, weights
    p = track_means(np.hstack((values, square, ones)), *of_film).astype(np.float32)
    q = track_means(np.hstack((2 * values, -ones, -square)), *of_film).astype(np.float32)
    return Profiles(p, q, np.zeros(n_tracks), track_counts(track_index, n_tracks))


def root_excess(loss: Float64Array) -> Float64Array:
    """How much more two tracks lose with each other than with themselves, as a distance.

    The loss of a pair holds what each track loses with itself: a blurred track is far
    from everything, itself included. Without it, l_ij - (l_ii + l_jj) / 2, Eq. 2 becomes
    (p_i - p_j) . (q_i - q_j) / 2 for p and q the track means, which is 0 between copies;
    for the cosine loss it is |u_i - u_j|^2 / 2. Its root is averaged more fairly than
    itself over a cluster with outliers.

    Args:
        loss: (T, T) symmetrised mean losses, crops with themselves included.

    Returns:
        (T, T), not negative, zero diagonal. It is not a metric.
    """
    own = np.diag(loss)
    excess = loss - 0.5 * (own[:, None] + own[None])
    return np.sqrt(np.maximum(excess, 0))


def cosine_profiles(
    embeddings: FloatArray,
    track_index: IntArray,
    n_tracks: int,
    weights: Float64Array | None = None,
) -> Profiles:
    """Profiles under which the loss of a pair is 1 - cosine: the metric without a model.

    Args:
        embeddings: (N, D); a zero row counts as no crop.
        track_index: (N,) not decreasing.
        n_tracks: T.
        weights: As in `track_means`.
    """
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    keep = length[:, 0] > 0
    unit = embeddings[keep] / length[keep]
    kept = None if weights is None else weights[keep]
    mean = track_means(unit, track_index[keep], n_tracks, kept).astype(np.float32)
    counts = track_counts(track_index[keep], n_tracks)
    there = (counts > 0).astype(np.float32)[:, None]
    # -(u, 1) . (v, -1) = 1 - u . v
    p, q = np.hstack((mean, there)), np.hstack((mean, -there))
    return Profiles(p, q, np.zeros(n_tracks), counts)
