"""Average-linkage agglomerative clustering of track means (the papers' baseline).

VCN supp. 1.4, BCL 3.3: hierarchical agglomerative clustering, Euclidean. It needs a
threshold or a number of people, which it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.equations.linkage import average_linkage
from vcn.methods import TrackFilm
from vcn.methods.constraints import among, cannot_links
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
        unit: Of the thresholds.
    """

    def __init__(self, film: TrackFilm, *, normalise: bool = True, unit: float = 1.0) -> None:
        means, self._tracks = track_means(film, normalise=normalise)
        self._n_tracks = film.n_tracks
        self._unit = unit
        self._linkage: Float64Array | None = None
        if len(means) > 1:
            from scipy.cluster.hierarchy import linkage

            self._linkage = linkage(means, method="average", metric="euclidean")

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`."""
        return self._cut(threshold * self._unit, "distance")

    def into(self, n_people: int) -> Clustering:
        """Merge until at most `n_people` are left."""
        return self._cut(n_people, "maxclust")

    def _cut(self, value: float, criterion: str) -> Clustering:
        labels = np.zeros(len(self._tracks), np.int64)
        if self._linkage is not None:
            from scipy.cluster.hierarchy import fcluster

            labels = fcluster(self._linkage, value, criterion).astype(np.int64)
        return spread(labels, self._tracks, self._n_tracks)


class ApartTree:
    """The same tree, but two tracks that co-occur never come into one cluster.

    Args:
        film: The tracks.
        normalise: As for `track_means`.
        unit: Of the thresholds.
    """

    def __init__(self, film: TrackFilm, *, normalise: bool = True, unit: float = 1.0) -> None:
        from scipy.spatial.distance import cdist

        means, self._tracks = track_means(film, normalise=normalise)
        self._n_tracks, self._unit = film.n_tracks, unit
        a, b = among(cannot_links(film), self._tracks).T
        apart = np.zeros((len(means), len(means)), np.bool_)
        apart[a, b] = apart[b, a] = True
        self._tree = average_linkage(cdist(means, means), apart)

    def at(self, threshold: float) -> Clustering:
        """Merge what is not farther apart than `threshold`."""
        return self._after(int((self._tree.loss <= threshold * self._unit).sum()))

    def into(self, n_people: int) -> Clustering:
        """Merge until `n_people` are left, or none may be merged."""
        return self._after(max(0, min(len(self._tracks) - n_people, len(self._tree.loss))))

    def _after(self, n_merges: int) -> Clustering:
        return spread(self._tree.labels(n_merges), self._tracks, self._n_tracks)


@dataclass(frozen=True, slots=True)
class Hac:
    """Average linkage, to be cut: a `vcn.methods.cuts.Cutter`."""

    normalise: bool = True
    """As for `track_means`. False: the threshold is in units of the mean length, so that
    one serves every face model."""
    name: str = "hac"
    co_occurrence: bool = False
    """Keep tracks apart that share a frame."""

    def compare(self, film: TrackFilm, seed: int) -> Tree | ApartTree:  # noqa: ARG002
        """The tree of `film`; nothing is drawn, so `seed` changes nothing."""
        unit = 1.0
        if not self.normalise and len(film.embeddings):
            unit = float(np.linalg.norm(film.embeddings.values, axis=1).mean())
        kind = ApartTree if self.co_occurrence else Tree
        return kind(film, normalise=self.normalise, unit=unit)
