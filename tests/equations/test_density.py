"""RAD-Net's sampling of few features out of many."""

from __future__ import annotations

import numpy as np
import pytest

from vcn.equations.density import density_sample


def by_the_letter(values: np.ndarray, n: int, near: float) -> list[int]:
    """Algorithm 1, line by line."""
    m = len(values)
    s = values @ values.T
    rho = [sum(s[i, j] for j in range(m) if s[i, j] > near) for i in range(m)]
    r = []
    for i in range(m):
        denser = [s[i, j] for j in range(m) if (rho[j], -j) > (rho[i], -i)]
        r.append(1 - max(denser) if denser else 1.0)
    scaled = [(np.array(x) - min(x)) / (max(x) - min(x)) for x in (rho, r)]
    score = scaled[0] * scaled[1]
    return sorted(sorted(range(m), key=lambda i: (-score[i], i))[:n])


@pytest.mark.parametrize("seed", range(6))
def test_it_is_algorithm_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((20, 5)) + 1
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    chosen = density_sample(values, 6, 0.5)
    assert chosen.tolist() == by_the_letter(values, 6, 0.5)


def test_two_looks_are_both_kept() -> None:
    """Nine pictures from the front and three from the side: one of each, not two of one."""
    front = np.tile([1.0, 0.02, 0], (9, 1)) + np.linspace(0, 0.02, 9)[:, None] * [0, 1, 0]
    side = np.tile([0.1, 0, 1.0], (3, 1)) + np.linspace(0, 0.02, 3)[:, None] * [0, 1, 0]
    values = np.concatenate([front, side])
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    chosen = density_sample(values, 2, 0.5)
    assert chosen[0] < 9 <= chosen[1]


def test_few_features_are_all_taken() -> None:
    assert density_sample(np.eye(3), 3, 0.5).tolist() == [0, 1, 2]
    assert density_sample(np.eye(3)[:0], 3, 0.5).tolist() == []
    assert len(density_sample(np.tile([1.0, 0], (5, 1)), 2, 0.5)) == 2
