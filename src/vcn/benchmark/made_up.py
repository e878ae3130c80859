"""Tracks of people who do not exist, drawn in the space of a face model's features.

Ball Cluster Learning was made with 1,214 people; the labelled films at hand have 75. A made-up
person is a point drawn from the distribution of the real ones (a Gaussian whose covariance is
shrunk as by Ledoit and Wolf), and a track of his is a real track of somebody else, moved from
that person's mean to the point: pictures, light and blur of one track stay as they were. Tracks
lie closer to the mean of n of their own than to the true one; the move makes up for it.
"""

from __future__ import annotations

import numpy as np

from vcn.errors import DataError
from vcn.methods.trackset import TrackSet
from vcn.types import UNKNOWN, Float64Array


def made_up(tracks: TrackSet, n_people: int, n_tracks: int, seed: int) -> TrackSet:
    """A set of `n_people` made-up people of `n_tracks` tracks each.

    Args:
        tracks: Of real people; those of nobody known are left out, and a person's only track
            is no model: what it differs by is not known.
        n_people: How many to make.
        n_tracks: Tracks of each.
        seed: Of everything that is drawn.

    Raises:
        DataError: Nobody has two tracks.
    """
    real = tracks.only(tracks.person != UNKNOWN)
    means = real.means()
    people, owner, count = np.unique(real.person, return_inverse=True, return_counts=True)
    models = np.flatnonzero(count[owner] > 1)
    if not len(models):
        raise DataError("no person has two tracks to make up others from")
    centre = np.stack([means[owner == person].mean(axis=0) for person in range(len(people))])
    wider = np.sqrt(count / np.maximum(count - 1, 1))[owner, None]
    away = wider * (means - centre[owner]) - means
    spread = shrunk_covariance(centre)
    rng = np.random.default_rng(seed)
    points = rng.multivariate_normal(centre.mean(axis=0), spread, n_people)
    person = np.repeat(np.arange(n_people), n_tracks)
    model = rng.choice(models, len(person))
    sizes = np.diff(real.start)[model]
    start = np.concatenate(([0], np.cumsum(sizes)))
    rows = np.arange(start[-1]) + np.repeat(real.start[model] - start[:-1], sizes)
    move = points[person] + away[model]
    return TrackSet(
        features=(real.features[rows] + np.repeat(move, sizes, axis=0)).astype(np.float32),
        start=start.astype(np.int64),
        person=person.astype(np.int64),
        film=np.zeros(len(person), np.int64),
        cannot_link=np.empty((0, 2), np.int64),
        people=tuple(f"made up {number}" for number in range(n_people)),
        films=("made up",),
    )


def shrunk_covariance(points: Float64Array) -> Float64Array:
    """(D, D) covariance of (N, D) points, drawn to a sphere of the same trace.

    Ledoit and Wolf, 2004, "A well-conditioned estimator for large-dimensional covariance
    matrices": by as much as makes the expected squared error least.
    """
    n, width = points.shape
    centred = points - points.mean(axis=0)
    sample = centred.T @ centred / n
    sphere = np.eye(width) * np.trace(sample) / width
    far = float(((sample - sphere) ** 2).sum())
    # sum_i |x_i x_i' - S|^2 / N^2, without the N matrices.
    noise = float(((centred**2).sum(axis=1) ** 2).sum() / n - (sample**2).sum()) / n
    share = min(noise, far) / far if far else 0.0
    return np.asarray(share * sphere + (1 - share) * sample, np.float64)
