"""Files of what was learned from other films: one safetensors file, NAME.json for people.

Like a checkpoint of adaptation (`vcn.weights.checkpoint`): the description is in the
file's own header and sealed with its arrays; nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError
from vcn.weights.sealed import Kind, read_sealed, write_sealed

FORMAT = "vcn-learned/1"
_HINT = "Make it with: vcn train, or vcn models import"
_KIND = Kind(
    FORMAT, "file", "cannot be read", "is not the kind of file that vcn train writes", _HINT
)


@dataclass(frozen=True, slots=True)
class Learned:
    """An embedding of tracks that was learned, and where it comes from."""

    system: str
    """Name of the system: `bcl`, `bcl-triplet`, ..., `mvcorr`, `imptriplet`."""
    weights: Mapping[str, NDArray[Any]]
    """The network, as of the best epoch."""
    scale: float
    """Factor of the base embeddings before the network."""
    threshold: float | None
    """Where agglomerative clustering stops (squared Euclidean distance, complete linkage):
    4b, or what gives the right number of validation people; None: the system has none."""
    origin: Mapping[str, Any]
    """What it was made from: films, people, digest of the data, seed, options, versions."""
    log: tuple[Mapping[str, float], ...] = ()
    """One entry an epoch."""
    finished: bool = True
    training: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """State to go on from; empty when finished."""

    def check_width(self, width: int) -> None:
        """Check that base embeddings fit.

        Raises:
            DataError: They have another width than those it was learned on.
        """
        wanted = int(self.origin["width"])
        if width != wanted:
            raise DataError(
                f"the features have {width} values, {self.system} was learned on {wanted}",
                "Use the face model that it was learned with, or train it on features of this one",
            )

    def check_origin(self, origin: Mapping[str, Any]) -> None:
        """Check that a training of `origin` may go on from here.

        Raises:
            DataError: This was made from other data or with other options, or is finished.
        """
        if self.finished:
            raise DataError("the training is finished already", "Leave out --resume to do it again")
        changed = [
            name
            for name in sorted(origin)
            if name != "versions" and self.origin.get(name) != origin[name]
        ]
        if changed:
            raise DataError(
                f"the unfinished training differs in {', '.join(changed)}",
                "Give the same data and options, or leave out --resume",
            )


def save_learned(learned: Learned, path: Path) -> None:
    """Write NAME.safetensors, whole or not at all, then NAME.json for people.

    Raises:
        OutputError: It cannot be written; an older file is untouched.
    """
    arrays = {
        f"{prefix}/{name}": value
        for prefix, group in (("weights", learned.weights), ("training", learned.training))
        for name, value in group.items()
    }
    record = {
        "format": FORMAT,
        "system": learned.system,
        "scale": learned.scale,
        "threshold": learned.threshold,
        "finished": learned.finished,
        "origin": learned.origin,
        "log": list(learned.log),
    }
    write_sealed(path, record, arrays)


def load_learned(path: Path, system: str | None = None) -> Learned:
    """Read and check a file of what was learned.

    Args:
        path: The safetensors file.
        system: The system that it must be of; None: any.

    Raises:
        DataError: It is missing, damaged, of another kind, or of another system.
    """
    record, arrays = read_sealed(path, _KIND)
    try:
        learned = _learned(record, arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} is damaged: {type(error).__name__} {error}", _HINT) from error
    if system is not None and learned.system != system:
        raise DataError(
            f"{path} was learned by {learned.system}, not by {system}",
            f"Use --method {learned.system}",
        )
    return learned


def _learned(record: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Learned:
    groups: dict[str, dict[str, NDArray[Any]]] = {"weights": {}, "training": {}}
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
        prefix, _, rest = name.partition("/")
        groups[prefix][rest] = array
    threshold = record["threshold"]
    scale = float(record["scale"])
    if not 0 < scale < np.inf or not groups["weights"]:
        raise ValueError("no weights, or no scale")
    origin = dict(record["origin"])
    int(origin["width"])
    return Learned(
        system=str(record["system"]),
        weights=groups["weights"],
        scale=scale,
        threshold=None if threshold is None else float(threshold),
        origin=origin,
        log=tuple({str(k): float(v) for k, v in entry.items()} for entry in record["log"]),
        finished=bool(record["finished"]),
        training=groups["training"],
    )
