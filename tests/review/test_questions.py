"""The next question, worked by hand and on large films."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.review.clusters import certain_odds, link_again
from vcn.review.odds import odds_of_directions
from vcn.review.questions import Said, rank
from vcn.types import Float64Array, IntArray

NONE = np.empty((0, 2), np.int64)


def test_the_doubtful_pair_of_much_seen_people_comes_first() -> None:
    odds = np.full((4, 4), -8.0)
    odds[0, 1] = odds[1, 0] = -1.0  # doubtful, long
    odds[2, 3] = odds[3, 2] = -0.5  # more doubtful, short
    seconds = np.array([100.0, 80.0, 2.0, 1.0])
    first, second, *_ = rank(odds, np.arange(4), seconds, Said(), 10)
    assert (first.first, first.second, first.inside) == (0, 1, False)
    chance = 1 / (1 + np.e)
    assert first.gain == pytest.approx(chance * 2 * 100 * 80 / 180)
    assert (second.first, second.second) == (2, 3)


def test_a_person_who_does_not_hold_together_is_asked_about() -> None:
    odds = np.full((4, 4), 6.0)
    odds[:2, 2:] = odds[2:, :2] = 0.2
    seconds = np.full(4, 10.0)
    question = rank(odds, np.zeros(4, np.int64), seconds, Said(), 1)[0]
    assert question.inside
    assert {question.first // 2, question.second // 2} == {0, 1}
    assert question.gain == pytest.approx(20 / (1 + np.exp(0.2)))
    same = np.array([[question.first, question.second]])
    after = rank(odds, np.zeros(4, np.int64), seconds, Said(same), 4)
    assert all({q.first // 2, q.second // 2} != {0, 1} for q in after)


def test_answered_pairs_are_left_out() -> None:
    odds = np.zeros((3, 3))
    found = rank(odds, np.arange(3), np.ones(3), Said(different=np.array([[2, 0]])), 9)
    assert {(q.first, q.second) for q in found} == {(0, 1), (1, 2)}
    assert rank(odds[:1, :1], np.zeros(1, np.int64), np.ones(1), Said(), 9) == []


def test_unknown_tracks_are_asked_about_too() -> None:
    odds = np.zeros((3, 3))
    odds[1, 2] = odds[2, 1] = -2.0
    found = rank(odds, np.array([0, -1, -1]), np.ones(3), Said(), 9)
    assert [{q.first, q.second} for q in found] == [{0, 1}, {0, 2}, {1, 2}]


def test_who_cannot_tell_is_asked_about_other_faces_last() -> None:
    odds = np.full((4, 4), 4.0)
    odds[:2, 2:] = odds[2:, :2] = -1.0
    seconds = np.array([9.0, 8.0, 7.0, 6.0])
    labels = np.array([0, 0, 1, 1])
    first = rank(odds, labels, seconds, Said(), 9)[0]
    assert {first.first, first.second} == {0, 2}
    unsure = Said(unsure=np.array([[0, 2]]))
    found = rank(odds, labels, seconds, unsure, 9)
    assert {found[-1].first, found[-1].second} == {1, 3}
    assert [q.again for q in found] == [False, False, True]
    every = np.array([[a, b] for a in (0, 1) for b in (2, 3)])
    assert not any(q.again for q in rank(odds, labels, seconds, Said(unsure=every), 9))
    assert rank(odds, labels, seconds, unsure, 1)[0].inside


def test_chances_are_those_of_whole_groups() -> None:
    labels, odds = np.array([0, 0, 1, 1]), np.full((4, 4), -1.0)
    found = rank(odds, labels, np.ones(4), Said(), 9, lambda mean, pairs: mean * pairs)
    between = next(question for question in found if not question.inside)
    assert between.log_odds == -4
    assert between.gain == pytest.approx(2 / (1 + np.exp(4)))


def test_certain_pairs_are_never_broken() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        n = 12
        odds = rng.normal(size=(n, n)) * 4
        odds = odds + odds.T
        truth = rng.integers(0, 4, n)
        pairs = rng.integers(0, n, (8, 2))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        equal = truth[pairs[:, 0]] == truth[pairs[:, 1]]
        labels = link_again(certain_odds(odds, pairs[equal], pairs[~equal], NONE)).labels
        assert (labels[pairs[equal, 0]] == labels[pairs[equal, 1]]).all()
        assert (labels[pairs[~equal, 0]] != labels[pairs[~equal, 1]]).all()


def test_linkage_is_cut_at_even_odds() -> None:
    odds = np.array([[0, 3, -1.0], [3, 0, 0.5], [-1.0, 0.5, 0]])
    assert link_again(odds).labels.tolist() == [0, 0, 1]
    odds[0, 2] = odds[2, 0] = 0
    assert link_again(odds).labels.tolist() == [0, 0, 0]


def film(n_tracks: int, n_people: int, seed: int) -> tuple[Float64Array, IntArray]:
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(n_people, 24))
    truth = rng.integers(0, n_people, n_tracks)
    seen = people[truth] + 0.9 * rng.normal(size=(n_tracks, 24))
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    return seen.astype(np.float32), truth


def test_odds_of_directions_order_pairs_and_know_even() -> None:
    directions, truth = film(120, 8, 0)
    odds = odds_of_directions(directions, truth)
    upper = np.triu_indices(120, 1)
    same = (truth[:, None] == truth)[upper]
    assert np.median(odds[upper][same]) > 0 > np.median(odds[upper][~same])
