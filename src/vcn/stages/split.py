"""Find where a track goes from one person to another, whatever shots and tracker thought.

The odds of each place between two crops come from `equations.changes`, which learns what is
usual in the film at hand. A track is cut at its most likely change, then each half again;
pieces that all of their crops together show to be one person are joined again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vcn.config import SplitConfig
from vcn.equations.changes import Changes, Kinds, apart, fit_changes
from vcn.equations.looks import look
from vcn.types import BoolArray, Crops, Embeddings, Float64Array, IntArray

_LEAST = 1e-3
"""Distances below this are rounding."""
_WINDOW = 3
"""Crops on each side that are compared: enough to outweigh one bad one."""


@dataclass(frozen=True, slots=True)
class _Sequence:
    """The crops of one track in order of time."""

    values: Float64Array
    """(n, D) embeddings of length 1."""
    looks: Float64Array
    """(n, P)."""
    able: BoolArray
    """(n,) crops with which a track could have begun."""

    def __len__(self) -> int:
        return len(self.values)

    def log_odds(self, changes: Changes, place: int, first: int, last: int) -> float:
        """That crops [first, place) and [place, last) are two people, from those next to it.

        A crop beside a change may be bad, or in a dissolve a mixture: the surest of several
        numbers of crops counts.
        """
        seen = [self._apart(place, first, last, n) for n in range(1, _WINDOW + 1)]
        return float(changes.log_odds(np.array(seen)).max())

    def log_odds_of_all(self, changes: Changes, place: int, first: int, last: int) -> float:
        """The same from all of these crops."""
        seen = self._apart(place, first, last, last - first)
        return float(changes.log_odds(np.array([seen]))[0])

    def _apart(self, place: int, first: int, last: int, most: int) -> tuple[float, float]:
        """Root d and root u of the means of up to so many crops on each side of a place."""
        before = slice(max(first, place - most), place)
        after = slice(place, min(last, place + most))
        d = apart(self.values[before], self.values[after])
        u = apart(self.looks[before], self.looks[after]) ** 2
        return math.sqrt(d), math.sqrt(u)

    def neighbours(self) -> Float64Array:
        """(n - 1, 2) root d and root u of crops next to each other."""
        cosine = (self.values[1:] * self.values[:-1]).sum(axis=1)
        unlike = 1 - (self.looks[1:] * self.looks[:-1]).sum(axis=1)
        d = np.sqrt(np.maximum(1 - cosine, 0))
        seen: Float64Array = np.sqrt(np.maximum(np.stack([d, unlike], axis=1), 0))
        return seen


def find_changes(
    crops: Crops,
    embeddings: Embeddings,
    n_tracks: int,
    cannot_link: IntArray,
    impostor_cosine: float | None,
    usable: BoolArray,
    able: BoolArray,
    config: SplitConfig,
) -> IntArray:
    """The crops that show another person than the crop before them in their track.

    Args:
        crops: N crops.
        embeddings: (N, D) of the base model.
        n_tracks: T.
        cannot_link: (M, 2) tracks that share a frame: what strangers are like in this film.
        impostor_cosine: Mean cosine of strangers under the base model, where it is known.
        usable: (N,) crops that show a face well enough to tell.
        able: (N,) crops with which a track may begin: a piece without one is no track of its own.
        config: What is usual, and how sure a change must be.

    Returns:
        (K,) rows of `crops`, increasing; never the first of a track.
    """
    rows = np.flatnonzero(usable)
    if not config.enabled or len(rows) < 2:
        return np.empty(0, np.int64)
    index = embeddings.track_index[rows]
    values = embeddings.values[rows].astype(np.float64)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), _LEAST)
    looks = np.stack([look(crops.images[row]) for row in rows]).astype(np.float64)
    edges = np.searchsorted(index, np.arange(n_tracks + 1))
    tracks = [
        _Sequence(values[a:b], looks[a:b], able[rows[a:b]]) for a, b in pairwise(edges.tolist())
    ]
    strangers = _strangers(values, index, n_tracks, cannot_link, impostor_cosine, config)
    seen = np.concatenate([track.neighbours() for track in tracks if len(track)])
    changes = fit_changes(seen, _kinds(strangers, config))
    found: list[int] = []
    for track, start in zip(tracks, edges.tolist(), strict=False):
        found.extend(start + place for place in _cut(track, changes, config))
    return rows[np.array(found, np.int64)]


def _cut(track: _Sequence, changes: Changes, config: SplitConfig) -> list[int]:
    """Places of the changes of one track, increasing."""
    limit = math.log(config.odds)
    if len(track) < 2 or not _can_change(track, changes, limit):
        return []
    edges, todo = [0, len(track)], [(0, len(track))]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        places = range(first + 1, last)
        odds = np.array([track.log_odds(changes, place, first, last) for place in places])
        # What is to be gained from a piece of one crop is little, and it may be a flash.
        odds[[0, -1]] -= math.log(config.lone_odds / config.odds)
        if odds.max() > limit:
            place = places[int(odds.argmax())]
            # A face that is lost there is no other one, but whatever follows is apart from it.
            if track.able[first:place].any() and track.able[place:last].any():
                edges.append(place)
            todo += [(first, place), (place, last)]
    kept = _without_blinks(track, sorted(edges), changes, limit)
    return _joined_again(track, [0, *kept, len(track)], changes.no_more_than_before(), limit)


def _can_change(track: _Sequence, changes: Changes, limit: float) -> bool:
    """Whether the farthest two crops of a track are far enough: most tracks end here."""
    cosine = float((track.values @ track.values.T).min())
    farthest = np.array([[max(1 - cosine, 0.0) ** 0.25, 1.0]])
    return float(changes.log_odds(farthest)[0]) > limit


def _without_blinks(
    track: _Sequence, edges: list[int], changes: Changes, limit: float
) -> list[int]:
    """Changes but those around a single crop with the same person before and after it.

    It is a hand before the face, a flash, a blur: no person comes and goes in one picture.

    Args:
        track: Its crops.
        edges: 0, the changes, and the number of crops.
        changes: The odds in this film.
        limit: From which a change is one.
    """
    kept, n = [edges[0]], 1
    while n < len(edges) - 1:
        place = edges[n]
        if edges[n + 1] == place + 1 and n + 2 < len(edges):
            around = np.delete(np.arange(kept[-1], edges[n + 2]), place - kept[-1])
            rest = _Sequence(track.values[around], track.looks[around], track.able[around])
            if rest.log_odds(changes, place - kept[-1], 0, len(rest)) <= limit:
                n += 2
                continue
        kept.append(place)
        n += 1
    return kept[1:]


def _joined_again(track: _Sequence, edges: list[int], changes: Changes, limit: float) -> list[int]:
    """Changes but those between pieces that are one person when all of their crops are seen.

    Where a face turns away or is blurred for a moment, the crops next to a place differ as two
    people's do; those of the whole pieces do not.

    Args:
        track: Its crops.
        edges: 0, the changes, and the number of crops.
        changes: The odds in this film.
        limit: From which a change is one.
    """
    kept = list(edges)
    while len(kept) > 2:
        pieces = zip(kept, kept[1:], kept[2:], strict=False)
        odds = [track.log_odds_of_all(changes, place, a, b) for a, place, b in pieces]
        least = int(np.argmin(odds))
        if odds[least] > limit:
            break
        del kept[least + 1]
    return kept[1:-1]


def _kinds(strangers: float, config: SplitConfig) -> Kinds:
    return Kinds(
        same_mean=np.sqrt([config.same_distance * strangers, config.same_unlike]),
        same_deviation=np.array(config.same_deviation) * (math.sqrt(strangers), 1),
        change_mean=np.sqrt([strangers, config.change_unlike]),
        change_deviation=np.array(config.change_deviation) * (math.sqrt(strangers), 1),
        weight=config.prior_weight,
        changes=1.0,
        neighbours=config.prior_neighbours,
    )


def _strangers(
    values: Float64Array,
    index: IntArray,
    n_tracks: int,
    cannot_link: IntArray,
    impostor_cosine: float | None,
    config: SplitConfig,
) -> float:
    """How far apart strangers are: as the pack says, and as people who share a frame are."""
    sums = np.zeros((n_tracks, values.shape[1]))
    np.add.at(sums, index, values)
    lengths = np.linalg.norm(sums, axis=1)
    usable = np.flatnonzero(lengths > 0)
    means = sums / np.maximum(lengths, _LEAST)[:, None]
    pairs = cannot_link[np.isin(cannot_link, usable).all(axis=1)]
    if impostor_cosine is None and not len(pairs):
        if len(usable) < 2:
            return 1.0
        pairs = np.stack([usable[:-1], usable[1:]], axis=1)  # in most films, mostly strangers
    cosine = (means[pairs[:, 0]] * means[pairs[:, 1]]).sum(axis=1)
    film = float(np.median(np.sqrt(np.maximum(1 - cosine, 0)))) if len(pairs) else 0.0
    if impostor_cosine is None:
        return film
    prior = config.prior_neighbours
    pack = float(np.sqrt(1 - impostor_cosine))
    return (prior * pack + len(pairs) * film) / (prior + len(pairs))
