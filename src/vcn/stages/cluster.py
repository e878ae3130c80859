"""Cluster tracks by the learned loss (VCN 3.7), without a threshold to set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import ClusterConfig
from vcn.equations.algorithm1 import cluster_tracks
from vcn.equations.closed_form import Profiles, root_excess
from vcn.equations.level import best_level, silhouettes
from vcn.equations.linkage import Tree, average_linkage, nearest_merges
from vcn.equations.reassign import reassign
from vcn.equations.strangers import Strangers, mean_apart, merges_within, strangers
from vcn.types import UNKNOWN, BoolArray, Clustering, Float64Array, IntArray, Merge


def cluster(
    base: Profiles,
    heads: Profiles | None,
    accepted: BoolArray,
    config: ClusterConfig,
    cannot_link: IntArray | None = None,
    doubtful: BoolArray | None = None,
    least: float | None = None,
) -> Clustering:
    """Best-first average linkage on the losses, cut where the silhouette is best.

    The distance of two tracks is their `root_excess` under the base model plus that
    under the adapted heads, each in units of its mean over the film. How far strangers
    are under the base model limits the number of clusters.

    Args:
        base: Cosine profiles of T tracks under the base model.
        heads: Profiles under the adapted heads; None: the base model alone.
        accepted: (T,) tracks to cluster.
        config: Whether co-occurrence counts; limits.
        cannot_link: (M, 2) pairs of tracks that are two people, or None.
        doubtful: (T,) tracks too poor to shape the clusters. Afterwards each joins the
            nearest cluster, if it is nearer than the first merge that was not made; those
            left that are so near to each other are people too.
        least: Strangers are nowhere nearer than this `root_excess` of the base model;
            None: not known.

    Returns:
        The clustering of all T tracks, with the merges; -1 for the rest.
    """
    labels = np.full(len(base), UNKNOWN)
    tracks = np.flatnonzero(accepted & (base.counts > 0))
    if len(tracks) == 0:
        return Clustering.from_labels(labels)
    items = _items(base, heads, tracks, config)
    pairs = cannot_link if config.co_occurrence and cannot_link is not None else None
    forbidden = _forbidden(pairs, tracks, items.group, len(base))
    plain = root_excess(items.base.loss())
    distance, units = _distance(plain, items.heads)
    found, tree, made = _cut(distance, plain, items, forbidden, config, least)
    if made < len(tree.loss):
        limit = float(tree.loss[made])
    else:
        limit = float(distance.max(initial=0)) if forbidden is None else float("inf")
    labels[tracks] = found[items.group]
    if doubtful is not None and np.isfinite(limit):
        late = np.flatnonzero(doubtful & ~accepted & (base.counts > 0))
        parts = [base] if heads is None else [base, heads]
        _join(labels, late, tracks, parts, units, limit, pairs)
        left = late[labels[late] == UNKNOWN]
        if len(left) > 1:
            labels[left] = _among_themselves(left, parts, units, limit, pairs, labels.max())
    name = np.zeros(len(found), np.int64)
    name[items.group[::-1]] = tracks[::-1]
    history = tuple(
        Merge(1, int(name[a]), int(name[b]), float(at), limit)
        for a, b, at in zip(tree.first[:made], tree.second[:made], tree.loss[:made], strict=True)
    )
    return Clustering.from_labels(labels, history)


def cluster_as_paper(
    crops: Profiles, means: Profiles, accepted: BoolArray, config: ClusterConfig
) -> Clustering:
    """Algorithm 1 of the paper, without additions.

    Args:
        crops: Profiles over the crops of T tracks.
        means: Profiles of the mean embedding of each track.
        accepted: (T,) tracks to cluster; the others are unknown.
        config: Which thresholds count.
    """
    tracks = np.flatnonzero(accepted & (crops.counts > 0))
    labels = np.full(len(crops), UNKNOWN)
    if len(tracks) == 0:
        return Clustering.from_labels(labels)
    part = crops.take(tracks)
    either = config.thresholds == "either"
    found = cluster_tracks(part.loss(), part.thresholds(), means.take(tracks).loss(), either)
    labels[tracks] = found.labels
    history = tuple(
        Merge(m.round, int(tracks[m.first]), int(tracks[m.second]), m.loss, m.threshold)
        for m in found.history
    )
    return Clustering.from_labels(labels, history)


@dataclass(frozen=True, slots=True)
class _Items:
    """What is clustered: tracks, or small groups of them in a film of very many."""

    group: IntArray
    """Item of each track that is clustered, from 0 without gaps."""
    base: Profiles
    heads: Profiles | None


def _items(
    base: Profiles, heads: Profiles | None, tracks: IntArray, config: ClusterConfig
) -> _Items:
    base, heads = base.take(tracks), None if heads is None else heads.take(tracks)
    if len(tracks) <= config.dense_tracks:
        return _Items(np.arange(len(tracks)), base, heads)
    # Most nearly equal tracks first: no matrix of all pairs of tracks would fit.
    group = nearest_merges(base.p, np.ones(len(tracks)), config.dense_tracks, config.exact_tracks)
    merged_heads = None if heads is None else heads.merged(group)
    return _Items(group, base.merged(group), merged_heads)


def _forbidden(
    pairs: IntArray | None, tracks: IntArray, group: IntArray, n_tracks: int
) -> BoolArray | None:
    """Pairs of tracks as a symmetric mask over items; None: no pair is known.

    Args:
        pairs: (M, 2) tracks that are two people, or None.
        tracks: Those that are clustered.
        group: Item of each of them, from 0 without gaps.
        n_tracks: T, of the film.
    """
    if pairs is None or len(pairs) == 0:
        return None
    item = np.full(n_tracks, -1)
    item[tracks] = group
    where = item[pairs]
    where = where[(where >= 0).all(axis=1) & (where[:, 0] != where[:, 1])]
    n = int(group.max()) + 1
    mask = np.zeros((n, n), np.bool_)
    mask[where[:, 0], where[:, 1]] = True
    return mask | mask.T


def _distance(base: Float64Array, heads: Profiles | None) -> tuple[Float64Array, tuple[float, ...]]:
    """(n, n) distances of items, see `cluster`, and the unit of each of its terms."""
    if heads is None:
        return base, (1.0,)
    terms = (base, root_excess(heads.loss()))
    units = tuple(float(term.mean()) or 1.0 for term in terms)
    return terms[0] / units[0] + terms[1] / units[1], units


def _cut(
    distance: Float64Array,
    plain: Float64Array,
    items: _Items,
    forbidden: BoolArray | None,
    config: ClusterConfig,
    least: float | None,
) -> tuple[IntArray, Tree, int]:
    """Labels of the items, the tree of merges and how many of them were made.

    Args:
        distance: (n, n) to cluster by.
        plain: (n, n) under the base model alone: it says how many people there can be.
        items: Their profiles.
        forbidden: Pairs that may not be in one cluster.
        config: Limits.
        least: Least distance of strangers under the base model, where it is known.
    """
    plain_tree = average_linkage(plain, forbidden)
    tree = plain_tree if distance is plain else average_linkage(distance, forbidden)
    if len(plain) < 2:
        return tree.labels(0), tree, 0
    far = strangers(plain, plain_tree, config.same_share, max(least or 0.0, _ROUNDING))
    allowed = _allowed(plain, plain_tree, items.base, config, far, least is not None)
    alone = config.within_share * mean_apart(distance, far.labels)
    made, _ = best_level(distance, tree, allowed, alone)
    return reassign(distance, tree.labels(made), forbidden), tree, made


def _allowed(
    plain: Float64Array,
    tree: Tree,
    base: Profiles,
    config: ClusterConfig,
    far: Strangers,
    scale_known: bool,
) -> tuple[int, int]:
    """Least and most merges, by the distance of strangers; arguments as for `_cut`.

    Whether all are one person is decided here, where a silhouette says nothing: by the
    base model, for heads, trained on a guess of the clusters, would confirm the guess.
    """
    n, merges = len(plain), len(tree.first)
    if n == 2:
        made = merges_within(tree, config.same_share * far.distance)
        if not scale_known:
            made = min(merges, int(_is_one_person(base)))
        return made, made
    low, high = (merges_within(tree, share * far.distance) for share in config.sure_shares)
    if merges < n - 1 or low == n - 1:
        return low, high
    all_may_be_one = high == n - 1
    high = min(high, n - 2)
    if scale_known and not all_may_be_one:
        return low, high
    made, scores = best_level(plain, tree, (low, high))
    if scale_known:
        one = scores[made] < config.min_silhouette
    else:
        mean = silhouettes(plain, tree.labels(made)).mean() if made else 1.0
        one = mean < config.one_person_silhouette
    return (n - 1, n - 1) if one else (low, high)


_ROUNDING = 1e-3
"""Root of what single precision leaves of the excess loss of two copies."""


def _is_one_person(pair: Profiles) -> bool:
    """Algorithm 1 on two tracks, which have no silhouette: below either threshold."""
    limit = pair.thresholds().max() + 1e-6  # copies are equal up to rounding
    return bool(pair.loss()[0, 1] <= limit)


def _among_themselves(
    left: IntArray,
    parts: list[Profiles],
    units: tuple[float, ...],
    limit: float,
    pairs: IntArray | None,
    highest: int,
) -> IntArray:
    """Labels above `highest` for tracks that are near to each other, -1 for the rest.

    A person whom the quality of the whole film's tracks puts last has several tracks that
    agree; what is no face, or cannot be told, has none that agrees with it.
    """
    terms = zip(parts, units, strict=True)
    distance = sum((root_excess(part.take(left).loss()) / unit for part, unit in terms), 0.0)
    forbidden = _forbidden(pairs, left, np.arange(len(left)), len(parts[0]))
    tree = average_linkage(np.asarray(distance), forbidden)
    found = tree.labels(merges_within(tree, limit))
    several = np.bincount(found, minlength=len(left))[found] > 1
    return np.where(several, highest + 1 + found, UNKNOWN)


def _join(
    labels: IntArray,
    late: IntArray,
    tracks: IntArray,
    parts: list[Profiles],
    units: tuple[float, ...],
    limit: float,
    pairs: IntArray | None,
) -> None:
    """Let late tracks join clusters, one by one and independently; in place."""
    names = np.unique(labels[tracks])
    column = np.searchsorted(names, labels[tracks])
    member = np.zeros((len(tracks), len(names)))
    member[np.arange(len(tracks)), column] = 1
    member /= member.sum(axis=0)
    found = labels.copy()
    own = [-np.einsum("td,td->t", part.p, part.q, dtype=np.float64) for part in parts]
    for track in late:
        distance = np.zeros(len(tracks))
        for part, self_term, unit in zip(parts, own, units, strict=True):
            loss = part.loss(np.array([track]))[0, tracks]
            excess = loss - 0.5 * (self_term[track] + self_term[tracks])
            distance += np.sqrt(np.maximum(excess, 0)) / unit
        mean = distance @ member  # (K,)
        if pairs is not None:
            mates = np.concatenate((pairs[pairs[:, 0] == track, 1], pairs[pairs[:, 1] == track, 0]))
            mean[np.isin(names, found[mates])] = np.inf
        best = int(mean.argmin())
        if mean[best] < limit:
            labels[track] = names[best]
