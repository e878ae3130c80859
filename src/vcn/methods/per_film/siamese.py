"""TSiam and SSiam (Sharma, Tapaswi, Sarfraz, Stiefelhagen, FG 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vcn.config.per_film import SiameseConfig
from vcn.equations.siamese import mine
from vcn.methods import TrackFilm
from vcn.methods.per_film.crops import Partners, TrackCrops, track_pairs
from vcn.methods.per_film.track_hac import TrackHac
from vcn.types import BoolArray, Float64Array, IntArray

_DENSE = 6000
"""Crops up to which all distances are held at once (290 MB)."""


@dataclass(frozen=True, slots=True)
class TSiam:
    """Pairs by tracks: a `vcn.methods.cuts.Cutter`.

    Every track gives each epoch pairs of its own crops and pairs with somebody else: a
    co-occurring track, or one of the farthest.
    """

    config: SiameseConfig = field(default_factory=SiameseConfig)
    name: str = "tsiam"

    def compare(self, film: TrackFilm, seed: int) -> TrackHac:
        """Train on the film, and compare its tracks by the feature."""
        crops, config = TrackCrops.of(film), self.config
        rng = np.random.default_rng(seed)
        partners = Partners(crops, config.far_tracks)

        def batches() -> Iterator[tuple[IntArray, BoolArray]]:
            tracks = np.repeat(np.arange(len(crops.tracks)), config.tsiam_pairs)
            for _ in range(config.tsiam_epochs):
                pairs, same = track_pairs(crops, partners, tracks, rng)
                order = rng.permutation(len(pairs))
                for start in range(0, len(order), config.tsiam_batch):
                    step = order[start : start + config.tsiam_batch]
                    yield pairs[step], same[step]

        return trained(crops, config, batches(), seed)


@dataclass(frozen=True, slots=True)
class SSiam:
    """Pairs by ranks of distance in the base space: a `vcn.methods.cuts.Cutter`.

    A step takes the nearest neighbours that are farthest away as positives, and the
    farthest crops that are nearest as negatives; no tracks, no constraints.
    """

    config: SiameseConfig = field(default_factory=SiameseConfig)
    name: str = "ssiam"

    def compare(self, film: TrackFilm, seed: int) -> TrackHac:
        """Train on the film, and compare its tracks by the feature."""
        crops, config = TrackCrops.of(film), self.config
        rng = np.random.default_rng(seed)
        steps = config.ssiam_epochs * math.ceil(len(crops.values) / config.ssiam_batch)
        batches = _hard_batches(crops.values, config, steps, rng)
        return trained(crops, config, batches, seed)


def _hard_batches(
    values: Float64Array, config: SiameseConfig, steps: int, rng: np.random.Generator
) -> Iterator[tuple[IntArray, BoolArray]]:
    n, half = len(values), config.ssiam_batch // 2
    if n < 2:
        return
    size = min(config.ssiam_subset, n)
    whole = _distances(values) if n <= _DENSE else None
    fixed: tuple[IntArray, IntArray] | None = None
    for _ in range(steps):
        if fixed is None:
            subset = np.sort(rng.choice(n, size, replace=False))
            inside = _distances(values[subset]) if whole is None else whole[np.ix_(subset, subset)]
            pairs = mine(inside).pairs(half)
            positive, negative = (subset[chosen] for chosen in pairs)
            if size == n:  # all crops: each step would mine the same
                fixed = positive, negative
        else:
            positive, negative = fixed
        same = np.arange(len(positive) + len(negative)) < len(positive)
        yield np.concatenate([positive, negative]), same


def _distances(values: Float64Array) -> Float64Array:
    from scipy.spatial.distance import cdist

    found: Float64Array = cdist(values, values)
    return found


def trained(
    crops: TrackCrops,
    config: SiameseConfig,
    batches: Iterator[tuple[IntArray, BoolArray]],
    seed: int,
    adam_rate: float | None = None,
) -> TrackHac:
    """Train the network of TSiam and SSiam on pairs, and compare the tracks by its feature.

    Args:
        crops: Of the film.
        config: Network and optimiser.
        batches: Pairs of crops.
        seed: Of the initial weights.
        adam_rate: Learning rate of Adam in place of plain gradient descent.
    """
    import torch

    from vcn.nets.siamese import SiamMlp, features, fit_pairs

    values = torch.from_numpy(crops.values.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    model = SiamMlp(values.shape[1], config.hidden, generator)
    optimiser: torch.optim.Optimizer
    if adam_rate is None:
        optimiser = torch.optim.SGD(
            model.parameters(),
            config.learning_rate,
            config.momentum,
            weight_decay=config.weight_decay,
        )
    else:
        optimiser = torch.optim.Adam(model.parameters(), adam_rate)
    fit_pairs(model, values, batches, optimiser, config.margin)
    return TrackHac(features(model, values), crops.row, crops.tracks, crops.n_tracks)
