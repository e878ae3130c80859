"""Coarse matches and matches inside clusters."""

from __future__ import annotations

import numpy as np
import pytest
from method_films import people_film

from vcn.equations.gaussian import log_density, match_threshold
from vcn.stages.match import cluster_matches, coarse_matches, coarse_matches_full
from vcn.types import IntArray


def literal(values: np.ndarray, index: IntArray, n: int, shrinkage: float) -> set[tuple[int, int]]:
    """VCN 3.5, one track and one other at a time."""
    offsets = np.concatenate([values[index == t] - values[index == t].mean(0) for t in range(n)])
    pooled = (offsets**2).sum(0) / (len(values) - n)
    pairs = set()
    for t in range(n):
        own = values[index == t]
        variance = (1 - shrinkage) * own.var(0, ddof=1) + shrinkage * pooled
        threshold = match_threshold(log_density(own, own.mean(0), variance))
        for j in range(n):
            mean = values[index == j].mean(0)
            if j != t and log_density(mean, own.mean(0), variance) >= threshold:
                pairs.add((t, j))
    return pairs


@pytest.mark.parametrize("shrinkage", [0.2, 0.8])
def test_equals_the_literal_rule(shrinkage: float) -> None:
    film, truth = people_film(4, 5, 6, shot=0.1, width=8)
    values, index = film.embeddings.values, film.embeddings.track_index
    ok = np.ones(len(values), np.bool_)
    found = coarse_matches(values, index, film.n_tracks, ok, shrinkage)
    expected = literal(values.astype(np.float64), index, film.n_tracks, shrinkage)
    assert set(map(tuple, found.tolist())) == expected
    assert expected
    assert all(truth[a] == truth[b] for a, b in found)


def test_cannot_link_and_unusable_tracks_take_no_part() -> None:
    film, _ = people_film(2, 5, 6, shot=0.1, width=8)
    values, index = film.embeddings.values, film.embeddings.track_index
    ok = index != 3
    some = coarse_matches(values, index, film.n_tracks, ok, 0.8)
    assert 3 not in some
    barred = np.array([some[0][::-1]])
    rest = coarse_matches(values, index, film.n_tracks, ok, 0.8, barred)
    assert {tuple(p) for p in some.tolist()} - {tuple(p) for p in rest.tolist()} >= {
        tuple(some[0].tolist())
    }


def test_the_papers_own_matches() -> None:
    film, truth = people_film(3, 5, 6, shot=0.05, width=8)
    values, index = film.embeddings.values, film.embeddings.track_index
    found = coarse_matches_full(values, index, film.n_tracks, np.ones(len(values), np.bool_))
    assert all(truth[a] == truth[b] for a, b in found)


def test_nothing_to_match() -> None:
    empty = np.zeros((0, 4), np.float32)
    nothing = np.zeros(0, np.int64)
    for n in (0, 2):
        assert len(coarse_matches(empty, nothing, n, nothing.astype(np.bool_), 0.8)) == 0
        assert len(coarse_matches_full(empty, nothing, n, nothing.astype(np.bool_))) == 0


def test_cluster_matches() -> None:
    pairs = cluster_matches(np.array([0, 1, 0, -1, -1, 0]))
    assert pairs.tolist() == [[0, 2], [0, 5], [2, 0], [2, 5], [5, 0], [5, 2]]
    assert len(cluster_matches(np.zeros(0, np.int64))) == 0
    big = cluster_matches(np.zeros(100, np.int64), most=10)
    assert len(big) == 1000
    assert (np.bincount(big[:, 1]) == 10).all()  # nobody is left out
