"""Multi-Face, MvCorr: the check values, NumPy, invariances."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vcn.equations.mvcorr import covariances, mvcorr_loss

VIEWS = np.array(
    [
        [(0, 0), (1, 2), (2, 1), (3, 5)],
        [(0, 1), (1, 1), (2, 3), (4, 4)],
        [(1, 0), (1, 3), (2, 2), (3, 4)],
    ],
    np.float64,
)


def by_numpy(views: np.ndarray, shrinkage: float) -> float:
    """Eq. 2 and 3 from np.cov of all views side by side."""
    n_views, _, width = views.shape
    whole = np.cov(np.hstack(list(views)).T)
    block = whole.reshape(n_views, width, n_views, width)
    within = sum(block[i, :, i] for i in range(n_views))
    between = sum(block[i, :, j] for i in range(n_views) for j in range(n_views) if i != j)
    shrunk = (1 - shrinkage) * within + shrinkage * np.trace(within) / width * np.eye(width)
    return -float(np.trace(np.linalg.inv(shrunk) @ between)) / (n_views - 1) / width


def test_check_values() -> None:
    within, between = covariances(torch.tensor(VIEWS))
    np.testing.assert_allclose(within, [[5.5, 5.8333], [5.8333, 9.8333]], atol=5e-5)
    np.testing.assert_allclose(between, [[4.91667, 6.25], [6.25, 7.25]], atol=5e-6)
    assert mvcorr_loss(torch.tensor(VIEWS), 0.2).item() == pytest.approx(-0.454471, abs=5e-7)
    assert mvcorr_loss(torch.tensor(VIEWS), 0.0).item() == pytest.approx(-0.381579, abs=5e-7)


def test_the_authors_form_agrees_without_shrinkage_and_differs_with_it() -> None:
    """Their code averages w' R_B w / w' R_W w over the generalised eigenvectors w."""
    from scipy.linalg import eigh

    within, between = (matrix.numpy() for matrix in covariances(torch.tensor(VIEWS)))

    def theirs(shrinkage: float) -> float:
        shrunk = (1 - shrinkage) * within + shrinkage * np.diag(within).mean() * np.eye(2)
        _, w = eigh(between, shrunk)
        ratio = np.diag(w.T @ between @ w) / np.diag(w.T @ within @ w)
        return -float(ratio.mean())

    assert theirs(0.0) == pytest.approx(mvcorr_loss(torch.tensor(VIEWS), 0.0).item(), abs=1e-12)
    assert theirs(0.2) == pytest.approx(-0.375943, abs=5e-7)


@pytest.mark.parametrize("shrinkage", [0.0, 0.2, 0.7])
def test_equals_numpy(shrinkage: float) -> None:
    views = np.random.default_rng(0).normal(size=(3, 50, 6))
    got = mvcorr_loss(torch.tensor(views), shrinkage).item()
    assert got == pytest.approx(by_numpy(views, shrinkage), abs=1e-12)


def test_alike_and_independent_views() -> None:
    rng = np.random.default_rng(1)
    view = rng.normal(size=(100, 5))
    assert mvcorr_loss(torch.tensor(np.stack([view] * 3)), 0.0).item() == pytest.approx(-1)
    apart = torch.tensor(rng.normal(size=(3, 20000, 5)))
    assert abs(mvcorr_loss(apart, 0.0).item()) < 0.02


def test_gradient_and_shift() -> None:
    views = torch.tensor(np.random.default_rng(2).normal(size=(3, 8, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: mvcorr_loss(v, 0.2), (views,))
    shifted = views + torch.arange(9.0, dtype=torch.float64).reshape(3, 1, 3)
    torch.testing.assert_close(mvcorr_loss(views, 0.2), mvcorr_loss(shifted, 0.2))
