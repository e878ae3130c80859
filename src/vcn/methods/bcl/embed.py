"""From base embeddings to learned ones."""

from __future__ import annotations

import numpy as np
import torch

from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.methods.bcl.objectives import NOT_UNIT
from vcn.methods.hac import track_means
from vcn.nets.track_mlp import Mlp, mlp_of
from vcn.types import Float64Array, IntArray
from vcn.weights.learned import Learned


def embed(net: Mlp, values: Float64Array, scale: float, *, unit: bool) -> Float64Array:
    """(K, W) learned embeddings of (K, D) base embeddings."""
    with torch.inference_mode():
        out = net(torch.from_numpy((values * scale).astype(np.float32))).double()
        if unit:
            out = torch.nn.functional.normalize(out, dim=1)
    return np.asarray(out.numpy(), np.float64)


def embed_film(
    film: TrackFilm, learned: Learned, net: Mlp | None = None
) -> tuple[Float64Array, IntArray]:
    """Learned embeddings of the mean raw embedding of each track (BCL 4).

    Args:
        film: The tracks.
        learned: What was learned.
        net: In place of its network: the same, fine-tuned.

    Returns:
        (K, W) embeddings and (K,) their tracks.

    Raises:
        DataError: The film's features have another width, or are not finite.
    """
    means, tracks = track_means(film, normalise=False)
    if len(means):
        learned.check_width(means.shape[1])
    if not np.isfinite(means).all():
        raise DataError(f"the features of {film.name or 'the film'} are not finite")
    net = mlp_of(learned.weights) if net is None else net
    unit = learned.system not in NOT_UNIT
    return embed(net, means, learned.scale, unit=unit), tracks
