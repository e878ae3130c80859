"""Fine-tuning on the film itself (BCL 5.3): its own tracks are the only labels.

Positive pairs are two crops of a track, negative ones crops of two tracks that share a
frame. The squared radius b stays. The procedure is our choice: the paper's is in a
supplement that was not at hand.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from vcn.config.learned import BallConfig
from vcn.equations.ball_cluster import pair_loss
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.methods.trackset import of_film
from vcn.nets.descent import Descent
from vcn.nets.track_mlp import Mlp, mlp_of
from vcn.types import IntArray
from vcn.weights.learned import Learned


def finetuned(film: TrackFilm, learned: Learned, config: BallConfig, seed: int) -> Mlp:
    """The network of `learned`, adapted to the people of `film`.

    Args:
        film: The tracks, with what is known of co-occurrence.
        learned: Of BCL.
        config: Epochs, rate, batch.
        seed: Of crops and batches.

    Raises:
        DataError: The film's features have another width.
    """
    net = copy.deepcopy(mlp_of(learned.weights))
    if not len(film.embeddings):
        return net
    tracks, _ = of_film(film)
    learned.check_width(tracks.width)
    if learned.threshold is None:
        raise DataError(f"{learned.system} has no radius to fine-tune with")
    b = torch.tensor(learned.threshold / 4)
    generator = torch.Generator().manual_seed(seed)
    features = torch.from_numpy(tracks.features * np.float32(learned.scale))
    begin, size = torch.from_numpy(tracks.start[:-1]), torch.from_numpy(np.diff(tracks.start))
    partners = _partners(tracks.cannot_link, len(tracks))
    course = Descent(net, [(list(net.parameters()), 1.0)], config.momentum, generator)

    def crop(chosen: Tensor) -> Tensor:
        drawn = torch.rand(len(chosen), generator=generator, dtype=torch.float64)
        place = (drawn * size[chosen]).long()
        return torch.nn.functional.normalize(net(features[begin[chosen] + place]), dim=1)

    def loss(chosen: Tensor) -> Tensor:
        anchor = crop(chosen)
        same = ((anchor - crop(chosen)) ** 2).sum(dim=1)[size[chosen] > 1]
        pairs = [
            (row, _any(partners[track], generator))
            for row, track in enumerate(chosen.tolist())
            if len(partners[track])
        ]
        rows, others = (torch.tensor([p[i] for p in pairs], dtype=torch.int64) for i in (0, 1))
        apart = ((anchor[rows] - crop(others)) ** 2).sum(dim=1)
        return pair_loss(same, apart, b, config.epsilon)

    net.train()
    for _ in range(config.finetune_epochs):
        order = torch.randperm(len(tracks), generator=generator)
        for chosen in torch.split(order, config.finetune_batch):
            course.step(lambda: loss(chosen), config.finetune_rate)  # noqa: B023
    return net.eval()


def _partners(cannot_link: IntArray, n_tracks: int) -> list[list[int]]:
    """Of each track the tracks that it shares a frame with."""
    found: list[list[int]] = [[] for _ in range(n_tracks)]
    for a, b in cannot_link.tolist():
        found[a].append(b)
        found[b].append(a)
    return found


def _any(choices: list[int], generator: torch.Generator) -> int:
    return choices[int(torch.randint(len(choices), (1,), generator=generator))]
