"""Hard positives and hard negatives of all tracks (Multi-Face 3.2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vcn.equations.tracklets import (
    N_VIEWS,
    hard_negative,
    mine_views,
    tracklet_means,
    unit_rows,
)
from vcn.methods.trackset import TrackSet
from vcn.types import BoolArray, FloatArray, IntArray


class Mined(NamedTuple):
    """The examples of n tracks."""

    views: FloatArray
    """(3, n, D) anchor tracklet and two hard positives, length 1."""
    negative: FloatArray
    """(n, D) the hard negative, length 1; zeros where a track shares no frame."""
    has_negative: BoolArray
    """(n,)"""
    film: IntArray
    """(n,) number of the film."""

    def only(self, chosen: BoolArray) -> Mined:
        """The chosen examples alone."""
        return Mined(
            self.views[:, chosen],
            self.negative[chosen],
            self.has_negative[chosen],
            self.film[chosen],
        )


def mine(tracks: TrackSet, min_crops: int) -> Mined:
    """Mine every track that has enough crops.

    Args:
        tracks: Crops and which tracks share a frame; names of people are not looked at.
        min_crops: Crops that a track needs; at least 3.
    """
    means = tracks.means()
    partners: dict[int, list[int]] = {}
    for a, b in tracks.cannot_link.tolist():
        partners.setdefault(a, []).append(b)
        partners.setdefault(b, []).append(a)
    sizes = np.diff(tracks.start)
    chosen = np.flatnonzero(sizes >= max(min_crops, N_VIEWS))
    views = np.zeros((N_VIEWS, len(chosen), tracks.width))
    negative = np.zeros((len(chosen), tracks.width))
    has = np.zeros(len(chosen), np.bool_)
    for row, track in enumerate(chosen.tolist()):
        crops = tracks.features[tracks.start[track] : tracks.start[track + 1]].astype(np.float64)
        views[:, row] = tracklet_means(crops, mine_views(crops))
        others = sorted(partners.get(track, []))
        if others:
            nearest = others[hard_negative(views[0, row], means[others])]
            negative[row], has[row] = unit_rows(means[nearest][None])[0], True
    return Mined(views.astype(np.float32), negative.astype(np.float32), has, tracks.film[chosen])
