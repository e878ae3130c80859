"""Who speaks, by mouths."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.speaking import mouth_evidence, speaker_probability


def test_evidence_by_hand() -> None:
    mouth, eyes = np.array([0.18, 0.38]), np.array([0.08, 0.08])
    want = 6 * (np.log(0.30 / 0.10) - 0.25)
    assert mouth_evidence(mouth, eyes, 0.25, 6.0) == pytest.approx(want)
    assert mouth_evidence(mouth[:0], eyes[:0], 0.25, 6.0) == 0
    # The whole face moves: nothing is said.
    assert mouth_evidence(eyes, eyes, 0.0, 6.0) == 0


def test_one_speaks_at_a_time() -> None:
    share = speaker_probability(np.array([2.0, 2.0]), np.ones(2), 0.3)
    want = np.exp(2) / (2 * np.exp(2) + 0.3)
    np.testing.assert_allclose(share, want)
    assert share.sum() < 1


def test_a_face_that_says_nothing_against_nobody() -> None:
    assert speaker_probability(np.zeros(1), np.ones(1), 0.3)[0] == pytest.approx(1 / 1.3)
    assert speaker_probability(np.zeros(1), np.full(1, 0.5), 0.3)[0] == pytest.approx(0.5 / 0.8)
    assert speaker_probability(np.zeros(0), np.ones(0), 0.3).shape == (0,)


def test_extreme_evidence_stays_finite() -> None:
    share = speaker_probability(np.array([-900.0, 900.0, 0.0]), np.ones(3), 0.3)
    np.testing.assert_allclose(share, [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(speaker_probability(np.full(2, -900.0), np.ones(2), 0.3), 0)
