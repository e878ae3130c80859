"""A tree of merges of tracks, cut where one likes: complete linkage and Ward's, by SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from vcn.methods.hac import spread
from vcn.types import Clustering, Float64Array, IntArray


class Merges:
    """The merges of the tracks of a film.

    Args:
        points: (K, W) embeddings.
        tracks: (K,) which tracks of the film they are.
        n_tracks: Tracks of the film; those without an embedding are unknown.
        linkage: `complete` compares squared Euclidean distances (BCL Eq. 8), `ward`
            Euclidean ones.
    """

    def __init__(
        self,
        points: Float64Array,
        tracks: IntArray,
        n_tracks: int,
        linkage: Literal["complete", "ward"],
    ) -> None:
        self._tracks = tracks
        self._n_tracks = n_tracks
        self._linkage: Float64Array | None = None
        if len(points) > 1:
            from scipy.cluster import hierarchy
            from scipy.spatial.distance import pdist

            distance = pdist(points, "sqeuclidean" if linkage == "complete" else "euclidean")
            self._linkage = hierarchy.linkage(distance, method=linkage)

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`, in the linkage's distance."""
        return self._cut(threshold, "distance")

    def into(self, n_people: int) -> Clustering:
        """Merge until at most `n_people` are left."""
        return self._cut(n_people, "maxclust")

    def threshold_for(self, n_people: int) -> float:
        """The middle of the thresholds that leave `n_people` clusters (BCL 3.4)."""
        return threshold_for([self], n_people)

    @property
    def heights(self) -> list[float]:
        """Distances of the merges, in order."""
        return [] if self._linkage is None else self._linkage[:, 2].tolist()

    def _cut(self, value: float, criterion: str) -> Clustering:
        labels = np.zeros(len(self._tracks), np.int64)
        if self._linkage is not None:
            from scipy.cluster.hierarchy import fcluster

            labels = fcluster(self._linkage, value, criterion).astype(np.int64)
        return spread(labels, self._tracks, self._n_tracks)


def threshold_for(trees: Sequence[Merges], n_people: int) -> float:
    """The middle of the thresholds that leave `n_people` clusters in all trees together."""
    # Before the first merge there are as many clusters as tracks.
    heights = [0.0, *sorted(height for tree in trees for height in tree.heights)]
    last = len(heights) - 1
    done = min(max(last + len(trees) - n_people, 0), last)
    return (heights[done] + heights[min(done + 1, last)]) / 2
