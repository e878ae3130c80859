"""What competes in the benchmark: methods, and methods that are told something.

A `Method` sees a film without its truth. Beside them stand those that must be told where
to cut: the true number of people, the threshold that was best on the other films, the best
one in hindsight, on the film or on all films together. They get it from here, never through
`TrackFilm`; the table has a column for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vcn.config import BenchmarkConfig, RunConfig
from vcn.errors import UsageError
from vcn.methods import Method
from vcn.methods.cuts import Cutter
from vcn.methods.registry import SYSTEMS, K, System
from vcn.types import Float64Array


@dataclass(frozen=True, slots=True)
class Blind:
    """A method as its user runs it."""

    method: Method
    needs_crops: bool = False

    @property
    def name(self) -> str:
        """The method's own name."""
        return self.method.name

    @property
    def k(self) -> K:
        """It is told nothing."""
        return "none"


@dataclass(frozen=True, slots=True)
class Informed:
    """A method that is told where to cut."""

    name: str
    cutter: Cutter
    k: K
    """`known_k`: the true number of people; `transfer`: the threshold with the best mean
    B-cubed F over all films of another name; `hindsight`: the one with the best B-cubed F
    on this very film; `hindsight over all`: the one with the best mean B-cubed F over all
    films of the run."""
    needs_crops: bool = False
    thresholds: tuple[float, float, float] | None = None
    """From, to and step of its grid; None: that of the benchmark."""


Entry = Blind | Informed


NAMES: dict[tuple[str, K], str] = {
    ("hac", "hindsight"): "hac-oracle",
    ("hac", "transfer"): "hac-fixed",
    ("hac", "known_k"): "hac-true-k",
    ("hac-raw", "hindsight"): "hac-oracle-raw",
    ("dbscan", "transfer"): "dbscan-fixed",
}
"""The bars, by what they are for. Any other is called by its system, and a mode that is
not the system's first by SYSTEM:MODE."""


def entry_name(system: System, k: K) -> str:
    """What a system in a mode is called in tables."""
    return NAMES.get((system.name, k), system.name if k == system.k[0] else f"{system.name}:{k}")


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that can be made: its name, and how."""

    name: str
    make: Callable[[], Entry]


def registered(run: RunConfig) -> Iterator[Known]:
    """Every system of the registry in each of its modes.

    Args:
        run: The constants of the systems.
    """
    for system in SYSTEMS:
        for k in system.k:
            yield Known(name := entry_name(system, k), _maker(system, k, name, run))


def _maker(system: System, k: K, name: str, run: RunConfig) -> Callable[[], Entry]:
    if k == "none":
        alone = system.alone
        assert alone is not None
        return lambda: Blind(alone(run))
    cutter = system.cutter
    assert cutter is not None
    own = None if system.thresholds is None else system.thresholds(run)
    return lambda: Informed(name, cutter(run), k, thresholds=own)


def grid(entry: Informed, config: BenchmarkConfig) -> Float64Array:
    """(G,) the thresholds that are tried."""
    low, high, step = entry.thresholds or config.thresholds
    return np.arange(low, high + step / 2, step)


def chosen(known: Sequence[Known], names: Sequence[str]) -> tuple[Entry, ...]:
    """The entries of the given names, in their order.

    Raises:
        UsageError: There is no such entry.
    """
    makers = {entry.name: entry.make for entry in known}
    for name in names:
        if name not in makers:
            raise UsageError(f"no method {name!r}", f"Choose from {', '.join(makers)}")
    return tuple(makers[name]() for name in names)
