"""The loss of VCTRSF: a clip and the centre of its video (after Wang et al., TPAMI 2023).

The paper's own formula was not at hand; this is its idea with a margin, our choice.
"""

from __future__ import annotations

import torch
from torch import Tensor


def video_centre_loss(
    clips: Tensor, centres: Tensor, own: Tensor, others: Tensor, margin: float
) -> Tensor:
    """After VCTRSF: |z_v - c_v|^2 + mean over u of max(0, m - |z_v - c_u|)^2, the mean over v.

    Args:
        clips: (B, W) embeddings z, of length 1.
        centres: (R, W) centres c; compared at length 1.
        own: (B,) row of each clip's own centre.
        others: (B, U) rows of the centres of somebody else; -1: none.
        margin: m.
    """
    unit = torch.nn.functional.normalize(centres, dim=1)
    pull = ((clips - unit[own]) ** 2).sum(dim=1)
    valid = others >= 0
    squared = ((clips[:, None] - unit[others.clamp_min(0)]) ** 2).sum(dim=2)
    apart = (margin - (squared + 1e-12).sqrt()).clamp_min(0) ** 2
    push = (apart * valid).sum(dim=1) / valid.sum(dim=1).clamp_min(1)
    return (pull + push).mean()
