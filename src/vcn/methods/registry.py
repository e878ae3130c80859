"""Every system by its name: where it comes from, what it needs, and how it is made.

`SYSTEMS` is the one list: `vcn methods` prints it, `vcn cluster --method` and
`vcn benchmark --method` choose from it. A system gets its place here and nowhere else.
Nothing heavy is imported before a system is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vcn.config import RunConfig
from vcn.errors import UsageError
from vcn.methods import Method
from vcn.methods.cuts import Cutter, Told

if TYPE_CHECKING:
    from vcn.methods.bcl.cluster import BallClustering
    from vcn.methods.multiface.cluster import MultiFace
    from vcn.weights.learned import Learned

K = Literal["none", "known_k", "transfer", "hindsight"]
"""How a system knows the number of people (SYSTEMS, section 0). `none`: it finds it
itself. `known_k`: it is told. `transfer`: it is told a threshold that was fixed on other
labelled films. `hindsight`: the threshold that is best on the very film, an upper bound."""

Need = Literal["checkpoint", "co-occurrence", "crops", "bodies"]
"""`checkpoint`: a file of `vcn train`, made from other labelled films; `co-occurrence`:
which tracks share a frame (without, a fallback); `crops`: several crops a track, not
their mean alone; `bodies`: features of bodies."""

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


# Factories: imported when called.


def _vcn(config: RunConfig) -> Method:
    from vcn.methods.vcn import VideoClusterNet

    return VideoClusterNet(config.quality, config.adapt, config.cluster)


def _vcn_paper(config: RunConfig) -> Method:  # noqa: ARG001
    from vcn.methods.vcn import VideoClusterNet

    return VideoClusterNet.paper()


def _hac(config: RunConfig) -> Cutter:  # noqa: ARG001
    from vcn.methods.hac import Hac

    return Hac()


def _hac_raw(config: RunConfig) -> Cutter:  # noqa: ARG001
    from vcn.methods.hac import Hac

    return Hac(normalise=False, name="hac-raw")


def _dbscan(config: RunConfig) -> Cutter:
    from vcn.methods.dbscan import Dbscan

    return Dbscan(config.systems.dbscan.min_tracks)


def _affinity(config: RunConfig) -> Method:
    from vcn.methods.affinity import AffinityPropagation

    return AffinityPropagation(config.systems.affinity.damping, config.systems.affinity.rounds)


def _finch(partition: int) -> Callable[[RunConfig], Method]:
    def make(config: RunConfig) -> Method:  # noqa: ARG001
        from vcn.methods.finch import Finch

        return Finch(partition, f"finch-{partition}")

    return make


def _learned(config: RunConfig, system: str) -> Learned:
    """The file of `vcn train` that a system of other films needs."""
    from vcn.weights.learned import load_learned

    if config.checkpoint is None:
        raise UsageError(
            f"{system} has to be trained on other films first",
            f"Give --checkpoint, a file of: vcn train {system}, or vcn models import",
        )
    return load_learned(Path(config.checkpoint), system)


def _ball(system: str, name: str = "") -> Callable[[RunConfig], BallClustering]:
    def make(config: RunConfig) -> BallClustering:
        from vcn.methods.bcl.cluster import BallClustering

        learned = _learned(config, system)
        return BallClustering(learned, bool(name), config.systems.ball, name or system)

    return make


def _multiface(system: str) -> Callable[[RunConfig], MultiFace]:
    def make(config: RunConfig) -> MultiFace:
        from vcn.methods.multiface.cluster import MultiFace

        learned = None if config.checkpoint is None else _learned(config, system)
        return MultiFace(system, learned, config.systems.multiface, system)

    return make


def _multiface_ap(system: str) -> Callable[[RunConfig], Method]:
    def make(config: RunConfig) -> Method:
        from vcn.methods.multiface.cluster import MultiFaceExemplars

        return MultiFaceExemplars(_multiface(system)(config), f"{system}-ap")

    return make


_BCL = "Tapaswi, Law, Fidler, ICCV"
_MULTIFACE = "Somandepalli, Hebbar, Narayanan, TMM"
_MULTIFACES: tuple[tuple[str, str, Faithful, tuple[Need, ...]], ...] = (
    ("mvcorr", "correlation of three hard views of a track", "paper", ("crops",)),
    ("imptriplet", "improved triplet loss", "after", ("crops", "co-occurrence")),
)
_FINCH = "Sarfraz, Sharma, Stiefelhagen, CVPR"

SYSTEMS: tuple[System, ...] = (
    System(
        "vcn",
        "after Bhargava et al., ECCV",
        2024,
        "VideoClusterNet, with what this project changed and added",
        ("none",),
        "own",
        alone=_vcn,
        needs=("crops",),
    ),
    System(
        "vcn-paper",
        "VideoClusterNet, ECCV",
        2024,
        "self-supervised adaptation, the loss as the distance, no threshold",
        ("none",),
        "paper",
        alone=_vcn_paper,
        needs=("crops",),
    ),
    System(
        "hac",
        "Sokal and Michener",
        1958,
        "average linkage of track means",
        ("known_k", "transfer", "hindsight"),
        "baseline",
        cutter=_hac,
    ),
    System(
        "hac-raw",
        "Sokal and Michener",
        1958,
        "the same, embeddings not normalised",
        ("known_k", "transfer", "hindsight"),
        "baseline",
        cutter=_hac_raw,
    ),
    System(
        "dbscan",
        "Ester et al., KDD",
        1996,
        "dense neighbourhoods of track means",
        ("transfer", "hindsight"),
        "baseline",
        cutter=_dbscan,
    ),
    System(
        "affinity",
        "Frey and Dueck, Science",
        2007,
        "affinity propagation between track means",
        ("none",),
        "baseline",
        alone=_affinity,
    ),
    *(
        System(
            f"finch-{n}",
            _FINCH,
            2019,
            f"first neighbours, partition {n}",
            ("none",),
            "paper",
            alone=_finch(n),
        )
        for n in (1, 2)
    ),
    System(
        "bcl",
        _BCL,
        2019,
        "Ball Cluster Learning: balls of one learned radius",
        ("none", "known_k"),
        "paper",
        alone=_ball("bcl"),
        cutter=_ball("bcl"),
        needs=("checkpoint",),
    ),
    System(
        "bcl-finetuned",
        _BCL,
        2019,
        "the same, fine-tuned on the film's own tracks",
        ("none", "known_k"),
        "after",
        alone=_ball("bcl", "bcl-finetuned"),
        cutter=_ball("bcl", "bcl-finetuned"),
        needs=("checkpoint", "co-occurrence", "crops"),
    ),
    *(
        System(
            f"bcl-{loss}",
            _BCL,
            2019,
            f"{loss} loss, threshold from validation people",
            ("none", "known_k"),
            "paper",
            alone=_ball(f"bcl-{loss}"),
            cutter=_ball(f"bcl-{loss}"),
            needs=("checkpoint",),
        )
        for loss in ("triplet", "contrastive", "ldml", "prototypical", "cross-entropy")
    ),
    *(
        System(
            system,
            _MULTIFACE,
            2020,
            f"{what}; trained on the film itself without a checkpoint",
            ("known_k",),
            faithful,
            cutter=_multiface(system),
            needs=needs,
        )
        for system, what, faithful, needs in _MULTIFACES
    ),
    *(
        System(
            f"{system}-ap",
            _MULTIFACE,
            2020,
            f"{what}, by affinity propagation",
            ("none",),
            faithful,
            alone=_multiface_ap(system),
            needs=needs,
        )
        for system, what, faithful, needs in _MULTIFACES
    ),
)


def find(name: str) -> System:
    """The system of this name.

    Raises:
        UsageError: There is none.
    """
    for system in SYSTEMS:
        if system.name == name:
            return system
    raise UsageError(f"no method {name!r}", "vcn methods lists them")


def make_method(config: RunConfig) -> Method:
    """The system that a configuration asks for, with what its user tells it.

    Raises:
        UsageError: There is no such system, or it was told what it cannot use, or not
            what it must know.
    """
    told, system = config.method, find(config.method.name)
    by_threshold = {"transfer", "hindsight"} & set(system.k)
    if told.n_people is not None and told.threshold is not None:
        raise UsageError("--n-people and --threshold exclude each other", "Give one")
    if told.n_people is not None and "known_k" not in system.k:
        raise UsageError(f"{system.name} takes no number of people", "Leave out --n-people")
    if told.threshold is not None and not by_threshold:
        raise UsageError(f"{system.name} takes no threshold", "Leave out --threshold")
    if told.n_people is not None and told.n_people < 1:
        raise UsageError(f"--n-people must be at least 1, got {told.n_people}")
    if told.n_people is None and told.threshold is None:
        if system.alone is not None:
            return system.alone(config)
        ways = ["--n-people K"] * ("known_k" in system.k) + ["--threshold T"] * bool(by_threshold)
        raise UsageError(
            f"{system.name} does not find the number of people itself", f"Give {' or '.join(ways)}"
        )
    assert system.cutter is not None
    return Told(system.cutter(config), told.n_people, told.threshold)
