"""RAD-Net, Eq. 1 to 9: what a clue says of all other clues, whatever its modality.

Source: Liu et al. 2023, IV. B = graphs, N = clues of a graph. Clues that are not there
(`there` is False) take no part: nothing is known of them, and they count in no loss.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

_EDGE = 1e-4
"""Similarities in a logarithm stay so far from 0 and 1. Our choice."""


def initial_distribution(track: Tensor, there: Tensor, eta: float) -> Tensor:
    """Eq. 1: eta for clues of the same track, 1 - eta for others.

    Args:
        track: (B, N) number of the track of each clue.
        there: (B, N) bool.
        eta: Hyperparameter of the paper.

    Returns:
        (B, N, N).
    """
    same = (track[:, :, None] == track[:, None, :]).float()
    return _present(eta * same + (1 - eta) * (1 - same), there)


def similarity(features: Tensor) -> Tensor:
    """(B, N, D) features to (B, N, N) similarities from 0 to 1: (1 + cosine) / 2."""
    rows = normalize(features, dim=-1)
    return (1 + rows @ rows.transpose(-1, -2)) / 2


def relations(
    similar: Tensor, track: Tensor, modality: Tensor, there: Tensor, unknown: float
) -> Tensor:
    """Eq. 2 to 5: the probability that two clues are of one person.

    Of one modality: their similarity. Of one track: 1. Else the mean over the bridges: clues
    of the modality of i in the track of j. (The paper sums and normalises to [0, 1], and
    does not say how.) Where the track of j has none, the bridges are those of the modality of
    j in the track of i: the paper does not say, and most tracks have no voice.

    Args:
        similar: (B, N, N) of `similarity`; what it says across modalities is not looked at.
        track: (B, N).
        modality: (B, N).
        there: (B, N) bool.
        unknown: What stands where there is no bridge.

    Returns:
        (B, N, N) in [0, 1]; row i is d(v_i) of the paper.
    """
    pair = there[:, :, None] & there[:, None, :]
    same_track = (track[:, :, None] == track[:, None, :]) & pair
    same_modality = (modality[:, :, None] == modality[:, None, :]) & pair
    # Bridges from i to j: k of the modality of i and the track of j.
    weight = same_track.to(similar.dtype)  # (B, k, j)
    total = (similar * same_modality) @ weight
    count = same_modality.to(similar.dtype) @ weight
    mean = total / count.clamp_min(1)
    back, n_back = mean.transpose(-1, -2), count.transpose(-1, -2)
    bridged = torch.where(count > 0, mean, torch.where(n_back > 0, back, unknown))
    across = torch.where(same_track, torch.ones_like(bridged), bridged)
    return _present(torch.where(same_modality, similar, across), there)


def blended(before: Tensor, now: Tensor, momentum: float) -> Tensor:
    """Momentum: d <- alpha d_before + (1 - alpha) d_now."""
    return momentum * before + (1 - momentum) * now


def bce(probability: Tensor, same: Tensor, counted: Tensor) -> Tensor:
    """Eq. 8 and 9: mean binary cross-entropy over the pairs that count, i < j.

    (The paper sums; a mean does not depend on the size of the graph.)

    Args:
        probability: (B, N, N).
        same: (B, N, N) bool: one person.
        counted: (B, N, N) bool.
    """
    upper = torch.triu(counted, diagonal=1)
    p = probability.clamp(_EDGE, 1 - _EDGE)
    loss = -torch.where(same, p.log(), (1 - p).log())
    return (loss * upper).sum() / upper.sum().clamp_min(1)


def _present(values: Tensor, there: Tensor) -> Tensor:
    return values * (there[:, :, None] & there[:, None, :])
