"""Voices of tracks and of people, and how far apart they are."""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray, IntArray


def group_voices(
    voice: FloatArray, weight: Float64Array, group: IntArray, n_groups: int, least: float
) -> Float64Array:
    """The mean voice of the utterances of each group (track, or person).

    Args:
        voice: (U, D) of length 1, zero where nothing can be told.
        weight: (U,) of each utterance: its seconds, times how sure it is.
        group: (U,) group of each, or -1.
        n_groups: G.
        least: Summed weight under which a group has no voice to speak of.

    Returns:
        (G, D) of length 1, zero for groups without a voice.
    """
    mine = (group >= 0) & voice.any(axis=1)
    total = np.zeros((n_groups, voice.shape[1]))
    np.add.at(total, group[mine], weight[mine, None] * voice[mine])
    heard = np.bincount(group[mine], weight[mine], n_groups)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    mean: Float64Array = total / np.where(length > 0, length, 1)
    mean[heard < least] = 0
    return mean


def voice_owner(
    voice: FloatArray, known: Float64Array, same: float, weight: float
) -> tuple[IntArray, Float64Array]:
    """Whose voice each utterance is, of people whose voices are known, or a stranger's.

    Each person has the odds exp(weight * (same - distance)) against a stranger.

    Args:
        voice: (U, D) of length 1, zero where nothing can be told.
        known: (P, D) of length 1; zero rows are nobody.
        same: Distance at which an utterance is as likely somebody else's.
        weight: Log-odds a unit of distance.

    Returns:
        (U,) the most probable person, -1 where there is none; (U,) its probability.
    """
    person = np.full(len(voice), -1)
    probability = np.zeros(len(voice))
    candidates = np.flatnonzero(known.any(axis=1))
    said = np.flatnonzero(voice.any(axis=1))
    if not len(candidates) or not len(said):
        return person, probability
    odds = np.exp(weight * (same - 1 + voice[said] @ known[candidates].T))  # (u, p)
    share = odds / (1 + odds.sum(axis=1, keepdims=True))
    best = share.argmax(axis=1)
    person[said] = candidates[best]
    probability[said] = share[np.arange(len(said)), best]
    return person, probability


def voice_groups(voice: FloatArray, same: float) -> IntArray:
    """Utterances of the same voice: average linkage, cut at a cosine distance.

    Args:
        voice: (U, D) of length 1, zero where nothing can be told.
        same: Distance at which one speaker is as likely as two.

    Returns:
        (U,) numbered by first appearance; -1 where nothing can be told.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    out = np.full(len(voice), -1)
    rows = np.flatnonzero(voice.any(axis=1))
    if len(rows) < 2:
        out[rows] = 0
        return out
    distance = np.clip(1 - voice[rows].astype(np.float64) @ voice[rows].T, 0, 2)
    tree = linkage(distance[np.triu_indices(len(rows), 1)], "average")
    labels = fcluster(tree, same, "distance")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    out[rows] = np.argsort(np.argsort(first))[inverse]
    return out
