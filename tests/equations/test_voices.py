"""Voices of groups, and whose an utterance is."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.cosine import cosine_distances
from vcn.equations.voices import group_voices, voice_groups, voice_owner

A, B = np.array([1.0, 0, 0], np.float32), np.array([0, 1.0, 0], np.float32)
BETWEEN = np.array([0.6, 0.8, 0], np.float32)
NOTHING = np.zeros(3, np.float32)


def test_distances_by_hand() -> None:
    voice = np.stack([A, A, B, BETWEEN, NOTHING, A])
    group = np.array([0, 0, 1, 2, 3, -1])
    weight = np.array([1.0, 2, 2, 2, 5, 9])
    got = cosine_distances(group_voices(voice, weight, group, 5, 1.0))
    nan = np.nan
    want = [
        [0, 1, 0.4, nan, nan],
        [1, 0, 0.2, nan, nan],
        [0.4, 0.2, 0, nan, nan],
        [nan] * 5,  # it was heard, and nothing can be told
        [nan] * 5,  # it was not heard
    ]
    np.testing.assert_allclose(got, want, atol=1e-7)
    # With little speech nothing can be said.
    assert np.isnan(cosine_distances(group_voices(voice, weight / 10, group, 5, 1.0))).all()
    np.testing.assert_array_equal(got, got.T)


def test_long_and_sure_utterances_weigh_more() -> None:
    said = np.stack([A, B]), np.array([3.0, 1.0]), np.zeros(2, int), 1
    np.testing.assert_allclose(group_voices(*said, 4.0)[0], np.array([3, 1, 0]) / np.sqrt(10))
    assert not group_voices(*said, 4.1).any()


def test_an_owner_has_its_odds() -> None:
    known = np.stack([A, NOTHING, B]).astype(np.float64)
    person, probability = voice_owner(np.stack([A, BETWEEN, NOTHING]), known, 0.3, 20.0)
    assert person.tolist() == [0, 2, -1]
    odds = np.exp(20 * (0.3 - np.array([0.4, 0.2])))
    assert probability[1] == pytest.approx(odds[1] / (1 + odds.sum()))
    assert probability[0] > 0.99
    assert probability[2] == 0
    nobody, none = voice_owner(np.stack([A]), np.zeros((2, 3)), 0.3, 20.0)
    assert (nobody.tolist(), none.tolist()) == ([-1], [0])


def test_groups_of_voices() -> None:
    rng = np.random.default_rng(0)
    voice = np.stack([B, A, B, NOTHING, A]) + 0.02 * rng.standard_normal((5, 3))
    voice[3] = 0
    voice = (voice / np.maximum(np.linalg.norm(voice, axis=1, keepdims=True), 1e-9)).astype("f")
    assert voice_groups(voice, 0.3).tolist() == [0, 1, 0, -1, 1]
    assert voice_groups(voice[:1], 0.3).tolist() == [0]
    assert voice_groups(voice[:0], 0.3).tolist() == []
