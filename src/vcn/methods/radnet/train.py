"""Training RAD-Net on films whose people are known; never on the film to be clustered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vcn.config import RadNetConfig
from vcn.equations.distribution import bce
from vcn.errors import DataError
from vcn.methods.persons import PersonFilm
from vcn.methods.radnet.cluster import RadNet, links, united
from vcn.methods.radnet.graph import Graphs, graphs_of
from vcn.methods.radnet.net import RadNetModule
from vcn.scores import nmi
from vcn.types import IntArray


@dataclass(frozen=True, slots=True)
class Labelled:
    """A film for training, with its truth."""

    film: PersonFilm
    person: IntArray
    """(T,) who each track is."""


def train(
    films: Sequence[Labelled],
    config: RadNetConfig,
    seed: int,
    on_epoch: Callable[[int, float], None] | None = None,
) -> RadNet:
    """Train on labelled films; the threshold is the best on them.

    Args:
        films: With equal widths of features.
        config: The paper's constants.
        seed: Of weights and order; equal seeds give equal networks on one machine.
        on_epoch: Told the number of epochs done and the mean loss of the last.

    Raises:
        DataError: There is nothing to train on, or widths differ.
    """
    widths = {m: {one.film.of(m).values.shape[1] for one in films} for m in config.modalities}
    if not sum(one.film.n_tracks for one in films):
        raise DataError("there is no labelled track to train on")
    if any(len(found) > 1 for found in widths.values()):
        raise DataError("the films to train on have features of different widths")
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = RadNetModule({m: found.pop() for m, found in widths.items()}, config)
    graphs = [graphs_of(one.film, config) for one in films]
    where = np.array(
        [(f, t) for f, one in enumerate(films) for t in range(one.film.n_tracks)], np.int64
    )
    optimiser = torch.optim.Adam(net.parameters(), config.learning_rate)
    turns = [max(1, round(config.epochs * config.decay_at))]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, turns, config.decay)
    for epoch in range(config.epochs):
        net.train()
        order = torch.randperm(len(where), generator=generator).numpy()
        losses = []
        for start in range(0, len(order), config.batch):
            batch = where[order[start : start + config.batch]]
            loss = _loss(net, films, graphs, batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
        schedule.step()
        if on_epoch is not None:
            on_epoch(epoch + 1, float(np.mean(losses)))
    return RadNet(net, _best_threshold(net, films, graphs))


def _loss(
    net: RadNetModule, films: Sequence[Labelled], graphs: Sequence[Graphs], batch: IntArray
) -> torch.Tensor:
    """Eq. 8 to 10 over graphs of one or more films."""
    config, total = net.config, torch.zeros(())
    parts = [(f, batch[batch[:, 0] == f, 1]) for f in np.unique(batch[:, 0]).tolist()]
    found = [graphs[f].batch(pivots) for f, pivots in parts]
    track = np.concatenate([graphs[f].track[pivots] for f, pivots in parts])
    who = [films[f].person[np.maximum(graphs[f].track[pivots], 0)] for f, pivots in parts]
    person, there = torch.from_numpy(np.concatenate(who)), torch.from_numpy(track >= 0)  # (B, N)
    features = {m: torch.cat([part[m] for part in found]) for m in config.modalities}
    same, alike = net(features, torch.from_numpy(track))
    truth = person[:, :, None] == person[:, None, :]
    pair = there[:, :, None] & there[:, None, :]
    within = pair & (net.modality[:, None] == net.modality[None, :])
    for cycle in range(config.cycles):
        mu = 1.0 if cycle == config.cycles - 1 else config.early_weight
        of_features = bce(alike[cycle], truth, within)
        of_distributions = bce(same[cycle], truth, pair)
        total = total + mu * (config.feature_weight * of_features + of_distributions)
    return total


def _best_threshold(
    net: RadNetModule, films: Sequence[Labelled], graphs: Sequence[Graphs]
) -> float:
    """The threshold with the best mean NMI on the films of training; the middle of equals."""
    found = [links(net, of_film) for of_film in graphs]
    grid = np.linspace(0, 1, net.config.thresholds + 2)[1:-1]
    scores = [
        np.mean(
            [
                nmi(one.person, united(link, threshold, one.film.n_tracks).labels)
                for one, link in zip(films, found, strict=True)
            ]
        )
        for threshold in grid.tolist()
    ]
    best = np.flatnonzero(np.isclose(scores, np.max(scores), atol=1e-12))
    return float(grid[best[len(best) // 2]])
