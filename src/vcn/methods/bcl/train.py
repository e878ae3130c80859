"""Training on labelled tracks of other films (BCL 4), for BCL and for its comparators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np
import torch

from vcn import __version__
from vcn.config.learned import BallConfig
from vcn.errors import DataError
from vcn.methods.bcl.embed import embed
from vcn.methods.bcl.objectives import NOT_UNIT, Loss, objective
from vcn.methods.merges import Merges, threshold_for
from vcn.methods.trackset import TrackSet
from vcn.nets.descent import Descent
from vcn.nets.track_mlp import Mlp, seeded
from vcn.scores import nmi
from vcn.types import UNKNOWN, IntArray
from vcn.weights.learned import Learned
from vcn.weights.sealed import digest

OnEpoch = Callable[[Mapping[str, float]], None]
OnSave = Callable[[Learned], None]


class Split(NamedTuple):
    """What is learned from, and what judges it."""

    train: TrackSet
    validation: TrackSet
    by_film: bool = False
    """Each film of the validation is clustered alone, and their mean counts; else all of its
    tracks together, as in the paper."""


def split(data: TrackSet, config: BallConfig, seed: int) -> Split:
    """Hold out people, drawn by `seed`, for validation; tracks of nobody are left out.

    Raises:
        DataError: There are too few people.
    """
    known = data.only(data.person != UNKNOWN)
    people = np.unique(known.person)
    held = max(config.validation_people, round(config.validation_share * len(people)))
    if len(people) < held + 2:
        raise DataError(
            f"the training data has {len(people)} {'person' if len(people) == 1 else 'people'}, "
            f"it needs at least {held + 2}",
            f"{held} of them are held out to judge the training; or give some with --validation",
        )
    out = np.random.default_rng(seed).permutation(people)[:held]
    judged = np.isin(known.person, out)
    return Split(known.only(~judged), known.only(judged))


def given_split(data: TrackSet, validation: TrackSet) -> Split:
    """The same with films of one's own to judge it, each clustered alone.

    Raises:
        DataError: One of the two has fewer than two people, or their widths differ.
    """
    parts = Split(
        data.only(data.person != UNKNOWN), validation.only(validation.person != UNKNOWN), True
    )
    for what, part in (("training", parts.train), ("validation", parts.validation)):
        if len(np.unique(part.person)) < 2:
            raise DataError(f"the {what} data has fewer than two people")
    if data.width != validation.width:
        raise DataError(
            f"the features to train on have {data.width} values, those to validate on "
            f"{validation.width}"
        )
    return parts


def fit(
    data: Split,
    system: str,
    config: BallConfig,
    seed: int,
    *,
    start: Learned | None = None,
    on_epoch: OnEpoch | None = None,
    on_save: OnSave | None = None,
) -> Learned:
    """Train one system.

    The state of the best epoch is kept: best by the NMI of the held-out people, at the
    threshold that the loss has learned (BCL), or at the one that gives their true number
    (the others).

    Args:
        data: Labelled tracks.
        system: Name in `vcn.methods.bcl.objectives.SYSTEMS`.
        config: Its constants.
        seed: Of initial weights, batches, crops.
        start: An unfinished result of the same arguments to go on from.
        on_epoch: Is told each epoch's line of the log.
        on_save: Is given the unfinished result now and then.

    Raises:
        DataError: `start` was made from something else, or training diverged.
    """
    train = data.train
    names, person, n_tracks = np.unique(train.person, return_inverse=True, return_counts=True)
    if n_tracks.max() < 2:
        raise DataError("no person of the training data has two tracks", "Add films")
    with torch.random.fork_rng(devices=[]):
        generator = seeded(seed)
        net = Mlp((train.width, *config.hidden, config.width))
        loss = objective(system, config, len(names))
    # The classifier of the cross-entropy learns at the rate of the network.
    own = [p for name, p in loss.named_parameters() if "classifier" not in name]
    rest = [p for name, p in loss.named_parameters() if "classifier" in name]
    both = torch.nn.ModuleDict({"net": net, "loss": loss})
    course = Descent(
        both,
        [([*net.parameters(), *rest], 1.0), (own, config.loss_rate)],
        config.momentum,
        generator,
    )
    origin = _origin(data, system, config, seed)
    scale = math.sqrt(train.width / max(1e-30, float((train.features**2).sum(1).mean())))
    features = torch.from_numpy(train.features * np.float32(scale))
    begin, size = torch.from_numpy(train.start[:-1]), torch.from_numpy(np.diff(train.start))
    people = torch.from_numpy(person)
    if start is not None:
        start.check_origin(origin)
        course.restore(start.training, start.log)
    judges = _films(data.validation) if data.by_film else [data.validation]
    batch = min(config.batch, len(train))
    steps = max(config.min_steps, math.ceil(len(train) / batch))

    def result(finished: bool) -> Learned:
        best = max(course.log, key=lambda entry: entry["score"])
        return Learned(
            system=system,
            weights=course.best_of("net."),
            scale=scale,
            threshold=best["threshold"],
            origin=origin,
            log=tuple(course.log),
            finished=finished,
            training={} if finished else course.state(),
        )

    while course.epoch < config.epochs:
        rate = config.learning_rate * config.decay ** (course.epoch // config.decay_epochs)
        frozen = (config.loss_rate,) if course.epoch < config.frozen_epochs else ()
        total = 0.0
        for _ in range(steps):
            chosen = torch.randperm(len(train), generator=generator)[:batch]
            y = people[chosen]
            if len(torch.unique(y)) < 2:
                continue
            crop = torch.rand(batch, generator=generator, dtype=torch.float64) * size[chosen]
            x = features[begin[chosen] + crop.long()]
            total += course.step(lambda: loss(net(x), y, generator), rate, frozen)  # noqa: B023
        judged = _judge(net, loss, scale, judges, system)
        course.end_epoch(total / steps, judged.pop("nmi"), **judged)
        if on_epoch is not None:
            on_epoch(course.log[-1])
        if on_save is not None and course.epoch % config.save_epochs == 0:
            on_save(result(False))
    return result(True)


def _films(tracks: TrackSet) -> list[TrackSet]:
    """One set a film."""
    return [tracks.only(tracks.film == film) for film in np.unique(tracks.film)]


def _judge(
    net: Mlp, loss: Loss, scale: float, validation: Sequence[TrackSet], system: str
) -> dict[str, float]:
    """NMI, number of clusters and threshold on the held-out people.

    Of several films the mean NMI, and the clusters of all; the threshold of who has not learned
    one gives the true number of people of all films together.
    """
    trees = []
    for film in validation:
        points = embed(net, film.means(), scale, unit=system not in NOT_UNIT)
        everyone: IntArray = np.arange(len(film))
        trees.append(Merges(points, everyone, len(film), "complete"))
    threshold = loss.cut()
    if threshold is None:
        threshold = threshold_for(trees, sum(len(np.unique(film.person)) for film in validation))
    found = [tree.at(threshold).labels for tree in trees]
    scores = [nmi(film.person, labels) for film, labels in zip(validation, found, strict=True)]
    return {
        "nmi": float(np.mean(scores)),
        "clusters": float(sum(len(np.unique(labels)) for labels in found)),
        "threshold": threshold,
    }


def _origin(data: Split, system: str, config: BallConfig, seed: int) -> dict[str, Any]:
    train, validation, _ = data
    return {
        "films": list(train.films),
        "tracks": len(train),
        "people": len(np.unique(train.person)),
        "validation_tracks": len(validation),
        "validation_people": len(np.unique(validation.person)),
        "width": train.width,
        "data": digest(
            *(
                array
                for part in (train, validation)
                for array in (part.features, part.start, part.person, part.film)
            )
        ),
        "system": system,
        "seed": seed,
        # Tuples become lists in JSON; so that the two compare equal.
        "options": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(replace(config, save_epochs=0)).items()
        },
        "versions": {"vcn": __version__, "torch": torch.__version__},
    }
