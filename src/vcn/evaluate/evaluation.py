"""One film or several: as the mean of the films, and pooled.

Pooled, the samples of all films are scored together. A person of the truth is one person
wherever the name is the same: six episodes of BBT have 103 people that way, those of
Buffy 109, as published with Ball Cluster Learning. Clusters of different films stay
different, since each film was clustered by itself, and so do the unknown groups.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import EvaluateConfig
from vcn.errors import UsageError
from vcn.evaluate.film import FilmEvaluation, evaluate_film
from vcn.evaluate.key import RECALL, Key
from vcn.evaluate.samples import Level, Samples, ScoreTable, level
from vcn.scores import DEFINITIONS
from vcn.types import UNKNOWN, IntArray

SCHEMA_VERSION = "1.0"
"""Of the JSON of an evaluation."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a score over the films in which it has a value."""

    value: float | None
    films: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """All films together."""

    n_true: int
    """People by name, over all films."""
    n_predicted: int
    """Clusters of all films."""
    tracks: Level | None
    faces: Level | None
    detection_recall: float | None

    @property
    def pcr(self) -> float | None:
        """Clusters over people; None without people."""
        return self.n_predicted / self.n_true if self.n_true else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "people": {"true": self.n_true, "predicted": self.n_predicted, "pcr": self.pcr},
            "detection_recall": self.detection_recall,
            "scores": {
                "tracks": None if self.tracks is None else self.tracks.to_json(),
                "faces": None if self.faces is None else self.faces.to_json(),
            },
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `vcn evaluate` found out."""

    films: tuple[FilmEvaluation, ...]
    pooled: Pooled
    """Of one film: that film."""
    config: EvaluateConfig

    def mean(self, key: Key) -> Mean:
        """The mean of a score over films."""
        values = [
            value
            for film in self.films
            if (value := _value(film.tracks, film.faces, film.detection_recall, key)) is not None
        ]
        return Mean(sum(values) / len(values) if values else None, len(values))

    def value(self, key: Key) -> float | None:
        """A score by its key: pooled over films unless the key says mean."""
        if key.mean:
            return self.mean(key).value
        pooled = self.pooled
        return _value(pooled.tracks, pooled.faces, pooled.detection_recall, key)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values; None is undefined, and there is never a NaN."""
        several = len(self.films) > 1
        return {
            "schema_version": SCHEMA_VERSION,
            "options": asdict(self.config) | {"leave_out": list(self.config.leave_out)},
            "definitions": {name: what._asdict() for name, what in DEFINITIONS.items()},
            "films": [film.to_json() for film in self.films],
            "mean": self._means() if several else None,
            "pooled": self.pooled.to_json() if several else None,
        }

    def _means(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for unit in ("tracks", "faces"):
            for group in ("with_unknown", "without_unknown"):
                out.setdefault(unit, {})[group] = {
                    name: asdict(
                        self.mean(
                            Key(name, name, True, group == "without_unknown", unit == "faces")
                        )
                    )
                    for name in DEFINITIONS
                }
        out[RECALL] = asdict(self.mean(Key(RECALL, RECALL, True, False, False)))
        return out


def evaluate(
    results: Sequence[Path],
    truths: Sequence[Path],
    config: EvaluateConfig | None = None,
    features: Sequence[Path] = (),
) -> Evaluation:
    """Score results against ground truth.

    Args:
        results: One clusters.json for each film.
        truths: One file of truth for each, in the same order (formats: `truth.py`).
        config: Overlap, names to leave out, bootstrap; the defaults where None.
        features: Of each result the tracks that `vcn harvest` wrote, for verification; empty:
            none.

    Raises:
        UsageError: Not as many truths as results, or none; not as many features.
        DataError: A file is not valid, or truth and result are of different films.
    """
    config = config or EvaluateConfig()
    if not 0 < config.iou <= 1:
        raise UsageError(f"the overlap must lie in (0, 1], got {config.iou:g}")
    if config.resamples < 0:
        raise UsageError(f"the number of draws must not be negative, got {config.resamples}")
    if not results or len(results) != len(truths):
        raise UsageError(
            f"{len(results)} results and {len(truths)} files of truth",
            "Give one --gt for each result, in the same order.",
        )
    if features and len(features) != len(results):
        raise UsageError(
            f"{len(results)} results and {len(features)} files of features",
            "Give one --features for each result, in the same order.",
        )
    given_features: Sequence[Path | None] = features or [None] * len(results)
    films = tuple(
        evaluate_film(Path(result), Path(truth), config, given)
        for result, truth, given in zip(results, truths, given_features, strict=True)
    )
    return Evaluation(films, _pool(films, config), config)


def as_json(evaluation: Evaluation) -> str:
    """The JSON text of an evaluation."""
    return json.dumps(evaluation.to_json(), indent=1, ensure_ascii=False, allow_nan=False)


def _pool(films: Sequence[FilmEvaluation], config: EvaluateConfig) -> Pooled:
    faces = [film.counts.faces for film in films if film.counts.faces is not None]
    missed = [film.counts.faces_missed for film in films if film.counts.faces_missed is not None]
    one = len(films) == 1
    return Pooled(
        n_true=len({name for film in films for name in film.identities}),
        n_predicted=sum(film.n_people for film in films),
        tracks=films[0].tracks
        if one
        else _pooled_level([film.samples for film in films], config, "track"),
        faces=films[0].faces
        if one
        else _pooled_level([film.faces_of_samples for film in films], config, "face"),
        detection_recall=1 - sum(missed) / sum(faces) if sum(faces) else None,
    )


def _pooled_level(
    parts: Sequence[Samples | None], config: EvaluateConfig, what: str
) -> Level | None:
    given = [part for part in parts if part is not None]
    if not given:
        return None
    person: list[IntArray] = []
    track: list[IntArray] = []
    next_person = next_track = 0
    for i, part in enumerate(given):
        person.append(np.where(part.person == UNKNOWN, UNKNOWN - i, part.person + next_person))
        track.append(part.track + next_track)
        next_person += int(part.person.max(initial=-1)) + 1
        next_track += int(part.track.max(initial=-1)) + 1
    weights = [
        np.ones(len(part), np.int64) if part.weight is None else part.weight for part in given
    ]
    return level(
        Samples(
            np.concatenate([part.identity for part in given]),
            np.concatenate(person),
            np.concatenate(track),
            np.concatenate(weights),
        ),
        config,
        what,
    )


def _value(
    tracks: Level | None, faces: Level | None, recall: float | None, key: Key
) -> float | None:
    if key.score == RECALL:
        return recall
    chosen = faces if key.faces else tracks
    if chosen is None:
        return None
    table: ScoreTable = chosen.known if key.known else chosen.everything
    return table.value(key.score)
