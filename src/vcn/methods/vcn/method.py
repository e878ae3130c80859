"""VideoClusterNet: adapt, filter, match, again and again; then cluster by the loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from vcn.config import AdaptConfig, ClusterConfig, EvidenceConfig, QualityConfig
from vcn.equations.closed_form import (
    Profiles,
    cosine_profiles,
    squared_profiles,
    track_counts,
    track_means,
)
from vcn.errors import DataError
from vcn.methods.vcn.evidence import Evidence
from vcn.methods.vcn.odds import Found, Seen, find_people
from vcn.nets.adapter import Adapter
from vcn.nets.base import FaceModel
from vcn.nets.inputs import usable_rows
from vcn.stages.adapt import HeadAdapter
from vcn.stages.adapt_full import FullAdapter
from vcn.stages.cluster import cluster, cluster_as_paper
from vcn.stages.match import cluster_matches, coarse_matches, coarse_matches_full, mutual
from vcn.stages.quality import assess, crop_weights, gate, ser_fiq
from vcn.stages.unknown import clear_tracks, explained, face_measure, without_nobodies
from vcn.types import (
    BoolArray,
    Clustering,
    Float64Array,
    FloatArray,
    IntArray,
    LossMetric,
    Quality,
    Reason,
    TrackFilm,
)
from vcn.weights.checkpoint import Iteration, Snapshot

_DOUBTFUL = (Reason.low_ser_fiq, Reason.uncertain)
"""Reasons of tracks that no gate rejects."""


class OnIteration(Protocol):
    """Told how adaptation proceeds."""

    def __call__(self, done: int, total: int, loss: float) -> None:
        """After each epoch: epochs done, epochs in all, mean loss of the last one."""


class OnSnapshot(Protocol):
    """Told that now is a time to save."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Keep `snapshot`: a later run may start from it."""


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
    evidence: Evidence | None = None
    """The odds of all pairs of tracks; None with another clusterer, or too many tracks."""


@dataclass(frozen=True, slots=True)
class VideoClusterNet:
    """The method of this project; `paper()` gives the paper's own choices.

    Args:
        quality: Gates and SER-FIQ.
        adapt: Schedule, loss and mode; `auto` and `head` are the same here. `full` needs
            the pictures of the crops and the base model; without them it is `head`.
        cluster: The clusterer.
        evidence: Cues and their calibration.
        name: In tables.
    """

    quality: QualityConfig = field(default_factory=QualityConfig)
    adapt: AdaptConfig = field(default_factory=AdaptConfig)
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    name: str = "vcn"

    @classmethod
    def paper(cls) -> VideoClusterNet:
        """Every choice as the paper states it, no additions."""
        adapt = replace(
            AdaptConfig(),
            n_heads=1,
            standardise=False,
            match_space="student",
            match_covariance="full",
            student_temperature=1.0,
            base_rate=1.0,
            head_iterations=0,
        )
        return cls(
            quality=replace(QualityConfig(), measure="ser_fiq", min_clearness=-math.inf),
            adapt=adapt,
            cluster=replace(ClusterConfig(), algorithm="paper", co_occurrence=False),
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
        model: FaceModel | None = None,
        start: Snapshot | None = None,
        on_epoch: OnIteration | None = None,
        on_snapshot: OnSnapshot | None = None,
    ) -> VcnRun:
        """Cluster the tracks of a film and say how it went.

        Args:
            film: The tracks.
            seed: Of everything random; equal seeds give equal results on one device.
            device: Where to adapt.
            metric: An adapted metric to use in place of adaptation.
            model: The base model that made the embeddings: full mode trains a copy of it.
            start: Where another run of the same film, configuration and seed stopped: this
                one goes on there, and its result is that of a run that never stopped.
            on_epoch: Told of each epoch.
            on_snapshot: Told where it stands: every `save_epochs` epochs and after each
                iteration.

        Raises:
            DataError: `metric` or `start` belongs to another model or film.
        """
        values, index = film.embeddings.values, film.embeddings.track_index
        gated = gate(film.crops, index, film.n_tracks, usable_rows(values), self.quality)
        gated = _without(gated, film.not_faces)
        use = _usable(gated, index, usable_rows(values))
        weights = None
        if self.cluster.algorithm == "evidence" and self.quality.weigh_crops:
            weights = crop_weights(film.crops)
        base = cosine_profiles(np.where(use[:, None], values, 0), index, film.n_tracks, weights)
        joining = np.ones(film.n_tracks, np.bool_)
        joining[[] if film.not_faces is None else film.not_faces] = False
        among = (joining | gated.track_ok) & (base.counts > 0)
        seen = None
        if self.cluster.algorithm == "evidence":
            seen = Seen.of(film, base, among, self.cluster, self.evidence)
        if self.adapt.mode == "off":
            people = self._people(film, base, None, gated, joining, seen)
            return self._run(film, people, gated, None, (), "off")
        log: tuple[Iteration, ...] = ()
        adapter = self._adapter(film, seed, device, model, metric)
        if metric is not None:
            adapter.load(metric)
            quality = self._assess(adapter, gated, film, seed + self.adapt.iterations)
        else:
            guess = self._people(film, base, None, gated, joining, seen)
            quality, log = self._iterate(
                adapter, film, gated, guess, seed, start, on_epoch, on_snapshot
            )
        of_film = use, index, film.n_tracks
        profiles = self._profiles(adapter, *of_film, weights=weights)
        if self.cluster.algorithm == "paper":
            means = self._profiles(adapter, *of_film, of_means=True)
            found = cluster_as_paper(profiles, means, quality.track_ok, self.cluster)
        else:
            people = self._people(film, base, profiles, quality, joining, seen)
            return self._run(film, people, quality, adapter.metric(), log, adapter.mode)
        return VcnRun(found, quality, adapter.metric(), log, adapter.mode)

    def _run(
        self,
        film: TrackFilm,
        people: Found,
        quality: Quality,
        metric: LossMetric | None,
        log: tuple[Iteration, ...],
        mode: str,
    ) -> VcnRun:
        """What was found, without people whom no clear face vouches for."""
        clear = clear_tracks(film, self.quality)
        found = without_nobodies(people.clustering, clear)
        quality = explained(quality, found.labels, clear, film.crops, self.quality)
        return VcnRun(found, quality, metric, log, mode, people.evidence)

    def _people(
        self,
        film: TrackFilm,
        base: Profiles,
        heads: Profiles | None,
        quality: Quality,
        joining: BoolArray,
        seen: Seen | None,
    ) -> Found:
        """The people of the base model, and of the adapted metric where there is one."""
        shaping = quality.track_ok
        if seen is not None:
            # The least good of good tracks teach nothing, but a clear face is somebody.
            doubted = np.array([why is Reason.uncertain for why in quality.reason], np.bool_)
            shaping = shaping | (doubted & clear_tracks(film, self.quality))
            return find_people(
                film,
                base,
                heads,
                seen,
                shaping,
                joining,
                self.cluster,
                self.evidence,
                one_person=self._one_person(film, base, shaping),
            )
        cannot_link = film.cannot_link if self.cluster.co_occurrence else None
        doubtful = np.array([reason in _DOUBTFUL for reason in quality.reason], np.bool_)
        doubtful &= base.counts > 0
        least = self._least(film)
        found = cluster(base, heads, shaping, self.cluster, cannot_link, doubtful, least)
        return Found(found, None)

    def _one_person(self, film: TrackFilm, base: Profiles, shaping: BoolArray) -> bool:
        """Where a pack does not say how alike strangers are, the silhouette must tell."""
        if film.impostor_cosine is not None:
            return False
        cannot_link = film.cannot_link if self.cluster.co_occurrence else None
        return cluster(base, None, shaping, self.cluster, cannot_link).n_clusters == 1

    def _adapter(
        self,
        film: TrackFilm,
        seed: int,
        device: str,
        model: FaceModel | None,
        metric: LossMetric | None,
    ) -> Adapter:
        config = self.adapt
        if metric is not None:  # it has its own number of heads and temperatures
            config = replace(
                config,
                mode="full" if metric.mode == "full" else "head",
                n_heads=len(metric.centre),
                teacher_temperature=metric.teacher_temperature,
                student_temperature=metric.student_temperature,
            )
        if config.mode == "full" and film.crops is not None and model is not None:
            return FullAdapter(
                film.embeddings, film.crops, film.n_tracks, config, model, seed, device
            )
        if metric is not None and metric.mode == "full":
            raise DataError("a metric of full mode needs the film's crops and its base model")
        return HeadAdapter(film.embeddings, film.n_tracks, config, seed, device)

    def _iterate(
        self,
        adapter: Adapter,
        film: TrackFilm,
        gated: Quality,
        guess: Found,
        seed: int,
        start: Snapshot | None,
        on_epoch: OnIteration | None,
        on_snapshot: OnSnapshot | None,
    ) -> tuple[Quality, tuple[Iteration, ...]]:
        """VCN supplement 2, stage 2: adapt -> SER-FIQ filter -> coarse match, repeated."""
        config = self.adapt
        index = film.embeddings.track_index
        quality = gated
        matches = np.empty((0, 2), np.int64)
        log: list[Iteration] = []
        if start is not None:
            adapter.resume(start.metric, start.training)
            quality, matches, log = start.quality, start.matches, list(start.log)

        def tell(done: int, loss: float) -> None:
            if on_epoch is not None:
                on_epoch(done, config.total_epochs, loss)
            if on_snapshot is not None and done % config.save_epochs == 0:
                on_snapshot(_snapshot(adapter, quality, matches, log))

        for number in range(len(log) + 1, config.iterations + 1):
            epochs = config.first_epochs if number == 1 else config.epochs
            usable = gated.crop_ok & quality.track_ok[index]
            loss = adapter.fit(epochs, usable, matches, tell)
            quality = self._assess(adapter, gated, film, seed + number)
            usable = gated.crop_ok & quality.track_ok[index]
            matches = self._match(adapter, film, usable, guess)
            log.append(
                Iteration(
                    number,
                    epochs,
                    loss,
                    len(matches),
                    mutual(matches),
                    int((gated.track_ok & ~quality.track_ok).sum()),
                )
            )
            if on_snapshot is not None:
                on_snapshot(_snapshot(adapter, quality, matches, log))
        return quality, tuple(log)

    def _profiles(
        self,
        adapter: Adapter,
        crop_ok: BoolArray,
        index: IntArray,
        n_tracks: int,
        of_means: bool = False,
        weights: Float64Array | None = None,
    ) -> Profiles:
        """The metric applied to the crops of tracks, or to their mean embeddings."""
        metric = self.cluster.metric
        if metric == "loss":
            if of_means:
                return adapter.mean_profiles(crop_ok)
            return adapter.profiles(crop_ok, weights)
        outputs = adapter.all_student_outputs()  # (N, K, W)
        rows, parts = np.flatnonzero(crop_ok), outputs.shape[1]
        values, where = outputs[rows].reshape(len(rows), -1), index[rows]
        if of_means:
            means = track_means(values, where, n_tracks)
            where = np.flatnonzero(track_counts(where, n_tracks))
            values, weights = means[where].astype(np.float32), None
        profiles = squared_profiles if metric == "euclidean" else cosine_profiles
        kept = None if weights is None else weights[rows]
        return profiles(self._side_by_side(values, parts), where, n_tracks, kept)

    def _side_by_side(self, values: FloatArray, parts: int) -> FloatArray:
        """(N, K * W) values such that a product of rows is its mean over the K networks."""
        heads = values.reshape(len(values), parts, -1)
        if self.cluster.metric == "cosine":
            heads = heads / np.maximum(np.linalg.norm(heads, axis=2, keepdims=True), 1e-12)
        return (heads / math.sqrt(parts)).reshape(len(values), -1).astype(np.float32)

    def _least(self, film: TrackFilm) -> float | None:
        """Least distance of strangers in the film, as `root_excess` of the base model."""
        if film.impostor_cosine is None:
            return None
        return self.cluster.stranger_share * math.sqrt(1 - film.impostor_cosine)

    def _assess(self, adapter: Adapter, gated: Quality, film: TrackFilm, seed: int) -> Quality:
        scores = [np.zeros(0, np.float32)]
        for layers in adapter.last_layers():
            passes = max(2, math.ceil(self.quality.passes / len(layers)))
            config = replace(self.quality, passes=passes)
            of_heads = [ser_fiq(*layer, config, seed + n) for n, layer in enumerate(layers)]
            scores.append(np.mean(of_heads, axis=0))
        index, face = film.embeddings.track_index, face_measure(film, self.quality)
        return assess(gated, np.concatenate(scores), index, self.quality, face)

    def _match(
        self, adapter: Adapter, film: TrackFilm, usable: BoolArray, guess: Found
    ) -> IntArray:
        """VCN 3.5, or the people that all cues agree on."""
        index = film.embeddings.track_index
        if self.adapt.match_space == "clusters":
            return cluster_matches(guess.clustering.labels)
        if self.adapt.match_covariance == "full":
            return coarse_matches_full(adapter.student_outputs(), index, film.n_tracks, usable)
        student = self.adapt.match_space == "student"
        space = adapter.student_outputs() if student else adapter.inputs.cpu().numpy()
        cannot_link = film.cannot_link if self.cluster.co_occurrence else None
        return coarse_matches(
            space, index, film.n_tracks, usable, self.adapt.match_shrinkage, cannot_link
        )


def _snapshot(
    adapter: Adapter, quality: Quality, matches: IntArray, log: list[Iteration]
) -> Snapshot:
    return Snapshot(adapter.metric(), adapter.training_state(), quality, matches, tuple(log))


def _without(quality: Quality, not_faces: IntArray | None) -> Quality:
    """Quality in which what a person said to be no face is rejected."""
    if not_faces is None or len(not_faces) == 0:
        return quality
    reason = list(quality.reason)
    for track in not_faces.tolist():
        reason[track] = Reason.not_a_face
    return Quality(quality.crop_ok, quality.track_score, tuple(reason))


def _usable(gated: Quality, index: IntArray, finite: BoolArray) -> BoolArray:
    """(N,) crops that stand for their track: its good ones, or all where it has none."""
    good = np.bincount(index[gated.crop_ok], minlength=len(gated.reason)) > 0
    return gated.crop_ok | (~good[index] & finite)
