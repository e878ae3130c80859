"""What the systems do with a learned feature: agglomerative clustering of tracks.

With a number of people as in the evaluation of SSiam: Ward linkage of each track's mean
feature at length 1. With a threshold: average linkage by cosine (VideoClusterNet gave the
systems one threshold; its linkage is not known).
"""

from __future__ import annotations

import numpy as np

from vcn.methods.hac import spread
from vcn.types import Clustering, Float64Array, FloatArray, IntArray


class TrackHac:
    """`Cuts` of the tracks of one film by a feature of each crop.

    Args:
        features: (N, H).
        row: (N,) row of each crop's track, 0 to R - 1.
        tracks: (R,) the film's numbers of these tracks.
        n_tracks: Of the film.
    """

    def __init__(
        self, features: FloatArray | Float64Array, row: IntArray, tracks: IntArray, n_tracks: int
    ) -> None:
        self.points = unit_means(features, row, len(tracks))
        self._tracks = tracks
        self._n_tracks = n_tracks
        self._trees: dict[str, Float64Array] = {}

    def into(self, n_people: int) -> Clustering:
        """Ward linkage into at most `n_people`."""
        return self._cut("ward", n_people, "maxclust")

    def at(self, threshold: float) -> Clustering:
        """Average linkage of what is not farther apart than a cosine distance."""
        return self._cut("average", threshold, "distance")

    def _cut(self, method: str, value: float, criterion: str) -> Clustering:
        if len(self.points) < 2:
            return spread(np.zeros(len(self.points), np.int64), self._tracks, self._n_tracks)
        from scipy.cluster.hierarchy import fcluster, linkage

        if method not in self._trees:
            if method == "ward":
                self._trees[method] = linkage(self.points, "ward")
            else:
                cosine = np.clip(1 - self.points @ self.points.T, 0, None)
                above = np.triu_indices(len(cosine), 1)
                self._trees[method] = linkage(cosine[above], "average")
        labels = fcluster(self._trees[method], value, criterion).astype(np.int64)
        return spread(labels, self._tracks, self._n_tracks)


def unit_means(features: FloatArray | Float64Array, row: IntArray, n: int) -> Float64Array:
    """(n, H) mean of the features of each track, at length 1."""
    means = np.zeros((n, features.shape[1]))
    np.add.at(means, row, features)
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.where(length > 0, length, 1.0))
