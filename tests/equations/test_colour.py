"""Colours of patches."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.colour import hellinger, lab_histogram, mean_histograms


def patch(r: int, g: int, b: int) -> np.ndarray:
    return np.full((10, 8, 3), (r, g, b), np.uint8)


def test_a_histogram_sums_to_one_and_shape_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (12, 6, 3)).astype(np.uint8)
    one, turned = lab_histogram(picture), lab_histogram(picture[::-1, ::-1])
    assert one.sum() == pytest.approx(1)
    assert one == pytest.approx(turned)
    assert lab_histogram(picture[:0]).sum() == 0


def test_distance_by_hand() -> None:
    """0 for equal colours, 1 for colours without a bin in common, NaN where nothing is said."""
    red, blue = patch(200, 20, 20), patch(20, 20, 200)
    patches = [red, red, blue, red[:0]]
    histograms, said = mean_histograms(patches, np.array([0, 1, 2, 3]), 4)
    assert said.tolist() == [1, 1, 1, 0]
    distance = hellinger(histograms, said)
    assert distance[0, 1] == pytest.approx(0, abs=1e-3)
    assert distance[0, 2] == pytest.approx(1)
    assert np.isnan(distance[3]).all()
    p, q = np.array([[0.5, 0.5], [0.9, 0.1]], np.float32)
    expected = np.sqrt(1 - np.sqrt(p * q).sum())
    assert hellinger(np.stack([p, q]), np.ones(2, np.int64))[0, 1] == pytest.approx(expected)
