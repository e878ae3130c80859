"""What several systems say about one film, and where two of them disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vcn.scores import pairwise, score
from vcn.scores.assignment import assign
from vcn.scores.definitions import Scores
from vcn.types import UNKNOWN, Clustering, IntArray


@dataclass(frozen=True, slots=True)
class Answer:
    """One system on the film."""

    method: str
    told: str
    """What it was told about the number of people, in words."""
    clustering: Clustering
    seconds: float


@dataclass(frozen=True, slots=True)
class Group:
    """Tracks on which two systems disagree in the same way."""

    first: int
    """Person of the first system; -1: unknown to it."""
    second: int
    tracks: IntArray


def as_people(labels: IntArray) -> IntArray:
    """Labels in which each unknown track is a person of its own."""
    out = labels.copy()
    unknown = np.flatnonzero(out == UNKNOWN)
    out[unknown] = out.max(initial=-1) + 1 + np.arange(len(unknown))
    return out


def counterparts(first: Clustering, second: Clustering) -> dict[int, int]:
    """Person of the first -> person of the second with whom it shares the most tracks.

    One to one, so that as many tracks as possible agree.
    """
    known = (first.labels != UNKNOWN) & (second.labels != UNKNOWN)
    if not known.any():
        return {}
    return assign(first.labels[known], second.labels[known])


def disagreements(first: Clustering, second: Clustering) -> list[Group]:
    """Tracks whose two people are not each other's counterparts, the largest group first."""
    same = counterparts(first, second)
    cells: dict[tuple[int, int], list[int]] = {}
    pairs = zip(first.labels.tolist(), second.labels.tolist(), strict=True)
    for track, (a, b) in enumerate(pairs):
        if same.get(a, UNKNOWN) != b or (a == UNKNOWN) != (b == UNKNOWN):
            cells.setdefault((a, b), []).append(track)
    groups = [Group(a, b, np.array(tracks)) for (a, b), tracks in cells.items()]
    return sorted(groups, key=lambda group: (-len(group.tracks), group.first, group.second))


def agreement(answers: Sequence[Answer]) -> list[list[float | None]]:
    """Pairwise F of every two systems: each pair of tracks is one person or two to both.

    None where nobody joins any two tracks.
    """
    people = [as_people(answer.clustering.labels) for answer in answers]
    return [[pairwise(a, b).f if len(a) else None for b in people] for a in people]


def scored(answer: Answer, truth: IntArray) -> Scores | None:
    """Scores over the tracks whose person is known; None: there is none."""
    known = truth != UNKNOWN
    if not known.any():
        return None
    return score(truth[known], as_people(answer.clustering.labels)[known])
