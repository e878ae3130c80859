"""Cluster tracks by the learned loss (VCN 3.7), without a threshold to set."""

from __future__ import annotations

import numpy as np

from vcn.config import ClusterConfig
from vcn.equations.algorithm1 import cluster_tracks
from vcn.equations.closed_form import Profiles
from vcn.equations.level import best_level
from vcn.equations.linkage import Tree, average_linkage
from vcn.types import UNKNOWN, BoolArray, Clustering, Float64Array, IntArray, Merge


def cluster(
    profiles: Profiles,
    accepted: BoolArray,
    config: ClusterConfig,
    cannot_link: IntArray | None = None,
) -> Clustering:
    """Best-first average linkage on the loss, cut where its silhouette is best.

    Args:
        profiles: Of T tracks.
        accepted: (T,) tracks to cluster; the others, and those without a profile, are
            unknown.
        config: Whether co-occurrence counts.
        cannot_link: (M, 2) pairs of tracks that are two people, or None.

    Returns:
        The clustering of all T tracks, with the merges.
    """
    n_tracks = len(profiles)
    tracks = np.flatnonzero(accepted & (profiles.counts > 0))
    if len(tracks) == 0:
        return Clustering.from_labels(np.full(n_tracks, UNKNOWN))
    part = profiles.take(tracks)
    loss = part.loss()
    forbidden = None
    if config.co_occurrence and cannot_link is not None and len(cannot_link):
        forbidden = _among(cannot_link, tracks, n_tracks)
    tree = average_linkage(loss, forbidden)
    n_merges, _ = best_level(loss, tree)
    if n_merges == len(tracks) - 2 and _is_one_person(part, loss, tree):
        n_merges += 1
    labels = np.full(n_tracks, UNKNOWN)
    labels[tracks] = tree.labels(n_merges)
    # The threshold that the film turned out to have: the loss of the first merge not made.
    limit = float(tree.loss[n_merges]) if n_merges < len(tree.loss) else float("inf")
    history = tuple(
        Merge(1, int(tracks[a]), int(tracks[b]), float(at), limit)
        for a, b, at in zip(
            tree.first[:n_merges], tree.second[:n_merges], tree.loss[:n_merges], strict=True
        )
    )
    return Clustering.from_labels(labels, history)


def cluster_as_paper(crops: Profiles, means: Profiles, accepted: BoolArray) -> Clustering:
    """Algorithm 1 of the paper, without additions.

    Args:
        crops: Profiles over the crops of T tracks.
        means: Profiles of the mean embedding of each track.
        accepted: (T,) tracks to cluster; the others are unknown.
    """
    n_tracks = len(crops)
    tracks = np.flatnonzero(accepted & (crops.counts > 0))
    labels = np.full(n_tracks, UNKNOWN)
    if len(tracks) == 0:
        return Clustering.from_labels(labels)
    part, mean_part = crops.take(tracks), means.take(tracks)
    own = part.self_loss()
    own = np.where(np.isnan(own), part.diagonal, own)
    found = cluster_tracks(part.loss(), own, mean_part.loss())
    labels[tracks] = found.labels
    history = tuple(
        Merge(m.round, int(tracks[m.first]), int(tracks[m.second]), m.loss, m.threshold)
        for m in found.history
    )
    return Clustering.from_labels(labels, history)


def _is_one_person(part: Profiles, loss: Float64Array, tree: Tree) -> bool:
    """Whether the last two clusters are one person: the silhouette cannot say.

    The paper's own rule decides: their mean loss lies below the mean loss inside either
    of the two. A cluster of one track has the loss of its crops.
    """
    if len(tree.first) < tree.n - 1:
        return False  # the two hold tracks that share a frame
    labels = tree.labels(tree.n - 2)
    own = part.self_loss()
    limits = []
    for name in np.unique(labels):
        members = np.flatnonzero(labels == name)
        if len(members) == 1:
            track = members[0]
            limits.append(part.diagonal[track] if np.isnan(own[track]) else own[track])
        else:
            inner = loss[np.ix_(members, members)]
            n = len(members)
            limits.append((inner.sum() - np.trace(inner)) / (n * (n - 1)))
    # Copies of one crop have equal losses, up to rounding.
    return bool(tree.loss[-1] <= max(limits) + 1e-6 * max(1.0, abs(max(limits))))


def _among(pairs: IntArray, tracks: IntArray, n_tracks: int) -> BoolArray:
    """(n, n) pairs of tracks as a symmetric mask over some of the tracks."""
    position = np.full(n_tracks, -1)
    position[tracks] = np.arange(len(tracks))
    where = position[pairs]
    where = where[(where >= 0).all(axis=1)]
    mask = np.zeros((len(tracks), len(tracks)), np.bool_)
    mask[where[:, 0], where[:, 1]] = True
    return mask | mask.T
