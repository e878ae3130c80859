"""What competes in the benchmark: methods, and methods that are told something.

A `Method` sees a film without its truth. Beside them stand bars to be measured
against, which know more: the best threshold in hindsight, the threshold that was best
on the other films, the true number of people. They get it from here, never through
`TrackFilm`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vcn.config import BenchmarkConfig
from vcn.methods import Method, TrackFilm
from vcn.methods.affinity import AffinityPropagation
from vcn.methods.dbscan import Dbscan
from vcn.methods.finch import Finch
from vcn.methods.hac import Tree
from vcn.types import Clustering, Float64Array

Cuts = Callable[[float], Clustering]
"""One film under every threshold."""


@dataclass(frozen=True, slots=True)
class Blind:
    """A method as its user runs it."""

    method: Method
    needs_crops: bool = False

    @property
    def name(self) -> str:
        """The method's own name."""
        return self.method.name


@dataclass(frozen=True, slots=True)
class Thresholded:
    """A method that needs a threshold, which is chosen by what it is told."""

    name: str
    family: Callable[[TrackFilm], Cuts]
    choice: Literal["hindsight", "other-films"]
    """`hindsight`: the one with the best B-cubed F on this very film (the oracle).
    `other-films`: the one with the best mean over all films of another name."""
    needs_crops: bool = False


@dataclass(frozen=True, slots=True)
class TrueCount:
    """HAC that is told the number of people."""

    name: str = "hac-true-k"
    needs_crops: bool = False


Entry = Blind | Thresholded | TrueCount


def grid(config: BenchmarkConfig) -> Float64Array:
    """(G,) the thresholds that are tried."""
    low, high, step = config.thresholds
    return np.arange(low, high + step / 2, step)


def _hac(film: TrackFilm) -> Cuts:
    return Tree(film).at


def _hac_raw(film: TrackFilm) -> Cuts:
    tree = Tree(film, normalise=False)
    length = (
        float(np.linalg.norm(film.embeddings.values, axis=1).mean())
        if len(film.embeddings)
        else 1.0
    )
    # In units of the mean length, so that one grid serves every face model.
    return lambda threshold: tree.at(threshold * length)


def baselines(config: BenchmarkConfig) -> tuple[Entry, ...]:
    """All bars and baselines, without vcn itself."""
    min_tracks = config.dbscan_min_tracks

    def dbscan(film: TrackFilm) -> Cuts:
        return lambda radius: Dbscan(radius, min_tracks)(film, 0)

    return (
        Thresholded("hac-oracle", _hac, "hindsight"),
        Thresholded("hac-oracle-raw", _hac_raw, "hindsight"),
        Thresholded("hac-fixed", _hac, "other-films"),
        TrueCount(),
        Thresholded("dbscan-fixed", dbscan, "other-films"),
        Blind(AffinityPropagation(config.affinity_damping, config.affinity_rounds)),
        *(Blind(Finch(number, f"finch-{number}")) for number in config.finch_partitions),
    )


def chosen(entries: Sequence[Entry], names: Sequence[str] | None) -> tuple[Entry, ...]:
    """The entries of the given names, in their order; None: all.

    Raises:
        UsageError: There is no such entry.
    """
    from vcn.errors import UsageError

    if names is None:
        return tuple(entries)
    known = {entry.name: entry for entry in entries}
    missing = [name for name in names if name not in known]
    if missing:
        raise UsageError(f"no method {missing[0]!r}", f"Choose from {', '.join(known)}")
    return tuple(known[name] for name in names)
