"""vcn itself, and the textbook algorithms."""

from __future__ import annotations

from vcn.config import RunConfig
from vcn.methods import Method
from vcn.methods.cuts import Cutter
from vcn.methods.registry.system import HEAD_MODE, System


def _vcn(config: RunConfig) -> Method:
    from vcn.methods.vcn import VideoClusterNet
    from vcn.methods.vcn.chosen import as_chosen

    return as_chosen(VideoClusterNet(), config)


def _vcn_paper(config: RunConfig) -> Method:
    from vcn.methods.vcn import VideoClusterNet
    from vcn.methods.vcn.chosen import as_chosen

    return as_chosen(VideoClusterNet.paper(), config)


def _hac(config: RunConfig) -> Cutter:  # noqa: ARG001
    from vcn.methods.hac import Hac

    return Hac()


def _hac_raw(config: RunConfig) -> Cutter:  # noqa: ARG001
    from vcn.methods.hac import Hac

    return Hac(normalise=False, name="hac-raw")


def _hac_global(config: RunConfig) -> Cutter:  # noqa: ARG001
    from vcn.methods.hac import Hac

    return Hac(co_occurrence=True, name="hac-global")


def _dbscan(config: RunConfig) -> Cutter:
    from vcn.methods.dbscan import Dbscan

    return Dbscan(config.systems.dbscan.min_tracks)


def _affinity(config: RunConfig) -> Method:
    from vcn.methods.affinity import AffinityPropagation

    return AffinityPropagation(config.systems.affinity.damping, config.systems.affinity.rounds)


BASELINES: tuple[System, ...] = (
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
        "self-supervised adaptation, the loss as the distance, no threshold; in head mode, where "
        "the paper trains the whole model (vcn benchmark --method vcn-paper-full)",
        ("none",),
        "paper",
        alone=_vcn_paper,
        needs=("crops",),
        as_run=HEAD_MODE,
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
        "hac-global",
        "Sokal and Michener",
        1958,
        "the same as hac, co-occurring tracks kept apart",
        ("hindsight over all",),
        "baseline",
        cutter=_hac_global,
        needs=("co-occurrence",),
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
)
