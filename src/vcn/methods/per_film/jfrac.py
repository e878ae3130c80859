"""JFRAC-like: clustering by a random field and adaptation in turn (after Zhang et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vcn.config.per_film import JfracConfig, SiameseConfig
from vcn.equations.hmrf import Field, estimate, mean_field, neighbour_weights, unary
from vcn.methods import TrackFilm
from vcn.methods.hac import spread
from vcn.methods.per_film.crops import Partners, TrackCrops, draw_crop, draw_two
from vcn.methods.per_film.track_hac import unit_means
from vcn.types import BoolArray, Clustering, Float64Array, IntArray

if TYPE_CHECKING:
    import torch

    from vcn.nets.siamese import SiamMlp


@dataclass(frozen=True, slots=True)
class Jfrac:
    """A `vcn.methods.cuts.Cutter`; where to cut decides how it begins, so each cut is a run."""

    config: JfracConfig = field(default_factory=JfracConfig)
    network: SiameseConfig = field(default_factory=SiameseConfig)
    name: str = "jfrac-like"

    def compare(self, film: TrackFilm, seed: int) -> JfracRuns:
        """Nothing yet."""
        return JfracRuns(TrackCrops.of(film), self.config, self.network, seed)


@dataclass(frozen=True, slots=True)
class JfracRuns:
    """The tracks of one film, to be clustered from any beginning."""

    crops: TrackCrops
    config: JfracConfig
    network: SiameseConfig
    seed: int

    def at(self, threshold: float) -> Clustering:
        """Begin with average linkage at a Euclidean distance of unit means; merge on below it."""
        return self._run(threshold, "distance", threshold)

    def into(self, n_people: int) -> Clustering:
        """Begin with average linkage into so many clusters; none are merged afterwards."""
        return self._run(n_people, "maxclust", None)

    def _run(self, value: float, criterion: str, merge: float | None) -> Clustering:
        import torch

        from vcn.nets.siamese import SiamMlp, features

        crops, config = self.crops, self.config
        n = len(crops.tracks)
        z = unit_means(crops.values, crops.row, n)
        label = _begin(z, value, criterion)
        if n < 2:
            return spread(label, crops.tracks, crops.n_tracks)
        rng = np.random.default_rng(self.seed)
        inputs = torch.from_numpy(crops.values.astype(np.float32))
        generator = torch.Generator().manual_seed(self.seed)
        model = SiamMlp(inputs.shape[1], self.network.hidden, generator)
        optimiser = torch.optim.Adam(model.parameters(), config.learning_rate)
        partners = Partners(crops, self.network.far_tracks)
        for number in range(config.rounds):
            before = label
            label, q = self._label(z, label, merge)
            if number and (label != before).mean() < config.unchanged:
                break
            if number < config.rounds - 1:
                # The first round trusts the film alone: tracks, and who co-occurs.
                sure = q.max(axis=1) >= config.sure if number else np.zeros(n, np.bool_)
                self._adapt(model, inputs, optimiser, partners, label, sure, rng)
                z = unit_means(features(model, inputs), crops.row, n)
        return spread(label, crops.tracks, crops.n_tracks)

    def _label(
        self, z: Float64Array, label: IntArray, merge: float | None
    ) -> tuple[IntArray, Float64Array]:
        """Expectation and maximisation, then merges; clusters without a track vanish."""
        config, n = self.config, len(z)
        apart = np.zeros((n, n))
        a, b = self.crops.apart.T
        apart[a, b] = apart[b, a] = config.apart
        pairwise = Field(apart, config.together * neighbour_weights(z, config.neighbours))
        q = np.eye(int(label.max()) + 1)[label]
        for _ in range(config.em_rounds):
            means, variance = estimate(z, q)
            cost = unary(z, means, variance)
            new = mean_field(q, cost, pairwise, config.damping, config.tolerance, config.sweeps)
            settled = np.array_equal(new.argmax(axis=1), q.argmax(axis=1))
            q = new
            if settled:
                break
        kept, numbered = np.unique(q.argmax(axis=1), return_inverse=True)
        label, q = numbered.astype(np.int64), q[:, kept]
        if merge is not None:
            label, q = _merged(z, label, q, apart > 0, merge)
        return label, q / q.sum(axis=1, keepdims=True)

    def _adapt(
        self,
        model: SiamMlp,
        inputs: torch.Tensor,
        optimiser: torch.optim.Optimizer,
        partners: Partners,
        label: IntArray,
        sure: BoolArray,
        rng: np.random.Generator,
    ) -> None:
        from vcn.nets.siamese import fit_pairs

        crops, half = self.crops, self.config.batch // 2
        steps = self.config.epochs * math.ceil(len(crops.values) / self.config.batch)

        def batches() -> Iterator[tuple[IntArray, BoolArray]]:
            for _ in range(steps):
                tracks = rng.integers(0, len(crops.tracks), half)
                positive, negative = _pairs(crops, partners, label, sure, tracks, rng)
                same = np.arange(len(positive) + len(negative)) < len(positive)
                yield np.concatenate([positive, negative]), same

        fit_pairs(model, inputs, batches(), optimiser, self.network.margin)


def _begin(z: Float64Array, value: float, criterion: str) -> IntArray:
    if len(z) < 2:
        return np.zeros(len(z), np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage

    found = fcluster(linkage(z, "average"), value, criterion)
    return np.asarray(found - 1, np.int64)


def _merged(
    z: Float64Array, label: IntArray, q: Float64Array, apart: BoolArray, threshold: float
) -> tuple[IntArray, Float64Array]:
    """Merge the closest clusters that are nearer than the threshold and not kept apart."""
    while True:
        n = int(label.max()) + 1
        means = np.stack([z[label == k].mean(axis=0) for k in range(n)])
        distance = np.sqrt(((means[:, None] - means[None]) ** 2).sum(axis=2))
        member = np.eye(n)[label]
        barred = (member.T @ apart @ member) > 0
        distance[barred | np.eye(n, dtype=np.bool_)] = np.inf
        if n < 2 or distance.min() >= threshold:
            return label, q
        a, b = (int(i) for i in np.unravel_index(distance.argmin(), distance.shape))
        a, b = min(a, b), max(a, b)
        q = q.copy()
        q[:, a] += q[:, b]
        q = np.delete(q, b, axis=1)
        label = np.where(label == b, a, label)
        label = np.where(label > b, label - 1, label).astype(np.int64)


def _pairs(
    crops: TrackCrops,
    partners: Partners,
    label: IntArray,
    sure: BoolArray,
    tracks: IntArray,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """One positive and one negative pair of each track, from its cluster where that is sure."""
    positive, negative = [draw_two(crops, tracks[~sure[tracks]], rng)], []
    known = np.flatnonzero(sure)
    plain = tracks[~sure[tracks] & (partners.count[tracks] > 0)]
    for track in tracks[sure[tracks]].tolist():
        inside = known[(label[known] == label[track])]
        outside = known[(label[known] != label[track])]
        pair = np.array([track]), rng.choice(inside, 1)
        if pair[0][0] == pair[1][0]:
            positive.append(draw_two(crops, pair[0], rng))
        else:
            positive.append(np.column_stack([draw_crop(crops, side, rng) for side in pair]))
        if len(outside):
            pair = np.array([track]), rng.choice(outside, 1)
            negative.append(np.column_stack([draw_crop(crops, side, rng) for side in pair]))
        else:
            plain = np.append(plain, track)
    negative.append(
        np.column_stack(
            (draw_crop(crops, plain, rng), draw_crop(crops, partners.draw(plain, rng), rng))
        )
    )
    return np.concatenate(positive), np.concatenate(negative)
