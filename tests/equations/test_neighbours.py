from __future__ import annotations

import numpy as np

from vcn.equations.neighbours import graph_of, nearest_in


def test_nearly_all_are_the_nearest() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((2000, 32), np.float32)
    queries = rng.standard_normal((200, 32), np.float32)
    found = nearest_in(graph_of(points), queries, 5)
    distance = ((queries[:, None] - points[None]) ** 2).sum(axis=2)
    true = np.argsort(distance, axis=1)[:, :5]
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found, true, strict=True)]) > 4.5
    assert np.array_equal(found, nearest_in(graph_of(points), queries, 5))


def test_where_there_are_too_few() -> None:
    points = np.eye(3, dtype=np.float32)
    found = nearest_in(graph_of(points), points, 5)
    assert found[:, 0].tolist() == [0, 1, 2]
    assert (np.sort(found[:, :3], axis=1) == np.arange(3)).all()
    assert (found[:, 3:] > 2).all()
    assert np.array_equal(nearest_in(graph_of(points), points[:1], 5), found[:1])
