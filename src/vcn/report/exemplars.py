"""Which tracks show who a person is: the faces of a report.

A person that is two people by mistake must look so. The merges that made a person say which
of its tracks are the least alike: the last of them are taken back, and each of the groups
that are left shows a face.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.types import FilmResult, IntArray, Merge, Track


def tracks_of(result: FilmResult, person: int) -> list[Track]:
    """The tracks of one person, in the film's order."""
    return [result.tracks[t] for t in np.flatnonzero(result.clustering.labels == person)]


def exemplars_of(result: FilmResult, person: int, limit: int) -> list[int]:
    """Tracks whose thumbnails show a person best: good ones first, from different shots.

    Within a shot tracks rank by quality; the best of every shot come before the second
    best of any, so that a few faces show the person in different light and pose. Of each
    group that was merged late, the best comes before the second best of any.

    Args:
        result: The film.
        person: Whose faces.
        limit: Number of tracks, at least one; so many groups show a face.
    """
    score = result.portrait_rank
    tracks = tracks_of(result, person)
    best_first = sorted(tracks, key=lambda t: (-float(score[t.id]), t.id))
    in_shot: dict[int, int] = {}
    ranked: list[tuple[int, int, int]] = []
    for position, track in enumerate(best_first):
        rank = in_shot.get(track.shot, 0)
        in_shot[track.shot] = rank + 1
        ranked.append((rank, position, track.id))
    order = [track for _, _, track in sorted(ranked)]
    members = np.array([track.id for track in tracks])
    group = groups_of(members, result.clustering.history, limit)
    of_track = dict(zip(members.tolist(), group.tolist(), strict=True))
    shown: dict[int, int] = {}
    for number in order:
        shown.setdefault(of_track[number], number)
    leaders = list(shown.values())
    return [*leaders, *(number for number in order if number not in set(leaders))][:limit]


def groups_of(members: IntArray, history: Sequence[Merge], n_groups: int) -> IntArray:
    """The groups that were merged last.

    Args:
        members: (M,) tracks of one person.
        history: All merges of the film, in the order in which they were made.
        n_groups: Merges are taken back until there are so many groups.

    Returns:
        (M,) group of each member, all 0 where no merge is known. Tracks that no merge
        joined, but a person's corrections, are groups of their own.
    """
    position = {track: number for number, track in enumerate(members.tolist())}
    pairs = [
        (position[merge.first], position[merge.second])
        for merge in history
        if merge.first in position and merge.second in position
    ]
    group = np.arange(len(members))
    if not pairs:
        return np.zeros_like(group)
    left = len(members)
    for first, second in pairs:
        if left <= n_groups:
            break
        if group[first] != group[second]:
            group[group == group[second]] = group[first]
            left -= 1
    return group
