"""Corrections as the tracks of one run know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vcn.corrections.entries import Kind
from vcn.corrections.problems import Problem
from vcn.types import UNKNOWN, IntArray, Track


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold of the tracks of this run."""

    entry: str
    """Id of the correction."""
    kind: Kind
    """`same` and `different` of two tracks; `name`: `a` is a person, called `text` where
    it has one; `not_a_face`: it is nobody."""
    a: int
    b: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What is certain about T tracks, those that were split already in parts."""

    tracks: tuple[Track, ...]
    """(T,) after splitting."""
    parent: IntArray
    """(T,) the track of the run that each is, or is a part of."""
    splits: tuple[tuple[int, int], ...]
    """Track of the run and first frame of the later part, for each split."""
    certain_same: IntArray
    """(M, 2) pairs that are one person; together they link all that are."""
    certain_different: IntArray
    """(M, 2) pairs that are two people, people of different names among them."""
    not_faces: IntArray
    """(K,) tracks that are no face."""
    known: IntArray
    """(K,) tracks that are somebody: they may not be unknown."""
    names: Mapping[int, str]
    """Name of the person of a track."""
    ignored: tuple[int, ...]
    """Tracks whose person nobody needs."""
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]
    """Entries that do not hold, or not wholly."""

    def violated(self, labels: IntArray) -> list[Claim]:
        """The claims that do not hold of a clustering of the T tracks; none after `enforce`."""
        return [claim for claim in self.claims if not _holds(claim, labels)]


def _holds(claim: Claim, labels: IntArray) -> bool:
    a = int(labels[claim.a])
    b = a if claim.b is None else int(labels[claim.b])
    match claim.kind:
        case Kind.same:
            return a == b != UNKNOWN
        case Kind.different:
            return a != b or a == UNKNOWN
        case Kind.not_a_face:
            return a == UNKNOWN
        case _:
            return a != UNKNOWN


def no_corrections(tracks: tuple[Track, ...]) -> Placed:
    """Nobody said anything."""
    none = np.empty(0, np.int64)
    pairs = np.empty((0, 2), np.int64)
    return Placed(tracks, np.arange(len(tracks)), (), pairs, pairs, none, none, {}, (), (), ())
