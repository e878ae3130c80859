"""People from odds: where they are even, and what is certain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vcn.methods.vcn.link import link
from vcn.types import Certain, IntArray


def odds(person: IntArray, within: float = 3.0, across: float = -3.0) -> np.ndarray:
    return np.where(person[:, None] == person[None, :], within, across).astype(np.float32)


def known(
    n: int, different: Sequence[tuple[int, int]] = (), same: Sequence[tuple[int, int]] = ()
) -> Certain:
    masks = np.zeros((2, n, n), np.bool_)
    for mask, pairs in zip(masks, (different, same), strict=True):
        for a, b in pairs:
            mask[a, b] = mask[b, a] = True
    return Certain(*masks)


ALL = np.ones(4, np.bool_)
NONE = np.zeros(4, np.bool_)


def test_the_cut_is_where_the_odds_are_even() -> None:
    person = np.array([0, 1, 0, 1])
    assert link(odds(person), known(4), ALL, ALL).labels.tolist() == [0, 1, 0, 1]
    assert link(odds(person, 0.1, -0.1), known(4), ALL, ALL).n_clusters == 2
    assert link(odds(person, -0.1, -0.2), known(4), ALL, ALL).n_clusters == 4
    assert link(odds(person, 5, 0.1), known(4), ALL, ALL).n_clusters == 1


def test_what_is_certain_goes_before_any_odds() -> None:
    person = np.array([0, 1, 0, 1])
    certain = known(4, different=[(0, 2)], same=[(0, 1), (2, 3)])
    assert link(odds(person, 9, -9), certain, ALL, ALL).labels.tolist() == [0, 0, 1, 1]


def test_poor_tracks_join_but_shape_nothing() -> None:
    person = np.array([0, 0, 0, 1])
    shaping = np.array([True, True, False, False])
    found = link(odds(person), known(4), shaping, ALL)
    assert found.labels.tolist() == [0, 0, 0, -1]
    apart = link(odds(person), known(4, different=[(0, 2)]), shaping, ALL)
    assert apart.labels.tolist() == [0, 0, -1, -1]
    assert link(odds(person), known(4), shaping, shaping).labels.tolist() == [0, 0, -1, -1]


def test_poor_tracks_that_agree_are_a_person() -> None:
    person = np.array([0, 0, 1, 1])
    shaping = np.array([True, True, False, False])
    assert link(odds(person), known(4), shaping, ALL).labels.tolist() == [0, 0, 1, 1]


def test_no_track() -> None:
    assert link(odds(np.arange(4)), known(4), NONE, NONE).labels.tolist() == [-1] * 4


def test_the_order_of_tracks_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 30)).astype(np.float32)
    values = values + values.T
    everyone = np.ones(30, np.bool_)
    order = rng.permutation(30)
    one = link(values, known(30), everyone, everyone).labels
    other = link(values[np.ix_(order, order)], known(30), everyone, everyone).labels
    assert ((one[order][:, None] == one[order]) == (other[:, None] == other)).all()
