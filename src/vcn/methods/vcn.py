"""VideoClusterNet: adapt, filter, match, again and again; then cluster by the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from vcn.config import AdaptConfig, ClusterConfig, QualityConfig
from vcn.equations.closed_form import cosine_profiles
from vcn.methods import TrackFilm
from vcn.stages.adapt import HeadAdapter, usable_rows
from vcn.stages.cluster import cluster, cluster_as_paper
from vcn.stages.match import coarse_matches, coarse_matches_full
from vcn.stages.quality import assess, gate, ser_fiq
from vcn.types import BoolArray, Clustering, FloatArray, IntArray, LossMetric, Quality


@dataclass(frozen=True, slots=True)
class Iteration:
    """What one iteration of adapt, filter and match came to."""

    number: int
    """From 1."""
    epochs: int
    loss: float
    """Mean loss of the last epoch, nats; NaN when there was nothing to train."""
    n_matches: int
    """Coarse matches found after it."""
    agreement: float
    """Share of the matches that are mutual; NaN where there is none."""
    n_rejected: int
    """Tracks that SER-FIQ rejects."""


class OnIteration(Protocol):
    """Told how adaptation proceeds."""

    def __call__(self, done: int, total: int, loss: float) -> None:
        """After each epoch: epochs done, epochs in all, mean loss of the last one."""
        ...


@dataclass(frozen=True, slots=True)
class VcnRun:
    """Everything that one run of the method found out."""

    clustering: Clustering
    quality: Quality
    metric: LossMetric | None
    """None in mode `off`, and where no track could be used."""
    iterations: tuple[Iteration, ...]
    mode: str
    """`head`, `full` or `off`: what was done, not what was asked for."""


@dataclass(frozen=True, slots=True)
class VideoClusterNet:
    """The method of this project; `paper()` gives the paper's own choices.

    Args:
        quality: Gates and SER-FIQ.
        adapt: Schedule, loss and mode; `auto` and `head` are the same here.
        cluster: The clusterer.
        as_paper: Algorithm 1 and full-covariance matches, as the paper states them.
        name: In tables.
    """

    quality: QualityConfig = field(default_factory=QualityConfig)
    adapt: AdaptConfig = field(default_factory=AdaptConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    as_paper: bool = False
    name: str = "vcn"

    @classmethod
    def paper(cls) -> VideoClusterNet:
        """Every choice as the paper states it, no additions."""
        adapt = replace(AdaptConfig(), n_heads=1, standardise=False, match_space="student")
        return cls(
            adapt=adapt,
            cluster=replace(ClusterConfig(), co_occurrence=False),
            as_paper=True,
            name="vcn-paper",
        )

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of a film."""
        return self.run(film, seed).clustering

    def run(
        self,
        film: TrackFilm,
        seed: int,
        *,
        device: str = "cpu",
        metric: LossMetric | None = None,
        on_epoch: OnIteration | None = None,
    ) -> VcnRun:
        """Cluster the tracks of a film and say how it went.

        Args:
            film: The tracks.
            seed: Of everything random; equal seeds give equal results on one device.
            device: Where to adapt.
            metric: An adapted metric to use in place of adaptation.
            on_epoch: Told of each epoch.
        """
        values, index = film.embeddings.values, film.embeddings.track_index
        gated = gate(film.crops, index, film.n_tracks, usable_rows(values), self.quality)
        cannot_link = film.cannot_link if self.cluster.co_occurrence else None
        if self.adapt.mode == "off":
            clean = np.where(gated.crop_ok[:, None], values, 0)
            profiles = cosine_profiles(_centred(clean, gated.crop_ok), index, film.n_tracks)
            found = cluster(profiles, gated.track_ok, self.cluster, cannot_link)
            return VcnRun(found, gated, None, (), "off")
        log: tuple[Iteration, ...] = ()
        adapter = HeadAdapter(film.embeddings, film.n_tracks, self.adapt, seed, device)
        if metric is not None:
            adapter.load(metric)
            quality = self._assess(adapter, gated, index, seed)
        else:
            quality, log = self._iterate(adapter, film, gated, cannot_link, seed, on_epoch)
        profiles = adapter.profiles(gated.crop_ok)
        if self.as_paper:
            means = adapter.mean_profiles(gated.crop_ok)
            found = cluster_as_paper(profiles, means, quality.track_ok)
        else:
            found = cluster(profiles, quality.track_ok, self.cluster, cannot_link)
        return VcnRun(found, quality, adapter.metric(), log, adapter.mode)

    def _iterate(
        self,
        adapter: HeadAdapter,
        film: TrackFilm,
        gated: Quality,
        cannot_link: IntArray | None,
        seed: int,
        on_epoch: OnIteration | None,
    ) -> tuple[Quality, tuple[Iteration, ...]]:
        """VCN supplement 2, stage 2: adapt -> SER-FIQ filter -> coarse match, repeated."""
        config = self.adapt
        index = film.embeddings.track_index
        total = config.first_epochs + (config.iterations - 1) * config.epochs
        quality = gated
        matches = np.empty((0, 2), np.int64)
        log: list[Iteration] = []
        for number in range(1, config.iterations + 1):
            epochs = config.first_epochs if number == 1 else config.epochs
            hook = None if on_epoch is None else _hook(on_epoch, total)
            usable = gated.crop_ok & quality.track_ok[index]
            loss = adapter.fit(epochs, usable, matches, hook)
            quality = self._assess(adapter, gated, index, seed + number)
            usable = gated.crop_ok & quality.track_ok[index]
            matches = self._match(adapter, film, usable, cannot_link)
            log.append(
                Iteration(
                    number,
                    epochs,
                    loss,
                    len(matches),
                    _mutual(matches),
                    int((gated.track_ok & ~quality.track_ok).sum()),
                )
            )
        return quality, tuple(log)

    def _assess(self, adapter: HeadAdapter, gated: Quality, index: IntArray, seed: int) -> Quality:
        features, weight, bias = adapter.last_layer()
        scores = ser_fiq(features, weight, bias, self.quality, seed)
        return assess(gated, scores, index, self.quality)

    def _match(
        self,
        adapter: HeadAdapter,
        film: TrackFilm,
        usable: BoolArray,
        cannot_link: IntArray | None,
    ) -> IntArray:
        index = film.embeddings.track_index
        if self.as_paper:
            return coarse_matches_full(adapter.student_outputs(), index, film.n_tracks, usable)
        student = self.adapt.match_space == "student"
        space = adapter.student_outputs() if student else adapter.inputs.cpu().numpy()
        return coarse_matches(
            space, index, film.n_tracks, usable, self.adapt.match_shrinkage, cannot_link
        )


def _hook(on_epoch: OnIteration, total: int) -> Callable[[int, float], None]:
    return lambda done, loss: on_epoch(done, total, loss)


def _mutual(matches: IntArray) -> float:
    """Share of the matches whose reverse is a match too."""
    if len(matches) == 0:
        return math.nan
    pairs = set(map(tuple, matches.tolist()))
    return sum((b, a) in pairs for a, b in pairs) / len(pairs)


def _centred(values: FloatArray, ok: BoolArray) -> FloatArray:
    """Rows of length 1 less their mean: the cosine is then 0 between two strangers."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit = values / np.where(length > 0, length, 1)
    if not ok.any():
        return np.zeros_like(values)
    centred = unit - unit[ok].mean(axis=0, dtype=np.float64)
    # A film of one picture has nothing but its mean.
    flat = bool(np.abs(centred[ok]).max() < 1e-6)
    out: FloatArray = np.where(ok[:, None], unit if flat else centred, 0).astype(np.float32)
    return out
