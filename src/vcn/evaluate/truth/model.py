"""What a file of truth holds, whatever its format was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from vcn.errors import DataError
from vcn.types import BoolArray, Float64Array, IntArray

Format = Literal["boxes", "tracks", "spans", "ids", "mot", "rttm", "labels"]


@dataclass(frozen=True, slots=True)
class BoxTruth:
    """Labelled faces; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    frame: IntArray | None
    """(N,) from 0; None where the file gives times."""
    seconds: Float64Array | None
    """(N,) in the film's own clock; None where the file gives frames."""
    xyxy: Float64Array
    """(N, 4) displayed pixels."""
    identity: tuple[str, ...]
    """N names."""
    left_out: BoolArray
    """(N,) rows that are not to be scored."""

    def __len__(self) -> int:
        return len(self.identity)


@dataclass(frozen=True, slots=True)
class TrackTruth:
    """Labelled tracks; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    track: IntArray
    """(N,) distinct ids."""
    identity: tuple[str, ...]
    left_out: BoolArray

    def __len__(self) -> int:
        return len(self.identity)


@dataclass(frozen=True, slots=True)
class SpanTruth:
    """Times at which somebody is on screen; N rows in the order of the file."""

    path: Path
    format: Format
    row: IntArray
    """(N,) line in the file, from 1."""
    start: Float64Array
    """(N,) seconds."""
    end: Float64Array
    """(N,) seconds, after start."""
    identity: tuple[str, ...]
    left_out: BoolArray

    def __len__(self) -> int:
        return len(self.identity)


Truth = BoxTruth | TrackTruth | SpanTruth


def people_of(truth: Truth) -> list[str]:
    """The distinct names that are to be scored, sorted."""
    return sorted({truth.identity[i] for i in np.flatnonzero(~truth.left_out)})


def left_out_of(truth: Truth) -> dict[str, int]:
    """How many rows are left out, by the name they carry."""
    words = Counter(truth.identity[i] for i in np.flatnonzero(truth.left_out))
    # MOT names people by numbers and marks by confidence what is not to be scored.
    return {"confidence 0": words.total()} if truth.format == "mot" and words else dict(words)


def bad_row(truth: Truth | Path, row: int, what: str, hint: str = "") -> DataError:
    """The error of one row of a file of truth."""
    path = truth if isinstance(truth, Path) else truth.path
    return DataError(f"{path}, row {row}: {what}", hint)
