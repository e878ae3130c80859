"""What the registry says of a system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vcn.config import RunConfig
from vcn.methods import Method
from vcn.methods.cuts import Cutter

K = Literal["none", "known_k", "transfer", "hindsight", "hindsight over all"]
"""How a system knows the number of people (SYSTEMS, section 0). `none`: it finds it
itself. `known_k`: it is told. `transfer`: it is told a threshold that was fixed on other
labelled films. `hindsight`: the threshold that is best on the very film, an upper bound.
`hindsight over all`: the one threshold with the best mean over all films measured, these
included (VCN 4.2 gives its baselines such a one)."""

BY_THRESHOLD: frozenset[K] = frozenset(("transfer", "hindsight", "hindsight over all"))

Need = Literal["checkpoint", "co-occurrence", "crops", "bodies"]
"""`checkpoint`: a file of `vcn train`, made from other labelled films; `co-occurrence`:
which tracks share a frame (without, a fallback); `crops`: several crops a track, not
their mean alone; `bodies`: features of bodies."""

HEAD_MODE = "head mode"
"""`System.as_run` of what trains heads on fixed embeddings, not the whole face model."""

Faithful = Literal["paper", "after", "baseline", "own"]
"""`paper`: its equations and constants; `after`: its idea, with constants or losses that
no source states; `baseline`: a textbook algorithm; `own`: the method of this project."""


@dataclass(frozen=True, slots=True)
class System:
    """One system."""

    name: str
    paper: str
    """Authors and venue."""
    year: int
    what: str
    """One line."""
    k: tuple[K, ...]
    """The modes that it has; the first is that of its paper, and its default."""
    faithful: Faithful
    alone: Callable[[RunConfig], Method] | None = None
    """Makes the system as it runs with nothing told (mode `none`)."""
    cutter: Callable[[RunConfig], Cutter] | None = None
    """Makes the system as it runs when told where to cut (all other modes)."""
    needs: tuple[Need, ...] = ()
    as_run: str = ""
    """How it is run, where its paper runs it otherwise: stands behind its name in every table."""
    learns: bool = False
    """Whether it reads a file of `vcn train`."""
    thresholds: Callable[[RunConfig], tuple[float, float, float]] | None = None
    """From, to and step of the grid that the benchmark chooses a threshold from, where each
    cut is a run of its own; None: the benchmark's fine one."""
