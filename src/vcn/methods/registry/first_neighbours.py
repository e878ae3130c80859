"""FINCH and C1C: first neighbours, nothing trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vcn.config import RunConfig
from vcn.methods import Method
from vcn.methods.cuts import Cutter
from vcn.methods.registry.system import System

if TYPE_CHECKING:
    from vcn.methods.c1c import C1c


def _finch(partition: int | None, name: str) -> Callable[[RunConfig], Method]:
    def make(config: RunConfig) -> Method:
        from vcn.methods.finch import Finch

        return Finch(partition, config.systems.finch, name)

    return make


def _finch_into(config: RunConfig) -> Cutter:
    from vcn.methods.finch import FinchInto

    return FinchInto(config.systems.finch)


def _c1c(config: RunConfig) -> C1c:
    from vcn.methods.c1c import C1c

    return C1c(config.systems.c1c)


def _b_c1c(config: RunConfig) -> C1c:
    from vcn.methods.c1c import C1c

    return C1c(config.systems.c1c, bodies=True, name="b-c1c")


_FINCH = "Sarfraz, Sharma, Stiefelhagen, CVPR"
_C1C = "Kalogeiton, Zisserman, BMVC"

FIRST_NEIGHBOURS: tuple[System, ...] = (
    System(
        "finch",
        _FINCH,
        2019,
        "first neighbours, the last partition; or merged into K",
        ("none", "known_k"),
        "paper",
        alone=_finch(None, "finch"),
        cutter=_finch_into,
    ),
    *(
        System(
            f"finch-{n}",
            _FINCH,
            2019,
            f"first neighbours, partition {n}",
            ("none",),
            "paper",
            alone=_finch(n, f"finch-{n}"),
        )
        for n in (1, 2)
    ),
    System(
        "c1c",
        _C1C,
        2020,
        "first neighbours that respect co-occurrence",
        ("none", "known_k"),
        "paper",
        alone=_c1c,
        cutter=_c1c,
        needs=("co-occurrence",),
    ),
    System(
        "b-c1c",
        "Brown, Kalogeiton, Zisserman, ICCVW",
        2021,
        "C1C; tracks without a face join their nearest body",
        ("none", "known_k"),
        "after",
        alone=_b_c1c,
        cutter=_b_c1c,
        needs=("co-occurrence", "bodies"),
    ),
)
