"""The looks of the people of one film: what is kept of it to find them in other films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vcn.equations.closed_form import Profiles, track_counts, track_means
from vcn.equations.linkage import average_linkage
from vcn.season.tables import Table, write_table
from vcn.types import BoolArray, Crops, Embeddings, Float64Array, FloatArray, IntArray

COLUMNS = ("means", "person", "count", "size", "beside", "own")
"""Of a table of looks."""


@dataclass(frozen=True, slots=True)
class Looks:
    """L looks of the P people of a film; a person without a usable crop has none."""

    means: FloatArray
    """(L, D) mean of the embeddings of length 1 of each look's crops, base model; a crop counts
    by how well it shows the face."""
    person: IntArray
    """(L,) not decreasing."""
    count: IntArray
    """(L,) crops."""
    size: Float64Array
    """(L,) median side of the faces in pixels."""
    beside: Float64Array = field(default_factory=lambda: np.zeros(0))
    """(L,) mean log ratio with the rest of its person in its film, of all that is not the face
    (clothes, places, voices) and of what adaptation added."""
    own: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """(L,) its person in its film, counted over all films; two looks with equal ones were one
    person to the film."""

    def __len__(self) -> int:
        return len(self.person)

    def profiles(self) -> Profiles:
        """As `cosine_profiles` of the crops."""
        ones = np.ones((len(self), 1), np.float32)
        return Profiles(
            np.hstack((self.means, ones)),
            np.hstack((self.means, -ones)),
            np.zeros(len(self)),
            self.count,
        )

    def take(self, chosen: IntArray) -> Looks:
        """Some of the looks."""
        return Looks(*(getattr(self, name)[chosen] for name in COLUMNS))


def looks_of(
    labels: IntArray,
    embeddings: Embeddings,
    crops: Crops,
    usable: BoolArray,
    most: int,
    weights: Float64Array | None = None,
) -> Looks:
    """The looks of `looks_and_tracks` alone."""
    return looks_and_tracks(labels, embeddings, crops, usable, most, None, weights)[0]


def looks_and_tracks(
    labels: IntArray,
    embeddings: Embeddings,
    crops: Crops,
    usable: BoolArray,
    most: int,
    beside: Float64Array | None = None,
    weights: Float64Array | None = None,
) -> tuple[Looks, IntArray]:
    """Merge the tracks of each person to a few looks.

    Args:
        labels: (T,) person of each track; negative: unknown.
        embeddings: (N, D) of the base model.
        crops: The same N crops.
        usable: (N,) crops that are good enough.
        most: Looks of a person.
        beside: (T,) as in `Looks`, of each track; None: nothing is known.
        weights: (N,) what each crop counts for, as in the film; None: all the same.

    Returns:
        The looks, and (T,) the look of each track, -1: none.
    """
    length = np.linalg.norm(embeddings.values, axis=1)
    person = labels[embeddings.track_index]
    rows = np.flatnonzero(usable & (length > 0) & (person >= 0))
    unit = embeddings.values[rows] / length[rows, None]
    track = embeddings.track_index[rows]
    n = len(labels)
    look_of_track = np.full(n, -1)
    owner: list[int] = []
    kept = np.ones(len(rows)) if weights is None else weights[rows]
    means, counts = track_means(unit, track, n, kept), track_counts(track, n)
    for someone in np.unique(person[rows]):
        tracks = np.flatnonzero((labels == someone) & (counts > 0))
        group = _groups(means[tracks], counts[tracks].astype(np.float64), most)
        look_of_track[tracks] = len(owner) + group
        owner += [int(someone)] * (int(group.max()) + 1)
    look = look_of_track[track]
    order = np.argsort(look, kind="stable")
    sides = crops.size[rows]
    shown = look_of_track >= 0
    weight = np.zeros(n) if beside is None else beside
    total = np.bincount(look_of_track[shown], weight[shown], minlength=len(owner))
    tracks = np.maximum(np.bincount(look_of_track[shown], minlength=len(owner)), 1)
    people = np.array(owner, np.int64)
    looks = Looks(
        track_means(unit[order], look[order], len(owner), kept[order]).astype(np.float32),
        people,
        track_counts(look, len(owner)),
        np.array([np.median(sides[look == number]) for number in range(len(owner))], np.float64),
        total / tracks,
        people,
    )
    return looks, look_of_track


def _groups(means: Float64Array, weight: Float64Array, most: int) -> IntArray:
    """(n,) look of each track, from 0, by average linkage of the distances."""
    norms = (means**2).sum(axis=1)
    distance = np.maximum(norms[:, None] + norms[None] - 2 * means @ means.T, 0)
    tree = average_linkage(distance, size=weight)
    _, group = np.unique(tree.labels(max(0, len(means) - most)), return_inverse=True)
    return np.asarray(group, np.int64)


def joined(parts: Sequence[Looks]) -> Looks:
    """The looks of several films, one film after the other."""
    some = [part for part in parts if len(part)]
    if not some:
        none, number = np.zeros(0, np.int64), np.zeros(0)
        return Looks(np.zeros((0, 1), np.float32), none, none, number, number, none)
    return Looks(*(np.concatenate([getattr(p, name) for p in some]) for name in COLUMNS))


def save_looks(looks: Looks, look_of_track: IntArray, path: Path) -> None:
    """Write the looks of a film, one file a film: an archive is never in one process.

    Args:
        looks: Of its people.
        look_of_track: (T,) as of `looks_and_tracks`.
        path: Where to.

    Raises:
        OutputError: It cannot be written.
    """
    tracks = [np.flatnonzero(look_of_track == n).astype(float).tolist() for n in range(len(looks))]
    columns = {name: getattr(looks, name) for name in COLUMNS}
    write_table(path, {**columns, "tracks": tracks}, {})


def load_looks(path: Path) -> tuple[Looks, list[list[int]]]:
    """Read what `save_looks` wrote: the looks, and the tracks of each.

    Raises:
        DataError: It is missing or damaged.
    """
    table = Table(path, "Run vcn season with --redo")
    tracks = table.cells("tracks", np.arange(len(table)))
    looks = Looks(*(table.array(name) for name in COLUMNS))
    return looks, [[int(track) for track in own] for own in tracks]
