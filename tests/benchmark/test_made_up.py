"""People who do not exist: as far apart as real ones, with tracks like theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training_films import training_set

from vcn.benchmark.made_up import made_up, shrunk_covariance
from vcn.errors import DataError
from vcn.methods.trackset import TrackSet
from vcn.types import UNKNOWN


def test_the_covariance_is_that_of_the_reference() -> None:
    covariance = pytest.importorskip("sklearn.covariance")
    for shape in ((40, 8), (12, 30), (3, 2)):
        points = np.random.default_rng(1).normal(size=shape) * np.linspace(1, 3, shape[1])
        expected = covariance.LedoitWolf().fit(points).covariance_
        np.testing.assert_allclose(shrunk_covariance(points), expected, atol=1e-12)


def spreads(tracks: TrackSet) -> tuple[float, float]:
    """Variance of the tracks of one person, and of the people."""
    of_people = [tracks.means()[tracks.person == p] for p in np.unique(tracks.person)]
    within = np.mean([np.var(means, axis=0, ddof=1).sum() for means in of_people])
    return float(within), float(np.var([m.mean(axis=0) for m in of_people], axis=0).sum())


def test_new_people_have_real_tracks() -> None:
    real = training_set(3, n_people=30)
    found = made_up(real, 400, 5, 0)
    assert len(found) == 2000
    assert np.bincount(found.person).tolist() == [5] * 400
    assert found.features.dtype == np.float32
    assert found.start[-1] == len(found.features)

    within, apart = spreads(found)
    real_within, real_apart = spreads(real)
    assert within == pytest.approx(real_within, rel=0.1)
    assert apart == pytest.approx(real_apart, rel=0.15)
    # A track is a real one that was moved: its crops differ from each other as before.
    shapes = {
        (real.features[a:b] - real.features[a]).round(3).tobytes()
        for a, b in zip(real.start[:-1], real.start[1:], strict=True)
    }
    a, b = found.start[:2]
    moved = found.features[a:b] - found.features[a]
    closest = min(
        float(np.abs(np.frombuffer(shape, np.float32).reshape(moved.shape) - moved).max())
        for shape in shapes
        if len(shape) == moved.nbytes
    )
    assert closest < 0.01


def test_the_seed_decides_and_nobody_is_left_out() -> None:
    real = training_set(2)
    first = made_up(real, 7, 3, 5)
    np.testing.assert_array_equal(first.features, made_up(real, 7, 3, 5).features)
    assert not np.array_equal(first.features[:9], made_up(real, 7, 3, 6).features[:9])
    person = real.person.copy()
    person[real.person == 0] = UNKNOWN
    known = real.only(real.person != 0)
    np.testing.assert_array_equal(
        made_up(replace(real, person=person), 7, 3, 5).features, made_up(known, 7, 3, 5).features
    )
    _, firsts = np.unique(real.person, return_index=True)
    with pytest.raises(DataError, match="two tracks"):
        made_up(real.only(np.isin(np.arange(len(real)), firsts)), 7, 3, 5)
