"""The people of a season who are like a face, by the evidence that the season was linked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from math import exp
from typing import Any

import numpy as np

from vcn.config import EvidenceConfig, SeasonConfig
from vcn.equations.pair_mixture import PairMixture
from vcn.errors import DataError
from vcn.season.archive import HINT, Archive, Found
from vcn.season.candidates import Index
from vcn.season.looks import COLUMNS, Looks
from vcn.season.odds import Scale, effects
from vcn.season.shelf import Shelf
from vcn.season.tables import Table
from vcn.types import FloatArray, IntArray

_UNSAVED = {"track", "likelihood", "start_rate"}
"""Parts of a mixture that are not in season.json."""
_OF_BUCKETS = ("strangers_nearer", "nearer", "same_sd")
"""What a mixture says of each bucket of pairs."""


def people_like(
    archive: Archive,
    shelf: Shelf,
    face: FloatArray,
    size: float,
    config: SeasonConfig,
    evidence: EvidenceConfig,
) -> list[Found]:
    """The people who are likeliest to be a face, likeliest first.

    Args:
        archive: The people of the season.
        shelf: Its folder.
        face: (D,) embedding of length 1, of the model of the season.
        size: Side of the face in pixels.
        config: How many are looked at, and given.
        evidence: As of the season.

    Raises:
        DataError: The season is damaged, or was made with another face model.
    """
    table = Table(shelf.archive / "looks.parquet", HINT)
    looks = Looks(*(table.array(name) for name in COLUMNS))
    if len(looks) == 0:
        return []
    if looks.means.shape[1] != len(face):
        raise DataError(f"{shelf.root} was made with another face model", "Use --pack")
    mixture, prior, floor = mixture_of(table.facts["calibration"])
    anchors = np.flatnonzero(table.array("anchor"))
    effect = table.array("effect")
    fitted = replace(mixture, track=effect[anchors])
    n = len(looks)
    both = Looks(
        np.concatenate((looks.means, face[None])),
        np.append(looks.person, looks.person.max() + 1),
        np.append(looks.count, 1),
        np.append(looks.size, size),
        np.append(looks.beside, 0.0),
        np.append(looks.own, looks.own.max() + 1),
    )
    own = effects(fitted, both.take(anchors), both.take(np.array([n])), floor, evidence)
    scale = Scale(
        both,
        replace(mixture, track=np.concatenate((effect, own))),
        prior,
        floor,
        evidence,
    )
    near = _near(shelf, face, n, config)
    odds = scale.pairs(near, np.full(len(near), n))
    best: dict[int, float] = {}
    for identity, value in zip(table.array("id")[near].tolist(), odds.tolist(), strict=True):
        best[identity] = max(value, best.get(identity, -np.inf))
    ranked = sorted(best, key=lambda identity: (-best[identity], identity))[: config.faces]
    return archive.found({identity: 1 / (1 + exp(-best[identity])) for identity in ranked})


def mixture_of(calibration: Mapping[str, Any]) -> tuple[PairMixture, float, float]:
    """What distances mean in a season, the log-odds of strangers, and the least distance.

    Raises:
        DataError: The calibration of the season is damaged, or of another version.
    """
    wanted = {field.name for field in fields(PairMixture)} - _UNSAVED | {"prior", "floor"}
    if isinstance(calibration, Mapping) and set(calibration) != wanted:
        raise DataError(
            "the season was linked by another version of vcn: what it learnt of faces cannot be "
            "used by this one",
            "Run vcn season again, with the same films and -o: it links them anew, without --redo",
        )
    try:
        values = dict(calibration)
        prior, floor = float(values.pop("prior")), float(values.pop("floor"))
        values = {
            name: np.array(value, np.float64) if name in _OF_BUCKETS else float(value)
            for name, value in values.items()
        }
        values |= {"track": np.zeros(1), "likelihood": 0.0, "start_rate": values["base_rate"]}
        return PairMixture(**values), prior, floor
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the season is damaged: {error!r}", HINT) from error


def _near(shelf: Shelf, face: FloatArray, n: int, config: SeasonConfig) -> IntArray:
    path = shelf.archive / "looks.usearch"
    if not path.exists():
        return np.arange(n)
    near = Index.load(path).nearest(face[None], min(config.neighbours, n))[0]
    known: IntArray = near[near < n]
    return known
