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


def _vctrsf(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.transformer import TrackTransformers

    return TrackTransformers("centres", config.systems.per_film.transformer, "vctrsf")


def _ct_trsf(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.transformer import TrackTransformers

    return TrackTransformers("pairs", config.systems.per_film.transformer, "ct-trsf")


def _jfrac(config: RunConfig) -> Cutter:
    from vcn.methods.per_film.jfrac import Jfrac

    per_film = config.systems.per_film
    return Jfrac(per_film.jfrac, per_film.siamese)


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
    System(
        "vctrsf",
        "Wang et al., TPAMI",
        2023,
        "transformer over a track, pulled to video centres",
        ("known_k", "transfer", "hindsight"),
        "after",
        cutter=_vctrsf,
        needs=("co-occurrence", "crops"),
    ),
    System(
        "ct-trsf",
        "Wang et al., TPAMI",
        2023,
        "transformer over a track, on pairs of clips",
        ("known_k", "transfer", "hindsight"),
        "after",
        cutter=_ct_trsf,
        needs=("co-occurrence", "crops"),
    ),
    System(
        "jfrac-like",
        "Zhang, Luo, Loy, Tang, ECCV",
        2016,
        "random field and Siamese network in turn",
        ("known_k", "transfer", "hindsight"),
        "after",
        cutter=_jfrac,
        needs=("co-occurrence", "crops"),
        thresholds=lambda config: config.systems.per_film.jfrac.thresholds,
    ),
)
