"""From graphs to people: mean probability of the clues of two tracks, then union-find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vcn.methods.persons import PersonFilm
from vcn.methods.radnet.graph import Graphs, graphs_of
from vcn.methods.radnet.net import RadNetModule
from vcn.types import Clustering, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of tracks and how probable it is that they are one person."""

    pairs: IntArray
    """(M, 2) first < second, each once."""
    score: Float64Array
    """(M,) mean over the graphs that hold the pair as pivot and neighbour."""


@dataclass(frozen=True, slots=True)
class RadNet:
    """A trained network with its threshold."""

    net: RadNetModule
    threshold: float
    name: str = "radnet"

    def __call__(self, film: PersonFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of a film (IV-E); nothing is random."""
        found = links(self.net, graphs_of(film, self.net.config))
        return united(found, self.threshold, film.n_tracks)


@torch.inference_mode()
def links(net: RadNetModule, graphs: Graphs) -> Links:
    """The linkage of each track and those in its graph: mean a^L over the pairs of their clues."""
    net.eval()
    n_tracks = len(graphs.track)
    total: dict[tuple[int, int], list[float]] = {}
    for start in range(0, n_tracks, net.config.batch):
        pivots = np.arange(start, min(start + net.config.batch, n_tracks))
        track = graphs.track[pivots]
        same, _ = net(graphs.batch(pivots), torch.from_numpy(track))
        own = (track == pivots[:, None]).astype(np.float64)  # clues of the pivot
        # (B, N): mean over the clues of the pivot, to each clue
        linked = (own[:, None] @ same[-1].double().numpy())[:, 0]
        linked /= np.maximum(own.sum(axis=1, keepdims=True), 1)
        for row, pivot in enumerate(pivots.tolist()):
            if not own[row].any():
                continue
            for other in np.unique(track[row, track[row] >= 0]).tolist():
                if other != pivot:
                    key = (min(pivot, other), max(pivot, other))
                    score = linked[row, track[row] == other].mean()
                    total.setdefault(key, []).append(float(score))
    pairs = np.array(sorted(total), np.int64).reshape(-1, 2)
    scores = np.array([np.mean(total[one, two]) for one, two in pairs.tolist()], np.float64)
    return Links(pairs, scores)


def united(found: Links, threshold: float, n_tracks: int) -> Clustering:
    """Tracks that are linked above a threshold, and all that those link, are one person."""
    pairs = found.pairs[found.score > threshold]
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n_tracks, n_tracks))
    _, labels = connected_components(graph, directed=False)
    return Clustering.from_labels(labels)
