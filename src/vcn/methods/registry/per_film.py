"""Systems that train on the tracks of the film itself, without labels."""

from __future__ import annotations

from vcn.config import RunConfig
from vcn.methods.cuts import Cutter
from vcn.methods.registry.system import System


def _tsiam(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.siamese import TSiam

    return TSiam(config.systems.per_film.siamese)


def _ssiam(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.siamese import SSiam

    return SSiam(config.systems.per_film.siamese)


def _ccl(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.ccl import Ccl

    return Ccl(config.systems.per_film.ccl, config.systems.per_film.siamese)


_SHARMA = "Sharma, Tapaswi, Sarfraz, Stiefelhagen, FG"

PER_FILM: tuple[System, ...] = (
    System(
        "tsiam",
        _SHARMA,
        2019,
        "Siamese network on pairs of tracks",
        ("known_k", "transfer", "hindsight"),
        "after",
        cutter=_tsiam,
        needs=("co-occurrence", "crops"),
    ),
    System(
        "ssiam",
        _SHARMA,
        2019,
        "Siamese network on hard pairs by rank",
        ("known_k", "transfer", "hindsight"),
        "paper",
        cutter=_ssiam,
        needs=("crops",),
    ),
    System(
        "ccl",
        _SHARMA,
        2020,
        "Siamese network on the clusters of FINCH",
        ("known_k", "transfer", "hindsight"),
        "after",
        cutter=_ccl,
        needs=("co-occurrence", "crops"),
    ),
)
