"""The losses that Ball Cluster Learning (3.4) is compared with.

Each is a function of squared Euclidean distances; which pairs and triplets of a batch
are taken is the trainer's affair. Sums of the paper are means here, as in its code.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vcn.equations.ball_cluster import centroids, squared_distances

_GUARD = 1e-12
"""Added under the root: its derivative at 0 is infinite."""


def triplet_loss(positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Triplet loss (Schroff et al. 2015; Ball Cluster Learning 3.4): squared distances.

    Args:
        positive: (M,) d^2 of anchor and positive.
        negative: (M,) d^2 of anchor and negative.
        margin: m.
    """
    return (positive - negative + margin).clamp_min(0).mean()


def contrastive_loss(positive: Tensor, negative: Tensor, margin: Tensor) -> Tensor:
    """Contrastive loss (Chopra et al. 2005; Ball Cluster Learning 3.4).

    d^2 / 2 of a positive pair, max(0, m - d)^2 / 2 of a negative one; the mean over each
    kind, so that both weigh the same.

    Args:
        positive: (P,) squared distances.
        negative: (Q,) squared distances; d is their root.
        margin: () m.
    """
    apart = (margin - (negative + _GUARD).sqrt()).clamp_min(0)
    return positive.mean() / 2 + (apart**2).mean() / 2


def ldml_loss(positive: Tensor, negative: Tensor, beta: Tensor) -> Tensor:
    """LDML (Guillaumin et al. 2009; Ball Cluster Learning 3.4): p = sigmoid(beta - d^2).

    The binary cross-entropy, its mean over each kind of pair.

    Args:
        positive: (P,) squared distances.
        negative: (Q,) squared distances.
        beta: () the threshold, trained.
    """
    softplus = torch.nn.functional.softplus
    # -log sigmoid(x) = softplus(-x), -log(1 - sigmoid(x)) = softplus(x)
    return softplus(positive - beta).mean() + softplus(beta - negative).mean()


def prototypical_loss(
    f: Tensor, y: Tensor, scale: float = 1.0, b: float = 0.0, gamma: float = 0.0
) -> Tensor:
    """Prototypical loss (Snell et al. 2017; Ball Cluster Learning Eq. 9 and 10).

    Args:
        f: (N, D) embeddings, not normalised.
        y: (N,) classes.
        scale: Factor of the distances; 1 in the paper.
        b: Added to the exponent of a sample's own centroid.
        gamma: Added to those of the others.

    Returns:
        The mean over classes of the mean over their samples.
    """
    centre, row = centroids(f, y, unit=False)
    logits = gamma - scale * squared_distances(f, centre)  # (N, K)
    logits = logits + (b - gamma) * torch.nn.functional.one_hot(row, len(centre)).to(f.dtype)
    loss = torch.nn.functional.cross_entropy(logits, row, reduction="none")
    share = 1 / torch.bincount(row)[row].to(f.dtype)
    return (loss * share).sum() / len(centre)
