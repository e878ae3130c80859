"""Every system by its name: where it comes from, what it needs, and how it is made.

`SYSTEMS` is the one list: `vcn methods` prints it, `vcn cluster --method` and
`vcn benchmark --method` choose from it. A system gets its place in one of the files of
this package and nowhere else. Nothing heavy is imported before a system is made.
"""

from __future__ import annotations

import math

from vcn.config import RunConfig
from vcn.errors import UsageError
from vcn.methods import Method
from vcn.methods.cuts import Told
from vcn.methods.registry.baselines import BASELINES
from vcn.methods.registry.first_neighbours import FIRST_NEIGHBOURS
from vcn.methods.registry.learned import LEARNED
from vcn.methods.registry.per_film import PER_FILM
from vcn.methods.registry.system import BY_THRESHOLD, HEAD_MODE, K, System

__all__ = ["BY_THRESHOLD", "HEAD_MODE", "SYSTEMS", "K", "System", "find", "make_method", "printed"]

SYSTEMS: tuple[System, ...] = (*BASELINES, *FIRST_NEIGHBOURS, *PER_FILM, *LEARNED)


def find(name: str) -> System:
    """The system of this name.

    Raises:
        UsageError: There is none.
    """
    for system in SYSTEMS:
        if system.name == name:
            return system
    raise UsageError(f"no method {name!r}", "vcn methods lists them")


def printed(name: str) -> str:
    """A system's name as tables and pages have it: with how it is run, where its paper differs."""
    as_run = find(name).as_run
    return f"{name} ({as_run})" if as_run else name


def make_method(config: RunConfig) -> Method:
    """The system that a configuration asks for, with what its user tells it.

    Raises:
        UsageError: There is no such system, or it was told what it cannot use, or not
            what it must know.
    """
    told, system = config.method, find(config.method.name)
    by_threshold = BY_THRESHOLD & set(system.k)
    if told.n_people is not None and told.threshold is not None:
        raise UsageError("--n-people and --threshold exclude each other", "Give one")
    if told.n_people is not None and "known_k" not in system.k:
        raise UsageError(f"{system.name} takes no number of people", "Leave out --n-people")
    if told.threshold is not None and not by_threshold:
        raise UsageError(f"{system.name} takes no threshold", "Leave out --threshold")
    if told.n_people is not None and told.n_people < 1:
        raise UsageError(f"--n-people must be at least 1, got {told.n_people}")
    if told.threshold is not None and not 0 <= told.threshold < math.inf:
        raise UsageError(f"--threshold must be a finite number from 0 on, got {told.threshold}")
    if config.checkpoint is not None and not (system.learns or system.name == "vcn"):
        raise UsageError(f"{system.name} reads no checkpoint", "Leave out --checkpoint")
    if told.n_people is None and told.threshold is None:
        if system.alone is not None:
            return system.alone(config)
        ways = ["--n-people K"] * ("known_k" in system.k) + ["--threshold T"] * bool(by_threshold)
        raise UsageError(
            f"{system.name} does not find the number of people itself", f"Give {' or '.join(ways)}"
        )
    assert system.cutter is not None
    return Told(system.cutter(config), told.n_people, told.threshold)
