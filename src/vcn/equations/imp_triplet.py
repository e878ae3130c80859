"""Multi-Face: the improved triplet loss (ImpTriplet; Zhang, Gong and Wang 2016).

The negative is pushed away from both members of the positive pair, and the positive
distance is held below a margin of its own. The paper's formula was not at hand: this form
and its constants are our choice. The code that Multi-Face links to pulls the positive
towards the negative, and is not followed.
"""

from __future__ import annotations

from torch import Tensor

_GUARD = 1e-12


def imp_triplet_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float,
    most: float,
    weight: float,
) -> Tensor:
    """max(0, d_ap - (d_aq + d_pq) / 2 + margin) + weight max(0, d_ap - most), their mean.

    ImpTriplet of Multi-Face 4.3.

    Args:
        anchor: (n, D) embeddings of length 1; d is the Euclidean distance.
        positive: (n, D) of the same tracks.
        negative: (n, D) of tracks of other people.
        margin: By which the negative is to be farther.
        most: Distance that a positive pair may have.
        weight: Of the second term.
    """
    d_ap, d_aq, d_pq = (
        (((a - b) ** 2).sum(dim=1) + _GUARD).sqrt()
        for a, b in ((anchor, positive), (anchor, negative), (positive, negative))
    )
    pushed = (d_ap - (d_aq + d_pq) / 2 + margin).clamp_min(0)
    return (pushed + weight * (d_ap - most).clamp_min(0)).mean()
