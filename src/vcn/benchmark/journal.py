"""What the methods of a benchmark answered, kept so that it can be stopped and resumed."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.benchmark.sources import LabelledFilm
from vcn.runtime.store import code_version, fingerprint
from vcn.runtime.whole import replacing
from vcn.types import Float64Array, IntArray

_CODE = ("config/", "equations/", "methods/", "nets/", "stages/")
"""Sources that an answer depends on, beside the film and the seed."""


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

    An answer is found again only for the same film, method, seed and code.
    """

    folder: Path | None

    def key(self, labelled: LabelledFilm, method: str, seed: int, grid: object) -> str:
        """The name of an answer."""
        if self.folder is None:
            return ""
        film = labelled.film
        digest = hashlib.sha256()
        for array in (film.embeddings.values, film.embeddings.track_index, film.cannot_link):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        return fingerprint(
            digest.hexdigest(), film.n_tracks, film.name, method, seed, grid, code_version(*_CODE)
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
