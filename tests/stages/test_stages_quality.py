"""Gates and SER-FIQ on tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from vcn.config import QualityConfig
from vcn.stages.quality import assess, crop_weights, gate, ser_fiq
from vcn.types import Crops, Reason

CONFIG = QualityConfig(min_size=20, min_sharpness=0.1)


def crops(size: list[float], sharpness: list[float], index: list[int]) -> Crops:
    n = len(index)
    return Crops(
        np.zeros((n, 4, 4, 3), np.uint8),
        np.array(index),
        np.arange(n),
        np.array(size, np.float32),
        np.array(sharpness, np.float32),
        np.ones(n, np.float32),
    )


def test_each_gate_gives_its_reason() -> None:
    given = crops(
        [50, 10, 10, 50, 10, 50, 50],
        [1, 1, 1, 0, 1, 0, 1],
        [0, 0, 1, 2, 3, 3, 5],
    )
    finite = np.array([True] * 6 + [False])
    found = gate(given, given.track_index, 6, finite, CONFIG)
    assert found.crop_ok.tolist() == [True, False, False, False, False, False, False]
    assert found.reason == (
        None,
        Reason.too_small,
        Reason.blurred,
        Reason.too_small,  # of equal failures the first gate
        Reason.too_short,
        Reason.uncertain,
    )


def test_without_pictures_only_the_embeddings_count() -> None:
    index = np.array([0, 1, 1])
    found = gate(None, index, 2, np.array([False, True, False]), CONFIG)
    assert found.reason == (Reason.uncertain, None)


def test_a_crop_counts_by_the_odds_that_it_shows_the_face() -> None:
    given = crops([50] * 3, [1, 1, 0.25], [0, 0, 0])
    assert crop_weights(given) is None  # nothing is known of its turn
    frontal = np.array([[0, 0], [6, 0], [3, 3], [1, 5], [5, 5]], np.float32)
    given = replace(
        given, score=np.array([0.9, 0.5, 0.9], np.float32), landmarks=np.stack([frontal] * 3)
    )
    found = crop_weights(given)
    assert found is not None
    np.testing.assert_allclose(found, [1, 1 / 9, 0.25**0.6], rtol=1e-5)
    turned = np.stack([frontal] * 3)
    turned[2, :2, 0] = 1.5, 4.5  # the eyes half as far from each other
    halved = crop_weights(replace(given, landmarks=turned))
    assert halved is not None
    assert halved[2] == pytest.approx(found[2] / 2, rel=1e-5)


def test_features_that_cancel_out_score_lower() -> None:
    rng = np.random.default_rng(0)
    # Every activation says the same direction, so dropout changes the length alone ...
    weight = np.outer(rng.normal(size=16), np.ones(64)) + 0.05 * rng.normal(size=(16, 64))
    clear = rng.random((5, 64))
    vague = rng.normal(size=(5, 64))  # ... unless what it says cancels out.
    vague -= vague.mean(axis=1, keepdims=True)
    features = torch.from_numpy(np.concatenate([clear, vague]).astype(np.float32))
    weight = torch.from_numpy(weight.astype(np.float32))
    scores = ser_fiq(features, weight, None, CONFIG, 0)
    assert scores[:5].min() > scores[5:].max()
    assert (ser_fiq(features, weight, None, CONFIG, 0) == scores).all()
    assert ser_fiq(features[:0], weight, None, CONFIG, 0).shape == (0,)


def test_outliers_are_rejected_with_a_reason() -> None:
    index = np.arange(20)
    gated = gate(None, index, 20, np.ones(20, np.bool_), CONFIG)
    scores = np.linspace(0.70, 0.72, 20).astype(np.float32)
    scores[7] = 0.2
    found = assess(gated, scores, index, CONFIG)
    assert [t for t, why in enumerate(found.reason) if why] == [7]
    assert found.reason[7] == Reason.low_ser_fiq
    assert found.track_score[7] == np.float32(0.2)
