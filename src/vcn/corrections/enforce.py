"""The last step after any clustering: each correction holds, whatever the method did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from vcn.corrections.placed import Placed
from vcn.types import UNKNOWN, Clustering, FloatArray, IntArray


def enforce(
    clustering: Clustering, placed: Placed, affinity: FloatArray | None = None
) -> Clustering:
    """A clustering in which every certain pair holds, changed as little as possible.

    Two people that were said to be one become one, with all their tracks, unless others of
    these were said to be different; a person in whom two different ones were found is
    divided, and tracks of whom nothing was said go to the part that they are more like.
    A clustering in which everything holds already is returned as it is.

    Args:
        clustering: Of T tracks.
        placed: What is certain about them.
        affinity: (T, D) one row a track: the greater the product of two, the more alike;
            None: undecided tracks stay with the largest part.

    Returns:
        The labels, with the history of merges of the clusterer.
    """
    labels = np.array(clustering.labels)
    labels[placed.not_faces] = UNKNOWN
    groups = _groups(labels, placed)
    rival = _rivals(groups, placed)
    _join(labels, groups, rival)
    _divide(labels, groups, rival, affinity)
    return Clustering.from_labels(labels, clustering.history)


def _groups(labels: IntArray, placed: Placed) -> list[list[int]]:
    """Tracks of which something was said, those of one person together."""
    parent = {int(track): int(track) for track in placed.known}
    for a, b in (*placed.certain_same.tolist(), *placed.certain_different.tolist()):
        parent.setdefault(a, a)
        parent.setdefault(b, b)

    def root(track: int) -> int:
        while parent[track] != track:
            parent[track] = parent[parent[track]]
            track = parent[track]
        return track

    for a, b in placed.certain_same.tolist():
        x, y = sorted((root(a), root(b)))
        parent[y] = x
    members: dict[int, list[int]] = defaultdict(list)
    for track in sorted(parent):
        members[root(track)].append(track)
    must_be_known = {root(int(track)) for track in placed.known}
    return [
        tracks
        for first, tracks in sorted(members.items())
        if first in must_be_known or len(tracks) > 1 or labels[first] != UNKNOWN
    ]


def _rivals(groups: Sequence[list[int]], placed: Placed) -> list[set[int]]:
    """For each group those that are other people."""
    group = {track: number for number, tracks in enumerate(groups) for track in tracks}
    rival: list[set[int]] = [set() for _ in groups]
    for a, b in placed.certain_different.tolist():
        x, y = group.get(a), group.get(b)
        if x is not None and y is not None and x != y:
            rival[x].add(y)
            rival[y].add(x)
    return rival


def _join(labels: IntArray, groups: Sequence[list[int]], rival: Sequence[set[int]]) -> None:
    """Each group in one cluster; whole clusters are merged where nothing speaks against it."""
    inside: dict[int, set[int]] = defaultdict(set)  # groups with a track in a cluster
    for number, tracks in enumerate(groups):
        for track in tracks:
            if labels[track] != UNKNOWN:
                inside[int(labels[track])].add(number)
    fresh = int(labels.max(initial=UNKNOWN)) + 1
    for number, tracks in enumerate(groups):
        found = [int(labels[track]) for track in tracks if labels[track] != UNKNOWN]
        if not found:
            labels[tracks] = fresh
            inside[fresh].add(number)
            fresh += 1
            continue
        ranked = sorted(set(found), key=lambda label: (-found.count(label), label))
        free = (label for label in ranked if not inside[label] & rival[number])
        home = ranked[0] if len(ranked) == 1 else next(free, None)
        if home is None:
            home = fresh
            fresh += 1
        for label in ranked:
            others = inside[label] - {number}
            # Whoever is in the two clusters has to get along, not the group alone.
            if label != home and not any(rival[o] & (inside[home] | {number}) for o in others):
                labels[labels == label] = home
                inside[home] |= inside.pop(label)
        labels[tracks] = home
        for label in ranked:
            if label in inside and label != home:
                inside[label].discard(number)
        inside[home].add(number)


def _divide(
    labels: IntArray,
    groups: Sequence[list[int]],
    rival: Sequence[set[int]],
    affinity: FloatArray | None,
) -> None:
    """No two rivals in one cluster."""
    inside: dict[int, list[int]] = defaultdict(list)
    for number, tracks in enumerate(groups):
        inside[int(labels[tracks[0]])].append(number)
    fresh = int(labels.max(initial=UNKNOWN)) + 1
    for label, numbers in sorted(inside.items()):
        here = set(numbers)
        if label == UNKNOWN or not any(rival[number] & here for number in numbers):
            continue
        parts: list[list[int]] = []
        for number in sorted(numbers, key=lambda n: (-len(groups[n]), groups[n][0])):
            fitting = (part for part in parts if not rival[number] & set(part))
            part = next(fitting, None)
            if part is None:
                parts.append([number])
            else:
                part.append(number)
        members = [[track for number in part for track in groups[number]] for part in parts]
        said = {track for part in members for track in part}
        rest = [t for t in np.flatnonzero(labels == label).tolist() if t not in said]
        nearest = _nearest(rest, members, affinity)
        names = [label, *range(fresh, fresh + len(members) - 1)]
        fresh += len(members) - 1
        for name, part in zip(names, members, strict=True):
            labels[part] = name
        for track, part_number in zip(rest, nearest, strict=True):
            labels[track] = names[part_number]


def _nearest(
    rest: Sequence[int], members: Sequence[list[int]], affinity: FloatArray | None
) -> list[int]:
    if affinity is None or not rest:
        return [0] * len(rest)
    centres = np.stack([affinity[part].mean(axis=0) for part in members])
    best: list[int] = (affinity[list(rest)] @ centres.T).argmax(axis=1).tolist()
    return best
