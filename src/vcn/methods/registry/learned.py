"""Ball Cluster Learning, its comparators, and Multi-Face: trained on other films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vcn.config import RunConfig
from vcn.errors import UsageError
from vcn.methods import Method
from vcn.methods.registry.system import Faithful, Need, System

if TYPE_CHECKING:
    from vcn.methods.bcl.cluster import BallClustering
    from vcn.methods.multiface.cluster import MultiFace
    from vcn.weights.learned import Learned


def _file(config: RunConfig, system: str) -> Path | None:
    """The file of `vcn train` of a system; SYSTEM.safetensors where a folder was given."""
    if config.checkpoint is None:
        return None
    path = Path(config.checkpoint)
    if not path.is_dir():
        return path
    path /= f"{system}.safetensors"
    return path if path.is_file() else None


def _learned(config: RunConfig, system: str) -> Learned:
    """What a system that needs other films has learned from them."""
    from vcn.weights.learned import load_learned

    path = _file(config, system)
    if path is None:
        raise UsageError(
            f"{system} has to be trained on other films first",
            f"Give --checkpoint, a file of: vcn train {system}, or vcn models import",
        )
    return load_learned(path, system)


def _ball(system: str, name: str = "") -> Callable[[RunConfig], BallClustering]:
    def make(config: RunConfig) -> BallClustering:
        from vcn.methods.bcl.cluster import BallClustering

        learned = _learned(config, system)
        return BallClustering(learned, bool(name), config.systems.ball, name or system)

    return make


def _multiface(system: str) -> Callable[[RunConfig], MultiFace]:
    def make(config: RunConfig) -> MultiFace:
        from vcn.methods.multiface.cluster import MultiFace

        learned = None if _file(config, system) is None else _learned(config, system)
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
LEARNED: tuple[System, ...] = (
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
        learns=True,
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
        learns=True,
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
            learns=True,
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
            learns=True,
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
            learns=True,
        )
        for system, what, faithful, needs in _MULTIFACES
    ),
)
