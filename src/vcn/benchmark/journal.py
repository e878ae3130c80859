"""What the methods of a benchmark answered, kept so that it can be stopped and resumed."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from vcn.benchmark.sources import LabelledFilm
from vcn.methods import Method
from vcn.methods.cuts import Cutter
from vcn.runtime.sources import sources_of
from vcn.runtime.store import fingerprint
from vcn.runtime.whole import replacing
from vcn.types import Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class Answer:
    """Clusterings of one film by one method, one or one for each threshold."""

    labels: IntArray
    """(G, T)."""
    thresholds: Float64Array
    """(G,), or empty where there was none."""
    seconds: float
    """Of the processor: other work on the machine does not count."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A folder of answers; None: nothing is kept.

    An answer is found again only for the same film, method with its constants, seed and code:
    that of the method and of all that it imports. Other methods may change meanwhile.
    """

    folder: Path | None

    def key(
        self, labelled: LabelledFilm, asked: Method | Cutter, what: str, seed: int, grid: object
    ) -> str:
        """The name of an answer.

        Args:
            labelled: The film; its truth does not count.
            asked: Who answers.
            what: What it is asked for.
            seed: Its seed.
            grid: The thresholds that it is given.
        """
        if self.folder is None:
            return ""
        return fingerprint(
            *(_digest(labelled.film), repr(asked), sources_of(type(asked).__module__)),
            *(what, seed, grid),
        )

    def find(self, key: str) -> Answer | None:
        """The answer, where it was kept; a damaged file counts as none."""
        if self.folder is None:
            return None
        try:
            with np.load(self.folder / f"{key}.npz", allow_pickle=False) as data:
                return Answer(data["labels"], data["thresholds"], float(data["seconds"]))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def keep(self, key: str, answer: Answer) -> None:
        """Write an answer, whole or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{key}.npz"
        with replacing(target) as draft, draft.open("wb") as stream:
            np.savez_compressed(
                stream,
                labels=answer.labels,
                thresholds=answer.thresholds,
                seconds=np.float64(answer.seconds),
            )


def _digest(value: object) -> str:
    """Of a film, or of anything in it."""
    digest = hashlib.sha256()
    if isinstance(value, np.ndarray):
        digest.update(f"{value.shape} {value.dtype}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for field in fields(value):
            digest.update(f"{field.name} {_digest(getattr(value, field.name))}".encode())
    else:
        digest.update(repr(value).encode())
    return digest.hexdigest()
