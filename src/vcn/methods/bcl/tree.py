"""Complete linkage on squared Euclidean distances (BCL Eq. 8), cut where one likes."""

from __future__ import annotations

import numpy as np

from vcn.methods.hac import spread
from vcn.types import Clustering, Float64Array, IntArray


class CompleteTree:
    """The merges of some tracks.

    Args:
        points: (K, W) embeddings.
        tracks: (K,) which tracks of the film they are.
        n_tracks: Tracks of the film; those without an embedding are unknown.
    """

    def __init__(self, points: Float64Array, tracks: IntArray, n_tracks: int) -> None:
        self._tracks = tracks
        self._n_tracks = n_tracks
        self._linkage: Float64Array | None = None
        if len(points) > 1:
            from scipy.cluster.hierarchy import linkage
            from scipy.spatial.distance import pdist

            self._linkage = linkage(pdist(points, "sqeuclidean"), method="complete")

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`, a squared distance."""
        return self._cut(threshold, "distance")

    def into(self, n_people: int) -> Clustering:
        """Merge until at most `n_people` are left."""
        return self._cut(n_people, "maxclust")

    def threshold_for(self, n_people: int) -> float:
        """The middle of the thresholds that leave `n_people` clusters (BCL 3.4)."""
        heights = np.concatenate(([0.0], np.zeros(0) if self._linkage is None else self._height))
        last = len(heights) - 1
        done = min(max(last + 1 - n_people, 0), last)  # merges that are made
        after = heights[done + 1] if done < last else heights[done]
        return float((heights[done] + after) / 2)

    @property
    def _height(self) -> Float64Array:
        assert self._linkage is not None
        return np.asarray(self._linkage[:, 2], np.float64)

    def _cut(self, value: float, criterion: str) -> Clustering:
        labels = np.zeros(len(self._tracks), np.int64)
        if self._linkage is not None:
            from scipy.cluster.hierarchy import fcluster

            labels = fcluster(self._linkage, value, criterion).astype(np.int64)
        return spread(labels, self._tracks, self._n_tracks)
