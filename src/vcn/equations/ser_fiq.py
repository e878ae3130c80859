"""SER-FIQ (Terhorst et al., CVPR 2020, Eq. 2), used by VideoClusterNet 3.6.

The score of a crop is 2 * sigmoid(-mean distance) over the pairs of its stochastic
embeddings. The stochastic passes differ only in the dropout before the last layer,
so they are one masked matrix product and not 100 passes through the network.
"""

from __future__ import annotations

import torch
from torch import Tensor


def stochastic_embeddings(
    features: Tensor, weight: Tensor, bias: Tensor | None, masks: Tensor
) -> Tensor:
    """Embeddings of each crop under each dropout mask, of unit length.

    Args:
        features: (N, P) inputs of the last layer.
        weight: (D, P) of the last layer.
        bias: (D,) or None.
        masks: (M, P) dropout masks, 0 where dropped and 1 / (1 - rate) elsewhere.

    Returns:
        (N, M, D) rows of length 1 (a zero row stays zero).
    """
    out = torch.einsum("np,mp,dp->nmd", features, masks, weight)
    if bias is not None:
        out = out + bias
    return torch.nn.functional.normalize(out, dim=-1)


def ser_fiq_score(embeddings: Tensor) -> Tensor:
    """SER-FIQ Eq. 2: 2 * sigmoid(-(mean Euclidean distance of the pairs)).

    Args:
        embeddings: (N, M, D) stochastic embeddings, M >= 2.

    Returns:
        (N,) scores in (0, 1]; 1 = every pass agrees.
    """
    m = embeddings.shape[1]
    # |a-b|^2 = |a|^2 + |b|^2 - 2ab, by one product; the diagonal is exactly 0.
    square = (embeddings**2).sum(-1)
    gram = embeddings @ embeddings.transpose(1, 2)
    distance = (square[:, :, None] + square[:, None, :] - 2 * gram).clamp_min(0)
    distance.diagonal(dim1=1, dim2=2).zero_()
    # (2 / m^2) * sum over i < j of the distance, as in the paper.
    mean = distance.sqrt().sum(dim=(1, 2)) / m**2
    return 2 * torch.sigmoid(-mean)
