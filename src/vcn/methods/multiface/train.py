"""Training of MvCorr and ImpTriplet (Multi-Face 4.3), on one film or on many.

Nobody's name is looked at: tracks and their co-occurrence are all the labels there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from vcn import __version__
from vcn.config.learned import MultiFaceConfig
from vcn.equations.imp_triplet import imp_triplet_loss
from vcn.equations.mvcorr import covariances, mvcorr_loss
from vcn.equations.tracklets import N_VIEWS
from vcn.errors import DataError
from vcn.methods.multiface.mine import Mined, mine
from vcn.methods.trackset import TrackSet
from vcn.nets.descent import Descent
from vcn.nets.track_mlp import ViewNet, load_arrays, seeded
from vcn.weights.learned import Learned
from vcn.weights.sealed import digest

SYSTEMS = ("mvcorr", "imptriplet")
"""Names of the two systems."""

LEAST = 4
"""Examples without which nothing can be learned and held out."""


class _Model(NamedTuple):
    """Networks, loss of a batch of rows, and how it is trained."""

    nets: nn.ModuleList
    rate: float
    nesterov: bool
    loss: Callable[[Mined], Tensor]


def fit(
    data: TrackSet,
    system: str,
    config: MultiFaceConfig,
    seed: int,
    *,
    start: Learned | None = None,
    on_epoch: Callable[[Mapping[str, float]], None] | None = None,
    on_save: Callable[[Learned], None] | None = None,
) -> Learned:
    """Train one of `SYSTEMS`.

    A part of the films is held out, of a single film a part of its tracks; training stops
    when the loss there falls no more, and the best epoch is kept.

    Args:
        data: Tracks.
        system: `mvcorr` or `imptriplet`.
        config: Its constants.
        seed: Of initial weights, dropout, batches, and of what is held out.
        start: An unfinished result of the same arguments to go on from.
        on_epoch: Is told each epoch's line of the log.
        on_save: Is given the unfinished result now and then.

    Raises:
        DataError: There are too few tracks to mine, `start` was made from something else,
            or training diverged.
    """
    mined = _examples(data, system, config)
    n = len(mined.film)
    if n < LEAST:
        what = " and a track that shares a frame with them" if system == "imptriplet" else ""
        raise DataError(
            f"{n} tracks have {config.min_crops} crops or more{what}; "
            f"{system} needs at least {LEAST}",
            "Add films, or harvest more crops a track: vcn harvest --interval",
        )
    train, validation = _split(mined, config, seed)
    with torch.random.fork_rng(devices=[]):
        generator = seeded(seed)
        model = _model(system, data.width, n, config, generator)
    course = Descent(
        model.nets,
        [(list(model.nets.parameters()), 1.0)],
        config.momentum,
        generator,
        nesterov=model.nesterov,
    )
    origin = _origin(data, mined, system, config, seed)
    if start is not None:
        start.check_origin(origin)
        course.restore(start.training, start.log)
    n_train = len(train.film)
    n_batches = max(1, n_train // config.batch)

    def result(finished: bool) -> Learned:
        return Learned(
            system=system,
            weights=course.best_of("0."),
            scale=1.0,
            threshold=None,
            origin=origin,
            log=tuple(course.log),
            finished=finished,
            training={} if finished else course.state(),
        )

    while course.epoch < config.epochs and not _settled(course, config):
        model.nets.train()
        total = 0.0
        order = torch.randperm(n_train, generator=generator)
        # Equal batches: a last one of a few tracks would have no covariance.
        for rows in torch.tensor_split(order, n_batches):
            chosen = np.zeros(n_train, np.bool_)
            chosen[rows.numpy()] = True
            batch = train.only(chosen)
            rate = model.rate / (1 + config.decay * course.steps)
            total += course.step(lambda: model.loss(batch), rate)  # noqa: B023
        model.nets.eval()
        with torch.no_grad():
            held = float(model.loss(validation))
            dead = _dead(model.nets[0], train)
        course.end_epoch(total / n_batches, -held, dead=dead)
        if on_epoch is not None:
            on_epoch(course.log[-1])
        if on_save is not None and course.epoch % config.save_epochs == 0:
            on_save(result(False))
    return result(True)


def n_examples(data: TrackSet, system: str, config: MultiFaceConfig) -> int:
    """How many tracks a system can learn from; with fewer than `LEAST` it cannot."""
    return len(_examples(data, system, config).film)


def _examples(data: TrackSet, system: str, config: MultiFaceConfig) -> Mined:
    mined = mine(data, config.min_crops)
    return mined.only(mined.has_negative) if system == "imptriplet" else mined


def net_of(learned: Learned) -> ViewNet:
    """The network that embeds: the anchor's, of MvCorr's three.

    Raises:
        DataError: The weights are of something else.
    """
    try:
        hidden, width = learned.weights["fc0.weight"].shape
        out = len(learned.weights["fc1.bias"])
    except (KeyError, ValueError) as error:
        raise DataError(f"the weights of {learned.system} are of another network") from error
    net = ViewNet((width, hidden, out), 0.0, torch.Generator())
    load_arrays(net, learned.weights)
    return net.eval()


def _model(
    system: str, width: int, n: int, config: MultiFaceConfig, generator: torch.Generator
) -> _Model:
    if system == "imptriplet":
        net = ViewNet((width, *config.imp_triplet_widths), config.dropout, generator)

        def triplets(batch: Mined) -> Tensor:
            # At length 1: the margins of the loss mean nothing otherwise. Our choice.
            a, p, q = (
                nn.functional.normalize(net(torch.from_numpy(rows)), dim=1)
                for rows in (batch.views[0], batch.views[1], batch.negative)
            )
            return imp_triplet_loss(a, p, q, config.margin, config.most, config.weight)

        nets = nn.ModuleList([net])
        return _Model(nets, config.imp_triplet_rate, nesterov=False, loss=triplets)
    hidden, out = config.mvcorr_widths
    if n < config.small_factor * out:
        out = config.mvcorr_small
    views = nn.ModuleList(
        ViewNet((width, hidden, out), config.dropout, generator) for _ in range(N_VIEWS)
    )

    def correlation(batch: Mined) -> Tensor:
        outputs = [net(torch.from_numpy(x)) for net, x in zip(views, batch.views, strict=True)]
        return mvcorr_loss(torch.stack(outputs).double(), config.shrinkage)

    return _Model(views, config.mvcorr_rate, nesterov=True, loss=correlation)


def _split(mined: Mined, config: MultiFaceConfig, seed: int) -> tuple[Mined, Mined]:
    """What is learned from, and what judges it: other films, or other tracks of one."""
    rng = np.random.default_rng(seed)
    films = np.unique(mined.film)
    of = mined.film if len(films) > 1 else np.arange(len(mined.film))
    groups = rng.permutation(np.unique(of))
    held = groups[: max(1, round(config.validation_share * len(groups)))]
    out = np.isin(of, held)
    if min(out.sum(), (~out).sum()) < 2:  # a film with hardly a track: by tracks then
        out = np.zeros(len(of), np.bool_)
        out[rng.permutation(len(of))[: max(2, round(config.validation_share * len(of)))]] = True
    return mined.only(~out), mined.only(out)


def _settled(course: Descent, config: MultiFaceConfig) -> bool:
    """The validation loss did not fall by `least_gain` for `patience` epochs."""
    losses = [-entry["score"] for entry in course.log]
    if len(losses) <= config.patience:
        return False
    before = min(losses[: -config.patience])
    return min(losses[-config.patience :]) > before - config.least_gain


def _dead(net: nn.Module, train: Mined) -> float:
    """Share of the outputs that say nothing: what R_W lacks in rank."""
    out = net(torch.from_numpy(train.views[0])).double()
    within, _ = covariances(out[None].expand(2, -1, -1))
    scale = float(within.diagonal().mean())
    return float((within.diagonal() <= 1e-6 * max(scale, 1e-30)).double().mean())


def _origin(
    data: TrackSet, mined: Mined, system: str, config: MultiFaceConfig, seed: int
) -> dict[str, Any]:
    return {
        "films": list(data.films),
        "tracks": len(data),
        "mined": len(mined.film),
        "width": data.width,
        "data": digest(data.features, data.start, data.cannot_link, data.film),
        "system": system,
        "seed": seed,
        "options": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(config).items()
            if name != "save_epochs"
        },
        "versions": {"vcn": __version__, "torch": torch.__version__},
    }
