"""Multi-Face 3.2: mining by hand, and by a literal loop."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.tracklets import hard_negative, mine_views, tracklet_means


def at(*degrees: float) -> np.ndarray:
    """Points on the unit circle."""
    angle = np.radians(degrees)
    return np.column_stack((np.cos(angle), np.sin(angle)))


def test_mining_by_hand() -> None:
    # k = 2. The farthest pair is 0 and 90 degrees: crops 1 and 4.
    crops = at(40, 0, 50, 5, 90, 80, 45)
    anchor, first, second = mine_views(crops)
    assert anchor.tolist() == [1, 3]
    assert first.tolist() == [4, 5]
    # Left: 40, 50, 45 degrees; farthest from the anchor is 50, its nearest 45; 40 unused.
    assert second.tolist() == [2, 6]
    means = tracklet_means(crops, (anchor, first, second))
    np.testing.assert_allclose(means, at(2.5, 85, 47.5), atol=1e-12)


def literal(crops: np.ndarray) -> list[set[int]]:
    unit = crops / np.linalg.norm(crops, axis=1, keepdims=True)
    n, k = len(unit), len(unit) // 3

    def d(i: int, j: int) -> float:
        return float(np.sqrt(((unit[i] - unit[j]) ** 2).sum()))

    _, i, j = max((d(i, j), -i, -j) for i in range(n) for j in range(i + 1, n))
    anchor, first = -i, -j
    left, out = set(range(n)), []
    for centre in (anchor, first, None):
        if centre is None:
            centre = max(left, key=lambda c: d(anchor, c))
        near = set(sorted(left, key=lambda c: d(centre, c))[:k])
        out.append(near)
        left -= near
    return out


@pytest.mark.parametrize("n", [3, 6, 7, 8, 30])
def test_equals_the_literal_loop(n: int) -> None:
    crops = np.random.default_rng(n).normal(size=(n, 5)) * 3
    assert [set(view.tolist()) for view in mine_views(crops)] == literal(crops)


def test_crops_that_are_all_alike_are_shared_out() -> None:
    views = mine_views(np.ones((8, 4)))
    assert [len(view) for view in views] == [2, 2, 2]
    assert len(set(np.concatenate(views).tolist())) == 6


def test_hard_negative() -> None:
    # Nearest at length 1, although another mean is nearer as it stands.
    assert hard_negative(at(0)[0], np.vstack((at(30), 50 * at(10), at(-20)))) == 1
