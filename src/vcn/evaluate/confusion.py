"""Where a result goes wrong: people against clusters, the worst merges and splits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vcn.evaluate.samples import Samples
from vcn.types import UNKNOWN


@dataclass(frozen=True, slots=True)
class Cell:
    """Tracks of one person in one cluster."""

    identity: str
    person: int
    """-1: the unknown group."""
    tracks: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"identity": self.identity, "person": self.person, "tracks": list(self.tracks)}


@dataclass(frozen=True, slots=True)
class Merge:
    """A cluster that holds several people; the first part is the most of it."""

    person: int
    parts: tuple[Cell, ...]

    @property
    def wrong(self) -> int:
        """Tracks that are not the main person's."""
        return sum(len(part.tracks) for part in self.parts[1:])

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "person": self.person,
            "wrong_tracks": self.wrong,
            "parts": [part.to_json() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Split:
    """A person who is in several clusters; the first part is the most of them."""

    identity: str
    parts: tuple[Cell, ...]

    @property
    def apart(self) -> int:
        """Tracks outside the person's largest cluster."""
        return sum(len(part.tracks) for part in self.parts[1:])

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "identity": self.identity,
            "tracks_apart": self.apart,
            "parts": [part.to_json() for part in self.parts],
        }


def cells(samples: Samples) -> tuple[Cell, ...]:
    """Every person and cluster that share tracks, largest first."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for identity, person, track in zip(
        samples.identity.tolist(), samples.person.tolist(), samples.track.tolist(), strict=True
    ):
        found[identity, person].append(track)
    table = [Cell(identity, person, tuple(t)) for (identity, person), t in found.items()]
    return tuple(sorted(table, key=_largest_first))


def merges(table: Sequence[Cell], limit: int) -> tuple[Merge, ...]:
    """Clusters of several people, those with the most wrong tracks first.

    The unknown group claims nothing about anybody, so it is no merge.
    """
    by_person: dict[int, list[Cell]] = defaultdict(list)
    for cell in table:
        if cell.person != UNKNOWN:
            by_person[cell.person].append(cell)
    out = [Merge(person, tuple(parts)) for person, parts in by_person.items() if len(parts) > 1]
    return tuple(sorted(out, key=lambda merge: (-merge.wrong, merge.person))[:limit])


def splits(table: Sequence[Cell], limit: int) -> tuple[Split, ...]:
    """People in several clusters (or partly unknown), those most torn apart first."""
    by_identity: dict[str, list[Cell]] = defaultdict(list)
    for cell in table:
        by_identity[cell.identity].append(cell)
    out = [
        # The unknown group comes last: an unknown track is not in a wrong cluster.
        Split(identity, tuple(sorted(parts, key=lambda cell: cell.person == UNKNOWN)))
        for identity, parts in by_identity.items()
        if len(parts) > 1
    ]
    return tuple(sorted(out, key=lambda split: (-split.apart, split.identity))[:limit])


def _largest_first(cell: Cell) -> tuple[int, str, int]:
    return -len(cell.tracks), cell.identity, cell.person
