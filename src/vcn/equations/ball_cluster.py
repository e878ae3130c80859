"""Ball Cluster Learning (Tapaswi, Law and Fidler, ICCV 2019): balls of one learned radius.

Every cluster is to lie in a ball of squared radius b around its centroid, and every
sample farther than three radii from all other centroids. Two samples of one ball are
then at most 2 sqrt(b) apart, which is where agglomerative clustering stops.
"""

from __future__ import annotations

import torch
from torch import Tensor


def squared_radius(h: Tensor) -> Tensor:
    """Ball Cluster Learning 4: b = log(1 + exp(h)), positive for every h."""
    return torch.nn.functional.softplus(h)


def cut(b: float) -> float:
    """Ball Cluster Learning 3.3: tau = 4b, on squared distances under complete linkage."""
    return 4 * b


def centroids(f: Tensor, y: Tensor, *, unit: bool) -> tuple[Tensor, Tensor]:
    """Ball Cluster Learning Eq. 1: the centroid of each class of a batch.

    The paper divides by N for the plain mean; the size of the class is meant.

    Args:
        f: (N, D) embeddings.
        y: (N,) classes, any integers.
        unit: Centroids on the unit sphere, as the embeddings are.

    Returns:
        (K, D) centroids, through which gradients flow, and (N,) the row of each sample's.
    """
    names, row = torch.unique(y, return_inverse=True)
    sums = torch.zeros(len(names), f.shape[1], dtype=f.dtype).index_add(0, row, f)
    if unit:
        return torch.nn.functional.normalize(sums, dim=1), row
    return sums / torch.bincount(row)[:, None], row


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """(N, K) squared Euclidean distances of the rows of `a` and `b`, never negative."""
    product = a @ b.T
    return ((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * product).clamp_min(0)


def ball_losses(f: Tensor, y: Tensor, b: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Ball Cluster Learning Eq. 6 and Eq. 7.

    Args:
        f: (N, D) embeddings of length 1.
        y: (N,) classes, at least two.
        b: () squared radius.
        epsilon: Margin of gamma = 9b + epsilon.

    Returns:
        L_sim, what samples stick out of their own ball, and L_dis, what they lack in
        distance from the nearest other centroid; each a mean over the samples.
    """
    centre, row = centroids(f, y, unit=True)
    distance = squared_distances(f, centre)
    own = distance.gather(1, row[:, None])[:, 0]
    others = distance.scatter(1, row[:, None], torch.inf).min(dim=1).values
    similar = (own - b).clamp_min(0).mean()
    dissimilar = (9 * b + epsilon - others).clamp_min(0).mean()
    return similar, dissimilar


def ball_loss(f: Tensor, y: Tensor, h: Tensor, alpha: float, epsilon: float) -> Tensor:
    """Ball Cluster Learning Eq. 5: alpha L_sim + L_dis, with b = softplus(h)."""
    similar, dissimilar = ball_losses(f, y, squared_radius(h), epsilon)
    return alpha * similar + dissimilar


def pair_loss(same: Tensor, different: Tensor, b: Tensor, epsilon: float) -> Tensor:
    """Ball Cluster Learning 5.3, fine-tuning on a film's own pairs; the form is our choice.

    The paper leaves it to a supplement. Pairs of a ball are at most 2 sqrt(b) apart; the
    positives, crops of one track, are asked to be within one radius.

    Args:
        same: (P,) squared distances of two crops of one track.
        different: (Q,) squared distances of crops of two tracks that share a frame.
        b: () squared radius, which is not trained here.
        epsilon: Margin beyond 4b.
    """
    return _mean((same - b).clamp_min(0)) + _mean((4 * b + epsilon - different).clamp_min(0))


def _mean(values: Tensor) -> Tensor:
    return values.mean() if len(values) else values.sum()
