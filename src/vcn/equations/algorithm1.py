"""Face track clustering, VideoClusterNet Algorithm 1, as the paper states it.

`cluster_tracks` is exact and fast; `cluster_tracks_literal` is its definition, with a
loop over every pair of crops, and is there for the test that the two agree.

Where the paper is silent: a cluster of one track keeps the threshold of its crops in
later rounds; the pairs of a larger cluster (stage 3.2 in later rounds) are those of its
mean track embeddings; "below either threshold" is the larger of the two; a track of one
crop has no pair, and takes the loss of the crop with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vcn.types import BoolArray, Clustering, Float64Array, IntArray, Merge

Loss = Callable[[Float64Array, Float64Array, Float64Array, Float64Array], float]


def eq2(
    teacher_first: Float64Array,
    student_first: Float64Array,
    teacher_second: Float64Array,
    student_second: Float64Array,
    centre: Float64Array,
    temperature: float,
) -> float:
    """Eq. 2 of one pair of crops, both orders averaged, in plain numpy.

    Args:
        teacher_first: (D,) output of the teacher for the first crop.
        student_first: (D,) of the student.
        teacher_second: (D,) for the second crop.
        student_second: (D,).
        centre: (D,) c.
        temperature: temp.
    """

    def one(teacher: Float64Array, student: Float64Array) -> float:
        logits = (teacher - centre) / temperature
        target = np.exp(logits - logits.max())
        target = target / target.sum()
        shifted = student - student.max()
        return float(-(target * (shifted - np.log(np.exp(shifted).sum()))).sum())

    return 0.5 * (one(teacher_first, student_second) + one(teacher_second, student_first))


def cluster_tracks_literal(
    teacher: Sequence[Float64Array],
    student: Sequence[Float64Array],
    centre: Float64Array,
    temperature: float,
    either: bool = True,
) -> IntArray:
    """Algorithm 1 by its letter, one pair of crops at a time.

    Args:
        teacher: T arrays (n_t, D): outputs of the teacher for the crops of each track.
        student: T arrays (n_t, D) of the student.
        centre: (D,).
        temperature: temp of Eq. 2.
        either: As for `cluster_tracks`.

    Returns:
        (T,) labels.
    """

    def loss(a: int, i: int, b: int, j: int) -> float:
        return eq2(teach[a][i], stud[a][i], teach[b][j], stud[b][j], centre, temperature)

    teach, stud = list(teacher), list(student)
    clusters = [[t] for t in range(len(teach))]
    thresholds: list[float] = []
    for t, crops in enumerate(teach):
        pairs = [loss(t, i, t, j) for i in range(len(crops)) for j in range(i + 1, len(crops))] or [
            loss(t, 0, t, 0)
        ]
        thresholds.append(float(np.mean(pairs)))
    first = list(thresholds)
    while True:
        parent = list(range(len(clusters)))

        def root(c: int, parent: list[int] = parent) -> int:
            while parent[c] != c:
                c = parent[c]
            return c

        for j in range(len(clusters)):
            for k in range(j + 1, len(clusters)):
                cross = [
                    loss(a, x, b, y)
                    for a in clusters[j]
                    for b in clusters[k]
                    for x in range(len(teach[a]))
                    for y in range(len(teach[b]))
                ]
                limits = thresholds[j], thresholds[k]
                if np.mean(cross) < (max(limits) if either else min(limits)):
                    parent[max(root(j), root(k))] = min(root(j), root(k))
        merged = [
            sorted(t for c in range(len(clusters)) if root(c) == r for t in clusters[c])
            for r in range(len(clusters))
            if root(r) == r
        ]
        if len(merged) == len(clusters):
            break
        clusters = merged
        # From now on a track is its mean embedding.
        teach = [crops.mean(axis=0, keepdims=True) for crops in teach]
        stud = [crops.mean(axis=0, keepdims=True) for crops in stud]
        thresholds = [
            first[tracks[0]]
            if len(tracks) == 1
            else float(
                np.mean([loss(a, 0, b, 0) for i, a in enumerate(tracks) for b in tracks[i + 1 :]])
            )
            for tracks in clusters
        ]
    labels = np.empty(len(teach), np.int64)
    for number, tracks in enumerate(clusters):
        labels[tracks] = number
    return labels


def cluster_tracks(
    crop_losses: Float64Array,
    self_losses: Float64Array,
    mean_losses: Float64Array,
    either: bool = True,
) -> Clustering:
    """Algorithm 1 on matrices of losses.

    Args:
        crop_losses: (T, T) mean loss over the crop pairs of two tracks, symmetrised.
        self_losses: (T,) thresholds: mean loss over the crop pairs of each track.
        mean_losses: (T, T) loss between the mean embeddings of two tracks, symmetrised.
        either: A pair matches below either of the two thresholds; False: below both.

    Returns:
        The clustering with its merges; see the module for what the paper leaves open.
    """
    n = len(self_losses)
    label = np.arange(n)
    loss, threshold = crop_losses, self_losses
    history: list[Merge] = []
    number = 0
    while True:
        number += 1
        k = len(threshold)
        limit = (np.maximum if either else np.minimum).outer(threshold, threshold)
        linked = loss < limit
        np.fill_diagonal(linked, False)
        component = _components(linked)
        if component.max(initial=-1) + 1 == k:
            break
        one_of = np.zeros(k, np.int64)
        one_of[label[::-1]] = np.arange(n)[::-1]
        for a, b in _spanning(linked):
            history.append(
                Merge(number, int(one_of[a]), int(one_of[b]), float(loss[a, b]), float(limit[a, b]))
            )
        label = component[label]
        member = np.zeros((n, int(label.max()) + 1))
        member[np.arange(n), label] = 1
        size = member.sum(axis=0)
        total = member.T @ mean_losses @ member
        loss = total / np.outer(size, size)
        within = np.diag(total) - member.T @ np.diag(mean_losses)
        first = np.array([self_losses[label == c][0] for c in range(len(size))])
        threshold = np.where(size > 1, within / np.maximum(size * (size - 1), 1), first)
    return Clustering.from_labels(label, tuple(history))


def _components(linked: BoolArray) -> IntArray:
    """Connected components of a symmetric matrix, numbered by their first member."""
    out = np.full(len(linked), -1, np.int64)
    number = 0
    for start in range(len(linked)):
        if out[start] >= 0:
            continue
        out[start] = number
        frontier = [start]
        while frontier:
            near = np.flatnonzero(linked[frontier].any(axis=0) & (out < 0))
            out[near] = number
            frontier = near.tolist()
        number += 1
    return out


def _spanning(linked: BoolArray) -> list[tuple[int, int]]:
    """Links that connect each component, found breadth first."""
    seen = np.zeros(len(linked), np.bool_)
    links = []
    for start in range(len(linked)):
        if seen[start]:
            continue
        seen[start] = True
        queue = [start]
        while queue:
            here = queue.pop(0)
            for near in np.flatnonzero(linked[here] & ~seen).tolist():
                seen[near] = True
                links.append((here, near))
                queue.append(near)
    return links
