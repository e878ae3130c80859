"""The closed form equals the literal double loop over crop pairs."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.algorithm1 import eq2
from vcn.equations.closed_form import (
    Profiles,
    cosine_profiles,
    cross_loss,
    root_excess,
    self_loss,
    squared_profiles,
    track_counts,
    track_means,
)
from vcn.types import Float64Array, IntArray

TEMPERATURE = 0.07


def softmax(x: Float64Array) -> Float64Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


@pytest.fixture
def film() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    index = np.repeat(np.arange(5), [3, 1, 6, 2, 4])
    teacher, student = rng.normal(size=(2, len(index), 7))
    centre = rng.normal(size=7)
    p = softmax((teacher - centre) / TEMPERATURE)
    q = np.log(softmax(student))
    return {"index": index, "t": teacher, "s": student, "c": centre, "p": p, "q": q}


def means(film: dict[str, np.ndarray]) -> tuple[Float64Array, Float64Array]:
    return track_means(film["p"], film["index"], 5), track_means(film["q"], film["index"], 5)


def pair(film: dict[str, np.ndarray], i: int, j: int) -> float:
    t, s = film["t"], film["s"]
    return eq2(t[i], s[i], t[j], s[j], film["c"], TEMPERATURE)


def test_cross_loss_is_the_double_loop(film: dict[str, np.ndarray]) -> None:
    p, q = means(film)
    fast = cross_loss(p, q, p, q)
    for a in range(5):
        for b in range(5):
            rows_a, rows_b = (np.flatnonzero(film["index"] == t) for t in (a, b))
            slow = np.mean([pair(film, i, j) for i in rows_a for j in rows_b])
            assert fast[a, b] == pytest.approx(slow, abs=1e-10)


def test_a_weighted_mean_is_the_weighted_double_loop(film: dict[str, np.ndarray]) -> None:
    index, weights = film["index"], np.random.default_rng(2).random(16) + 0.1
    p, q = (track_means(film[name], index, 5, weights) for name in "pq")
    fast = cross_loss(p, q, p, q)
    for a in range(5):
        for b in range(5):
            some = [(i, j) for i in np.flatnonzero(index == a) for j in np.flatnonzero(index == b)]
            each = [weights[i] * weights[j] for i, j in some]
            slow = np.average([pair(film, i, j) for i, j in some], weights=each)
            assert fast[a, b] == pytest.approx(slow, abs=1e-10)
    for profiles in (cosine_profiles, squared_profiles):
        same = profiles(film["s"].astype(np.float32), index, 5, np.full(16, 3.0))
        plain = profiles(film["s"].astype(np.float32), index, 5)
        np.testing.assert_allclose(same.loss(), plain.loss(), atol=1e-5)


def test_self_loss_is_the_double_loop(film: dict[str, np.ndarray]) -> None:
    p, q = means(film)
    counts = track_counts(film["index"], 5)
    diagonal = track_means(-(film["p"] * film["q"]).sum(1)[:, None], film["index"], 5)[:, 0]
    fast = self_loss(p, q, diagonal, counts)
    for track in range(5):
        rows = np.flatnonzero(film["index"] == track)
        pairs = [pair(film, i, j) for n, i in enumerate(rows) for j in rows[n + 1 :]]
        if pairs:
            assert fast[track] == pytest.approx(np.mean(pairs), abs=1e-10)
        else:
            assert np.isnan(fast[track])


def test_order_of_tracks_and_crops_does_not_matter(film: dict[str, np.ndarray]) -> None:
    p, q = means(film)
    order = np.array([3, 0, 4, 1, 2])
    np.testing.assert_allclose(
        cross_loss(p[order], q[order], p[order], q[order]),
        cross_loss(p, q, p, q)[np.ix_(order, order)],
        atol=1e-12,
    )


def test_heads_side_by_side_average() -> None:
    rng = np.random.default_rng(1)
    p, q = rng.random((2, 4, 3, 6))  # 4 tracks, 3 heads, width 6
    flat_p, flat_q = (x.reshape(4, -1) / np.sqrt(3) for x in (p, q))
    each = [cross_loss(p[:, h], q[:, h], p[:, h], q[:, h]) for h in range(3)]
    profiles = Profiles(flat_p, flat_q, np.zeros(4), np.ones(4, np.int64))
    np.testing.assert_allclose(profiles.loss(), np.mean(each, axis=0), atol=1e-12)
    np.testing.assert_allclose(profiles.take(np.array([2, 0])).loss()[0, 1], profiles.loss()[2, 0])


def test_track_without_a_crop_has_zero_mean() -> None:
    index: IntArray = np.array([0, 2, 2])
    out = track_means(np.array([[2.0], [4.0], [6.0]]), index, 4)
    assert out[:, 0].tolist() == [2, 0, 5, 0]
    assert track_means(np.zeros((0, 3)), np.zeros(0, np.int64), 2).tolist() == [[0] * 3] * 2


def test_squared_profiles() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(7, 5)).astype(np.float32)
    index = np.array([0, 0, 0, 1, 1, 2, 2])
    pairs = ((values[:, None] - values[None]) ** 2).sum(axis=2)
    expected = [[pairs[np.ix_(index == a, index == b)].mean() for b in range(3)] for a in range(3)]
    profiles = squared_profiles(values, index, 3)
    np.testing.assert_allclose(profiles.loss(), expected, atol=1e-5)
    means = np.stack([values[index == t].mean(axis=0) for t in range(3)])
    apart = np.linalg.norm(means[:, None] - means[None], axis=2)
    np.testing.assert_allclose(root_excess(profiles.loss()), apart, atol=1e-3)


def test_cosine_profiles() -> None:
    values = np.array([[3, 0], [0, 2], [1, 1], [0, 0]], np.float32)
    profiles = cosine_profiles(values, np.array([0, 1, 2, 3]), 4)
    expected = [[0, 1, 1 - 0.5**0.5], [1, 0, 1 - 0.5**0.5], [1 - 0.5**0.5, 1 - 0.5**0.5, 0]]
    np.testing.assert_allclose(profiles.loss()[:3, :3], expected, atol=1e-6)
    assert profiles.counts.tolist() == [1, 1, 1, 0]
