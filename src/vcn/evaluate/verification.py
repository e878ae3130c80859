"""Verification of a film's tracks (MF 4.2): do their features tell who is one person?

The clustering plays no part in it: it is the face model that is measured, on the film's own
tracks. The features come from `vcn harvest`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import EvaluateConfig
from vcn.errors import DataError
from vcn.evaluate.result import FilmOutcome
from vcn.evaluate.samples import Samples
from vcn.scores.verification import Roc, pairs_of, roc

_HINT = "Give what vcn harvest --all wrote of the same film, with the same options"


@dataclass(frozen=True, slots=True)
class Verification:
    """All pairs of tracks with a true name, told apart by the distance of their features."""

    features: Path
    curve: Roc
    n_same: int
    """Pairs of one person."""
    n_different: int
    """Pairs of two people."""
    fprs: tuple[float, ...]
    """False-positive rates at which the true-positive rate is told."""

    @property
    def rates(self) -> tuple[tuple[float, float], ...]:
        """Of each false-positive rate the true-positive rate."""
        return tuple((fpr, self.curve.tpr_at(fpr)) for fpr in self.fprs)

    def to_json(self) -> dict[str, Any]:
        """Plain values; the curve itself is in the page alone."""
        return {
            "features": str(self.features),
            "pairs": {"same": self.n_same, "different": self.n_different},
            "auc": self.curve.auc,
            "tpr": [{"fpr": fpr, "tpr": tpr} for fpr, tpr in self.rates],
        }


def verify(
    features: Path, film: FilmOutcome, samples: Samples | None, config: EvaluateConfig
) -> Verification:
    """Compare all pairs of tracks that have a true name.

    Distances are Euclidean, between means of features of length 1.

    Args:
        features: An .npz of `vcn harvest`: `features` (N, D), `track_index` (N,), and
            `tracks` (K,), the ids of the tracks in the result.
        film: The result.
        samples: Its tracks with a true name.
        config: What is told.

    Raises:
        DataError: The file is not that, or is not of this film, or its tracks are of one
            person, or of a different one each.
    """
    if samples is None:
        raise DataError("verification needs truth about tracks", "Give boxes or tracks with --gt")
    try:
        with np.load(features, allow_pickle=False) as data:
            values, index, ids = (data[name] for name in ("features", "track_index", "tracks"))
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(f"cannot read features from {features}: {error}", _HINT) from error
    if (
        values.ndim != 2
        or not np.isfinite(values).all()
        or index.shape != values.shape[:1]
        or index.dtype.kind not in "iu"
        or not len(index)
        or not 0 <= index.min() <= index.max() < len(ids)
        or ids.max() >= film.n_tracks
    ):
        raise DataError(f"{features} does not fit {film.path}", _HINT)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    sums = np.zeros((len(ids), values.shape[1]))
    np.add.at(sums, index, values / np.where(length > 0, length, 1))
    count = np.bincount(index, minlength=len(ids))
    name_of = dict(zip(samples.track.tolist(), samples.identity.tolist(), strict=True))
    rows = [row for row, track in enumerate(ids.tolist()) if track in name_of and count[row]]
    distance, same = pairs_of(
        sums[rows] / count[rows, None], [name_of[int(ids[row])] for row in rows]
    )
    try:
        curve = roc(distance, same)
    except DataError as error:
        raise DataError(f"{features}: {error.what}", error.hint) from error
    return Verification(features, curve, int(same.sum()), int((~same).sum()), config.fprs)
