"""Which of our systems stands for a printed row, made ready to run on named films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from vcn.benchmark.ablations import Variant
from vcn.benchmark.entries import Informed, grid
from vcn.benchmark.layouts import NamedFilm
from vcn.benchmark.sources import as_singletons
from vcn.config import BenchmarkConfig, RunConfig
from vcn.errors import UsageError
from vcn.methods import Method, TrackFilm
from vcn.methods.cuts import Cuts, Cutter
from vcn.methods.hac import Hac, track_means
from vcn.methods.merges import Merges
from vcn.methods.multiface.cluster import MultiFace
from vcn.methods.registry import HEAD_MODE, SYSTEMS, find
from vcn.methods.vcn import VideoClusterNet
from vcn.scores import bcubed
from vcn.stages.adapt import HeadAdapter
from vcn.types import Clustering, Embeddings, Float64Array, IntArray


class Embedder(Protocol):
    """Gives an embedding of each track, for verification."""

    def __call__(self, named: NamedFilm, seed: int) -> tuple[Float64Array, IntArray]:
        """(K, W) embeddings and (K,) their tracks."""
        ...


@dataclass(frozen=True, slots=True)
class Adapted:
    """Average linkage of what VideoClusterNet's adapted student makes of the crops."""

    name: str = "hac-adapted"

    def compare(self, film: TrackFilm, seed: int) -> Cuts:
        """The tree of a film, adapted to it first."""
        method = VideoClusterNet.paper()
        run = method.run(film, seed)
        if run.metric is None:
            return Hac().compare(film, seed)
        config = replace(
            method.adapt,
            n_heads=len(run.metric.centre),
            teacher_temperature=run.metric.teacher_temperature,
            student_temperature=run.metric.student_temperature,
        )
        adapter = HeadAdapter(film.embeddings, film.n_tracks, config, seed, "cpu")
        adapter.load(run.metric)
        outputs = adapter.all_student_outputs()  # (N, K, W)
        embeddings = Embeddings(
            outputs.reshape(len(outputs), -1), film.embeddings.track_index, normalised=False
        )
        return Hac().compare(replace(film, embeddings=embeddings, crops=None), seed)


@dataclass(frozen=True, slots=True)
class Ward:
    """Ward's linkage of the unit means of the features, as they are."""

    name: str = "ward"

    def compare(self, film: TrackFilm, seed: int) -> Merges:  # noqa: ARG002
        """The tree of a film; nothing is drawn."""
        means, tracks = track_means(film)
        return Merges(means, tracks, film.n_tracks, "ward")


def method_of(system: str, config: RunConfig) -> Method:
    """A system that finds the number of people itself.

    Raises:
        UsageError: It cannot be made: not trained, or not there.
    """
    base, _, number = system.partition("-iterations-")
    if number:
        return Variant(
            system, {"adapt.iterations": int(number)}, paper=base.endswith("paper")
        ).method(config)
    if system.startswith("vcn-paper-"):
        metric = system.removeprefix("vcn-paper-")
        return Variant(system, {"cluster.metric": metric}, paper=True).method(config)
    made = find(system)
    if made.alone is None:
        raise UsageError(f"{system} does not find the number of people itself")
    return made.alone(config)


def as_printed(system: str) -> str:
    """Its name in the table. The paper trains the whole model, and here the heads alone are."""
    heads = system.startswith("vcn-paper") or system == Adapted().name
    return f"{system} ({HEAD_MODE})" if heads else system


def thresholds_of(system: str, cutter: Cutter, config: RunConfig) -> Float64Array:
    """(G,) the thresholds that hindsight chooses from."""
    own = next((each.thresholds for each in SYSTEMS if each.name == system), None)
    entry = Informed(system, cutter, "hindsight", thresholds=None if own is None else own(config))
    return grid(entry, BenchmarkConfig())


def cutter_of(system: str, config: RunConfig) -> Cutter:
    """A system that is told where to cut.

    Raises:
        UsageError: It cannot be made: not trained, or not there.
    """
    own: dict[str, Cutter] = {"hac-adapted": Adapted(), "ward": Ward()}
    if system in own:
        return own[system]
    made = find(system)
    if made.cutter is None:
        raise UsageError(f"{system} cannot be told the number of people")
    return made.cutter(config)


def embedder_of(system: str, config: RunConfig) -> Embedder:
    """What verification compares tracks by.

    Raises:
        UsageError: The system has no embedding of tracks.
    """
    if system == "features":
        return lambda named, seed: track_means(named.film)  # noqa: ARG005
    cutter = cutter_of(system, config)
    if not isinstance(cutter, MultiFace):
        raise UsageError(f"{system} has no embedding of tracks")
    return lambda named, seed: cutter.embed(named.film, seed)


def hindsight(
    cuts: Sequence[Cuts], truths: Sequence[IntArray], thresholds: Float64Array
) -> tuple[list[Clustering], float]:
    """All films cut at the one threshold with the best mean B-cubed F, and which it is.

    Args:
        cuts: Of each film.
        truths: (T,) numbers of people of each film, -1: not known.
        thresholds: (G,) to choose from.
    """
    curve = np.zeros(len(thresholds))
    for each, truth in zip(cuts, truths, strict=True):
        known = truth >= 0
        curve += [
            bcubed(truth[known], as_singletons(each.at(float(t)).labels)[known]).f
            for t in thresholds
        ]
    best = np.flatnonzero(curve >= curve.max() - 1e-12)
    threshold = float(thresholds[best[len(best) // 2]])
    return [each.at(threshold) for each in cuts], threshold
