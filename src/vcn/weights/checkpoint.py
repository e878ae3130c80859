"""Checkpoints of adaptation: one safetensors file that holds all that is needed to go on.

The only file that imports safetensors. Nothing is ever unpickled. The description is in
the file's own header, so that a single rename makes the whole checkpoint appear;
NAME.json beside it is the same text for people, and is never read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError, VcnError
from vcn.types import IntArray, LossMetric, Quality, Reason
from vcn.weights.sealed import Kind, read_sealed, write_sealed

FORMAT = "vcn-checkpoint/1"

_HINT = "Make it again with: vcn finetune"
_METRIC = ("centre", "input_mean", "input_std")
_KIND = Kind(
    FORMAT,
    "checkpoint",
    "is not a whole checkpoint",
    f"is not a checkpoint of this version of vcn ({FORMAT})",
    _HINT,
)


@dataclass(frozen=True, slots=True)
class Iteration:
    """What one iteration of adapt, filter and match came to."""

    number: int
    """From 1."""
    epochs: int
    loss: float
    """Mean loss of the last epoch, nats; NaN when there was nothing to train."""
    n_matches: int
    """Coarse matches found after it."""
    agreement: float
    """Share of the matches that are mutual; NaN where there is none."""
    n_rejected: int
    """Tracks that SER-FIQ rejects."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where adaptation stands: enough to go on as if it had never stopped."""

    metric: LossMetric
    """Student, teacher, centre, temperatures and input statistics."""
    training: Mapping[str, NDArray[Any]]
    """Optimiser, place in the schedule and state of the random generator."""
    quality: Quality
    """After the last finished iteration."""
    matches: IntArray
    """(M, 2) coarse matches after the last finished iteration."""
    log: tuple[Iteration, ...]
    """The finished iterations."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a checkpoint was made from; a run that goes on must be made from the same."""

    film: str
    """Content hash."""
    film_name: str
    crops: str
    """Digest of the embeddings of the crops and of their tracks."""
    pack: str
    face_model: str
    """sha256 of the base model's file."""
    seed: int
    config: Mapping[str, Any]
    """Options of the stages that adaptation runs."""
    versions: Mapping[str, str]
    """Of vcn and torch; others may give a result that differs in the last digits."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A snapshot and what it was made from."""

    origin: Origin
    snapshot: Snapshot

    @property
    def finished(self) -> bool:
        """True when every iteration is done."""
        return len(self.snapshot.log) >= int(self.origin.config["adapt"]["iterations"])

    def check_model(self, face_model: str, path: Path) -> None:
        """Check that the metric belongs to a base model.

        Args:
            face_model: sha256 of the base model's file.
            path: Of the checkpoint, for the error.

        Raises:
            DataError: It belongs to another one.
        """
        if self.origin.face_model != face_model:
            raise DataError(
                f"the checkpoint {path} was made with another face model, "
                f"that of the pack {self.origin.pack}",
                "Choose that pack with --pack, or make a checkpoint with this one",
            )

    def check_origin(self, origin: Origin, path: Path) -> None:
        """Check that a run made from `origin` may go on from here.

        It may have more iterations, and save at other times; nothing else may differ.

        Raises:
            DataError: The two were not made from the same.
        """
        self.check_model(origin.face_model, path)
        hint = "Run with the same options as before, or without --resume and another -o"
        if self.origin.film != origin.film:
            raise DataError(
                f"the checkpoint {path} was made from another film, {self.origin.film_name}", hint
            )
        before, now = _flat(self.origin), _flat(origin)
        changed = [
            f"{key} was {before.get(key)}, is {now.get(key)}"
            for key in sorted(before.keys() | now.keys())
            if before.get(key) != now.get(key)
        ]
        if changed:
            raise DataError(f"the checkpoint {path} is of another run: {'; '.join(changed)}", hint)
        if self.origin.crops != origin.crops:
            raise DataError(f"the checkpoint {path} was made from other crops of the film", hint)


_FREE = ("adapt.iterations", "adapt.save_epochs")
"""Options that a run which goes on may change."""


def _flat(origin: Origin) -> dict[str, object]:
    """Seed and options by name, in the types of JSON."""
    out: dict[str, object] = {"seed": origin.seed}
    for stage, options in json.loads(json.dumps(origin.config)).items():
        for name, value in options.items():
            out[f"{stage}.{name}"] = value
    return {key: value for key, value in out.items() if key not in _FREE}


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write NAME.safetensors, whole or not at all, then NAME.json for people.

    Args:
        checkpoint: What to write.
        path: Of the safetensors file; an older one is replaced.

    Raises:
        OutputError: It cannot be written; an older checkpoint is untouched.
    """
    snapshot = checkpoint.snapshot
    metric, quality = snapshot.metric, snapshot.quality
    arrays: dict[str, NDArray[Any]] = {
        "centre": metric.centre,
        "input_mean": metric.input_mean,
        "input_std": metric.input_std,
        "crop_ok": quality.crop_ok,
        "track_score": quality.track_score,
        "matches": snapshot.matches,
    }
    for prefix, group in (
        ("student", metric.student),
        ("teacher", metric.teacher),
        ("training", snapshot.training),
    ):
        arrays |= {f"{prefix}/{name}": value for name, value in group.items()}
    write_sealed(path, _describe(checkpoint), arrays)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read and check a checkpoint.

    Raises:
        DataError: It is missing, damaged, or not a checkpoint of this version.
    """
    record, arrays = read_sealed(path, _KIND)
    try:
        return _checkpoint(record, arrays)
    except VcnError as error:
        raise DataError(f"{path} is damaged: {error.what}", _HINT) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(f"{path} is damaged: {type(error).__name__} {error}", _HINT) from error


def _describe(checkpoint: Checkpoint) -> dict[str, Any]:
    snapshot = checkpoint.snapshot
    metric = snapshot.metric
    log = [
        {key: None if value != value else value for key, value in asdict(entry).items()}  # NaN
        for entry in snapshot.log
    ]
    return {
        "format": FORMAT,
        "origin": asdict(checkpoint.origin),
        "mode": metric.mode,
        "teacher_temperature": metric.teacher_temperature,
        "student_temperature": metric.student_temperature,
        "finished": checkpoint.finished,
        "iterations": log,
        "reason": snapshot.quality.reason,
    }


def _checkpoint(record: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Checkpoint:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError(f"{name} is not finite")
    groups: dict[str, dict[str, NDArray[Any]]] = {"student": {}, "teacher": {}, "training": {}}
    for name, array in arrays.items():
        prefix, slash, rest = name.partition("/")
        if slash:
            groups[prefix][rest] = array
    metric = LossMetric(
        str(record["mode"]),
        groups["student"],
        groups["teacher"],
        teacher_temperature=float(record["teacher_temperature"]),
        student_temperature=float(record["student_temperature"]),
        **{name: arrays[name] for name in _METRIC},
    )
    reason = tuple(None if name is None else Reason(name) for name in record["reason"])
    if arrays["crop_ok"].dtype != np.bool_:
        raise DataError("crop_ok is not a mask")
    quality = Quality(arrays["crop_ok"], arrays["track_score"], reason)
    matches = arrays["matches"]
    if matches.dtype != np.int64 or matches.shape[1:] != (2,):
        raise DataError("matches are not pairs of tracks")
    if len(matches) and not 0 <= matches.min() <= matches.max() < len(reason):
        raise DataError("matches name tracks that do not exist")
    if not {"generator", "epoch"} <= set(groups["training"]):
        raise DataError("the state of training is missing")
    log = tuple(_iteration(entry) for entry in record["iterations"])
    if [entry.number for entry in log] != list(range(1, len(log) + 1)):
        raise DataError("iterations are missing")
    origin = record["origin"]
    fields = {name: str(origin[name]) for name in ("film", "film_name", "crops", "pack")}
    config, versions = origin["config"], origin["versions"]
    int(config["adapt"]["iterations"])  # `finished` asks for it
    made = Origin(
        **fields,
        face_model=str(origin["face_model"]),
        seed=int(origin["seed"]),
        config=dict(config),
        versions={str(key): str(value) for key, value in versions.items()},
    )
    return Checkpoint(made, Snapshot(metric, groups["training"], quality, matches, log))


def _iteration(entry: Mapping[str, Any]) -> Iteration:
    number, epochs, n_matches, n_rejected = (
        int(entry[name]) for name in ("number", "epochs", "n_matches", "n_rejected")
    )
    loss, agreement = (
        math.nan if entry[name] is None else float(entry[name]) for name in ("loss", "agreement")
    )
    return Iteration(number, epochs, loss, n_matches, agreement, n_rejected)
