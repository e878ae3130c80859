"""From linked items to people in films: what of a person is whose in the season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.season.gather import Appearance, Gathered
from vcn.season.link import Linked
from vcn.types import Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Parts:
    """The A appearances of people in films, by film, person and label."""

    seen: tuple[Appearance, ...]
    labels: IntArray
    """(A,) person of the season."""
    probability: Float64Array
    """(A,) as of `Linked`."""


def parts_of(gathered: Gathered, linked: Linked) -> Parts:
    """Put the looks of a person in a film together again that are one in the season.

    Tracks without a usable face go with the part that has most tracks; so does, alone, a person
    without any look.

    Args:
        gathered: The films.
        linked: Who is who.
    """
    tracks: dict[tuple[int, int], dict[int, list[int]]] = {}
    probability: dict[tuple[int, int, int], float] = {}
    for item, (film, person) in enumerate(gathered.person):
        label = int(linked.labels[item])
        own = tracks.setdefault((film, person.id), {})
        own.setdefault(label, []).extend(gathered.tracks[item])
        probability[film, person.id, label] = float(linked.probability[item])
    seen: list[Appearance] = []
    labels: list[int] = []
    odds: list[float] = []
    free = int(linked.labels.max(initial=-1)) + 1
    for film, (_, file) in enumerate(gathered.films):
        for person in file.people:
            if (film, person.id) not in tracks:
                tracks[film, person.id], free = {free: []}, free + 1
            own = tracks[film, person.id]
            main = min(own, key=lambda label: (-len(own[label]), label))
            shown = {track for some in own.values() for track in some}
            own[main] += [track for track in person.tracks if track not in shown]
            for label in sorted(own):
                seen.append(gathered.appearance(film, person, own[label]))
                labels.append(label)
                odds.append(probability.get((film, person.id, label), float("nan")))
    return Parts(tuple(seen), np.array(labels, np.int64), np.array(odds, np.float64))
