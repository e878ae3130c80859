"""What a session knows beside the result: directions of tracks, odds, pictures of faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vcn.methods.vcn.link import Joint, mean_of_pairs
from vcn.review.clusters import certain_odds, link_again, sums_of
from vcn.review.odds import odds_of_directions
from vcn.types import (
    UNKNOWN,
    BoolArray,
    Clustering,
    Float64Array,
    FloatArray,
    ImageArray,
    IntArray,
    Track,
)


class Finished(Protocol):
    """The finished stages of the run that made a result, tracks in the result's order."""

    @property
    def directions(self) -> FloatArray:
        """(T, D) of length 1, or 0 for a track without a face that can be used."""
        ...

    @property
    def log_odds(self) -> Float64Array | None:
        """(T, T) of the clusterer, where it kept them."""
        ...

    @property
    def joint(self) -> Joint:
        """Log-odds of groups of tracks, as the clusterer has them."""
        ...

    @property
    def shaping(self) -> BoolArray | None:
        """(T,) tracks that shaped people; the others could only join one. None: all did."""
        ...

    def face(self, track: int) -> ImageArray | None:
        """(S, S, 3) RGB: the best crop of a track."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of T tracks of the result; parts of split tracks share their track's."""

    directions: FloatArray | None
    """(T, D); None: the stages of the run are not there any more."""
    log_odds: Float64Array | None
    """(T, T); None: not known, or too many tracks for all pairs."""
    own: bool
    """True where the clusterer's own odds give the result: then each answer clusters anew.
    Odds that were fitted to the result say nothing that it does not."""
    joint: Joint = mean_of_pairs
    """Log-odds of groups of tracks."""
    shaping: BoolArray | None = None
    """(T,) tracks that shape people; None: all."""

    @classmethod
    def of(
        cls, finished: Finished | None, labels: IntArray, shared: IntArray, dense: int
    ) -> Evidence:
        """What there is.

        Args:
            finished: The finished stages.
            labels: (T,) present people.
            shared: (M, 2) pairs of tracks that share a frame.
            dense: Number of tracks up to which all pairs are kept.
        """
        if finished is None:
            return cls(None, None, False)
        directions = finished.directions
        if len(labels) > dense:
            return cls(directions, None, False)
        if finished.log_odds is not None:
            odds = finished.log_odds
            none = np.empty((0, 2), np.int64)
            again = link_again(
                certain_odds(odds, none, none, shared),
                labels != UNKNOWN,
                finished.shaping,
                finished.joint,
            )
            # Where the result follows from them alone, answers may cluster anew.
            own = np.array_equal(again.labels, Clustering.from_labels(labels).labels)
            return cls(directions, odds, own, finished.joint, finished.shaping)
        return cls(directions, odds_of_directions(directions, labels), False)

    def parts(self, parent: IntArray) -> Evidence:
        """The same after splitting."""
        if len(parent) == 0 or np.array_equal(parent, np.arange(len(parent))):
            return self
        return Evidence(
            None if self.directions is None else self.directions[parent],
            None if self.log_odds is None else self.log_odds[np.ix_(parent, parent)],
            self.own,
            self.joint,
            None if self.shaping is None else self.shaping[parent],
        )


def doubt_of(log_odds: Float64Array | None, labels: IntArray) -> FloatArray:
    """(T,) how surely each track is its person's, in log-odds; NaN: not known.

    The mean with the others of its person, or what speaks against the nearest other person,
    whichever is less.
    """
    n = len(labels)
    out = np.full(n, np.nan, np.float32)
    if log_odds is None or n == 0:
        return out
    n_people = int(labels.max(initial=UNKNOWN)) + 1
    sums = sums_of(log_odds, labels, n_people).T
    rows = np.flatnonzero(labels != UNKNOWN)
    count = np.bincount(labels[rows], minlength=n_people)
    own = labels[rows]
    others = count[own] - 1
    inside = (sums[rows, own] - log_odds[rows, rows]) / np.maximum(others, 1)
    inside[others == 0] = np.inf
    mean = sums[rows] / np.maximum(count, 1)
    mean[np.arange(len(rows)), own] = -np.inf
    outside = mean.max(axis=1, initial=-np.inf)
    sure = np.minimum(inside, -outside)
    out[rows] = np.where(np.isfinite(sure), sure, 12.0)
    return out


def together(tracks: tuple[Track, ...]) -> IntArray:
    """Pairs of tracks that share a frame, in two places."""
    from vcn.equations.co_occurrence import two_people

    frames = [track.frame[track.observed] for track in tracks]
    return two_people(frames, [track.xyxy[track.observed] for track in tracks])
