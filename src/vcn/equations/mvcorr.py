"""Multi-Face: multiview correlation (Somandepalli et al. 2020, Eq. 2 and 3).

The views of a track are what three networks make of three of its tracklets. What they
share has a large covariance between views beside that within views.
"""

from __future__ import annotations

import torch
from torch import Tensor


def covariances(views: Tensor) -> tuple[Tensor, Tensor]:
    """Multi-Face Eq. 2: within-view and between-view covariance.

    Args:
        views: (M, n, D): M views of n tracks.

    Returns:
        R_W, the sum of the covariances of the views, and R_B, that of the covariances of
        all pairs of two views over M - 1; both (D, D), with n - 1 in the denominator.
    """
    n_views, n, _ = views.shape
    centred = views - views.mean(dim=1, keepdim=True)
    within = torch.einsum("lnd,lne->de", centred, centred) / (n - 1)
    total = centred.sum(dim=0)
    everything = total.T @ total / (n - 1)
    return within, (everything - within) / (n_views - 1)


def mvcorr_loss(views: Tensor, shrinkage: float) -> Tensor:
    """Minus the multiview correlation of Multi-Face Eq. 3: -tr(R_W'^-1 R_B) / D.

    R_W' = (1 - g) R_W + g mean(diag R_W) I. The paper writes a ratio of traces and speaks
    of the average ratio of eigenvalues; this is the latter, at g = 0 exactly that of the
    authors' code.

    Args:
        views: (M, n, D).
        shrinkage: g; .2 in the authors' code.

    Returns:
        -1 where the views agree, about 0 where they share nothing.
    """
    within, between = covariances(views)
    size = len(within)
    identity = torch.eye(size, dtype=views.dtype)
    shrunk = (1 - shrinkage) * within + shrinkage * within.diagonal().mean() * identity
    return -torch.cholesky_solve(between, torch.linalg.cholesky(shrunk)).trace() / size
