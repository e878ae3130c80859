"""The systems that stand beside vcn: which one runs, and the constants of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vcn.config.learned import BallConfig, MultiFaceConfig
from vcn.config.per_film import PerFilmConfig


@dataclass(frozen=True, slots=True)
class MethodConfig:
    """Which system finds the people, and what its user tells it (`vcn methods`)."""

    name: str = "vcn"
    n_people: int | None = None
    """Number of people K, for systems that do not find it themselves."""
    threshold: float | None = None
    """Where to cut, for systems that cut at a threshold; its unit is the system's own."""


@dataclass(frozen=True, slots=True)
class AffinityConfig:
    """Affinity propagation (Frey and Dueck 2007)."""

    damping: float = 0.9
    """At scikit-learn's 0.5 some films do not converge; at 0.9 all do."""
    rounds: int = 1000


@dataclass(frozen=True, slots=True)
class DbscanConfig:
    """DBSCAN (Ester et al. 1996)."""

    min_tracks: int = 2
    """Two tracks that are alike make a person."""


@dataclass(frozen=True, slots=True)
class FinchConfig:
    """FINCH (Sarfraz et al. 2019)."""

    distance: Literal["cosine", "euclidean"] = "cosine"
    """Its authors' recommendation."""
    early_exit: bool = True
    """The default of its authors' Python code."""


@dataclass(frozen=True, slots=True)
class C1cConfig:
    """C1C (Kalogeiton and Zisserman 2020)."""

    distance: Literal["cosine", "euclidean"] = "euclidean"
    """Recommended in the code that circulates; of means at length 1."""
    early_exit: bool = True


@dataclass(frozen=True, slots=True)
class SystemsConfig:
    """The constants of every system but vcn, whose own are the stages' configurations."""

    affinity: AffinityConfig = field(default_factory=AffinityConfig)
    dbscan: DbscanConfig = field(default_factory=DbscanConfig)
    ball: BallConfig = field(default_factory=BallConfig)
    multiface: MultiFaceConfig = field(default_factory=MultiFaceConfig)
    finch: FinchConfig = field(default_factory=FinchConfig)
    c1c: C1cConfig = field(default_factory=C1cConfig)
    per_film: PerFilmConfig = field(default_factory=PerFilmConfig)
