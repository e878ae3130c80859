"""The crops of a film by track, and how the systems draw pairs from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.equations.siamese import unit_scale
from vcn.methods import TrackFilm
from vcn.methods.constraints import among, cannot_links
from vcn.types import BoolArray, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class TrackCrops:
    """The tracks of a film that have crops, as rows 0 to R - 1."""

    values: Float64Array
    """(N, D), scaled so that the mean squared length is D."""
    row: IntArray
    """(N,) row of each crop's track, not decreasing."""
    tracks: IntArray
    """(R,) the film's own numbers of the tracks."""
    start: IntArray
    """(R,) first crop of each track."""
    count: IntArray
    """(R,) number of its crops."""
    apart: IntArray
    """(M, 2) rows that are two people."""
    n_tracks: int
    """Of the film."""

    @classmethod
    def of(cls, film: TrackFilm) -> TrackCrops:
        """Take over a film."""
        values = film.embeddings.values.astype(np.float64)
        tracks, row, count = np.unique(
            film.embeddings.track_index, return_inverse=True, return_counts=True
        )
        return cls(
            values / unit_scale(values),
            row.astype(np.int64),
            tracks.astype(np.int64),
            (np.cumsum(count) - count).astype(np.int64),
            count.astype(np.int64),
            among(cannot_links(film), tracks),
            film.n_tracks,
        )

    def means(self) -> Float64Array:
        """(R, D) mean embedding of each track."""
        return np.add.reduceat(self.values, self.start, axis=0) / self.count[:, None]


class Partners:
    """For each track those that are somebody else: what negatives are drawn from.

    Its co-occurring tracks; where it has none, the farthest by their means.

    Args:
        crops: Of the film.
        n_far: How many of the farthest.
    """

    def __init__(self, crops: TrackCrops, n_far: int) -> None:
        n = len(crops.tracks)
        both = np.concatenate([crops.apart, crops.apart[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        self._lists: list[IntArray] = np.split(
            both[:, 1], np.searchsorted(both[:, 0], np.arange(1, n))
        )
        means = crops.means() if n else np.zeros((0, 1))
        length = (means**2).sum(axis=1)
        for track, known in enumerate(self._lists):
            if len(known) == 0 and n > 1:
                distance = length - 2 * means @ means[track]  # ordered as |a - b|^2
                distance[track] = -np.inf
                order = np.argsort(-distance, kind="stable")
                self._lists[track] = order[: min(n_far, n - 1)]
        self.count = np.array([len(known) for known in self._lists], np.int64)
        """(R,) number of them; 0 only where there is no other track."""

    def draw(self, tracks: IntArray, rng: np.random.Generator) -> IntArray:
        """One of each track's, drawn; the tracks must have some."""
        pick = (rng.random(len(tracks)) * self.count[tracks]).astype(np.int64)
        chosen = [
            self._lists[track][number]
            for track, number in zip(tracks.tolist(), pick.tolist(), strict=True)
        ]
        return np.array(chosen, np.int64)

    def several(self, tracks: IntArray, most: int, rng: np.random.Generator) -> IntArray:
        """(Q, most) different ones of each track, drawn; -1 where there are fewer."""
        out = np.full((len(tracks), most), -1, np.int64)
        for row, track in enumerate(tracks.tolist()):
            known = self._lists[track]
            chosen = rng.permutation(known)[:most]
            out[row, : len(chosen)] = chosen
        return out


def draw_crop(crops: TrackCrops, tracks: IntArray, rng: np.random.Generator) -> IntArray:
    """A random crop of each track."""
    offset = (rng.random(len(tracks)) * crops.count[tracks]).astype(np.int64)
    return crops.start[tracks] + offset


def draw_two(crops: TrackCrops, tracks: IntArray, rng: np.random.Generator) -> IntArray:
    """(P, 2) two different crops of each track; tracks of one crop give none."""
    several = tracks[crops.count[tracks] > 1]
    first = (rng.random(len(several)) * crops.count[several]).astype(np.int64)
    step = 1 + (rng.random(len(several)) * (crops.count[several] - 1)).astype(np.int64)
    second = (first + step) % crops.count[several]
    return np.column_stack((crops.start[several] + first, crops.start[several] + second))


def track_pairs(
    crops: TrackCrops, partners: Partners, tracks: IntArray, rng: np.random.Generator
) -> tuple[IntArray, BoolArray]:
    """TSiam's pairs: two crops of a track, and one of it with one of somebody else.

    Args:
        crops: Of the film.
        partners: Of its tracks.
        tracks: (Q,) a track for each pair of either kind.
        rng: Of the draw.

    Returns:
        (P, 2) crops and (P,) True for one person.
    """
    positive = draw_two(crops, tracks, rng)
    others = tracks[partners.count[tracks] > 0]
    negative = np.column_stack(
        (draw_crop(crops, others, rng), draw_crop(crops, partners.draw(others, rng), rng))
    )
    same = np.arange(len(positive) + len(negative)) < len(positive)
    return np.concatenate([positive, negative]), same
