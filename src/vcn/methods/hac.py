"""Average-linkage agglomerative clustering of track means (the papers' baseline).

VCN supp. 1.4, BCL 3.3: hierarchical agglomerative clustering, Euclidean. It needs a
threshold or a number of people; how the benchmark finds them is its own affair
(`vcn.benchmark.entries`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.methods import TrackFilm
from vcn.types import UNKNOWN, Clustering, Float64Array, IntArray


def track_means(film: TrackFilm, *, normalise: bool = True) -> tuple[Float64Array, IntArray]:
    """Mean embedding of each track that has crops.

    Args:
        film: The tracks.
        normalise: Give each crop's embedding length 1 first, so that a threshold means
            the same for every face model.

    Returns:
        (K, D) means and (K,) their tracks, K <= T.
    """
    values = film.embeddings.values.astype(np.float64)
    if normalise:
        length = np.linalg.norm(values, axis=1, keepdims=True)
        values = values / np.where(length > 0, length, 1.0)
    tracks, inverse, n_crops = np.unique(
        film.embeddings.track_index, return_inverse=True, return_counts=True
    )
    means = np.zeros((len(tracks), values.shape[1]))
    np.add.at(means, inverse, values)
    return means / n_crops[:, None], tracks


def spread(labels: IntArray, tracks: IntArray, n_tracks: int) -> Clustering:
    """A clustering of all tracks from the labels of some: the others are unknown."""
    everyone = np.full(n_tracks, UNKNOWN, np.int64)
    everyone[tracks] = labels
    return Clustering.from_labels(everyone)


class Tree:
    """The tree of merges of one film, which may be cut at many places.

    Args:
        film: The tracks.
        normalise: As for `track_means`.
    """

    def __init__(self, film: TrackFilm, *, normalise: bool = True) -> None:
        means, self._tracks = track_means(film, normalise=normalise)
        self._n_tracks = film.n_tracks
        self._linkage: Float64Array | None = None
        if len(means) > 1:
            from scipy.cluster.hierarchy import linkage

            self._linkage = linkage(means, method="average", metric="euclidean")

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`."""
        return self._cut(threshold, "distance")

    def into(self, n_clusters: int) -> Clustering:
        """Merge until at most `n_clusters` are left."""
        return self._cut(n_clusters, "maxclust")

    def _cut(self, value: float, criterion: str) -> Clustering:
        labels = np.zeros(len(self._tracks), np.int64)
        if self._linkage is not None:
            from scipy.cluster.hierarchy import fcluster

            labels = fcluster(self._linkage, value, criterion).astype(np.int64)
        return spread(labels, self._tracks, self._n_tracks)


@dataclass(frozen=True, slots=True)
class Hac:
    """HAC at one threshold."""

    threshold: float
    """Euclidean distance between means of normalised embeddings."""
    name: str = "hac"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        return Tree(film).at(self.threshold)
