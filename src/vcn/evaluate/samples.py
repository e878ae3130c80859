"""From matches to samples: tracks and faces with a true name and a predicted person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.config import EvaluateConfig
from vcn.evaluate.matching import BoxMatch, match_tracks
from vcn.evaluate.result import FilmOutcome
from vcn.evaluate.truth import BoxTruth, TrackTruth
from vcn.scores import Interval, Scores, bootstrap, score
from vcn.types import IntArray


@dataclass(frozen=True, slots=True)
class Samples:
    """N tracks, or N faces, that have both labels."""

    identity: NDArray[np.str_]
    """(N,) true name."""
    person: IntArray
    """(N,) predicted person; negative = unknown, another number for each film."""
    track: IntArray
    """(N,) the track, for the bootstrap."""
    weight: IntArray | None = None
    """(N,) faces that each row stands for; None: one."""

    def __len__(self) -> int:
        return len(self.identity)

    def known(self) -> Samples:
        """Without the unknown group."""
        keep = self.person >= 0
        return Samples(
            self.identity[keep],
            self.person[keep],
            self.track[keep],
            None if self.weight is None else self.weight[keep],
        )


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """All scores of one set of samples, with intervals."""

    scores: Scores | None
    """None where there is nothing to score."""
    intervals: Mapping[str, Interval | None]
    undefined: str
    """Why there are no scores; empty where there are."""

    def value(self, name: str) -> float | int | None:
        """One score by its name in `vcn.scores.DEFINITIONS`; None where undefined."""
        if self.scores is None:
            return None
        value: float | int | None = getattr(self.scores, name)
        return value

    def to_json(self) -> dict[str, Any]:
        """Scores by name: value, and low and high where there is an interval."""
        if self.scores is None:
            return {"undefined": self.undefined}
        out: dict[str, Any] = {}
        for name, value in self.scores.as_dict().items():
            out[name] = {"value": value}
            interval = self.intervals.get(name)
            if interval is not None:
                out[name] |= {"low": interval.low, "high": interval.high}
        return out


@dataclass(frozen=True, slots=True)
class Level:
    """Scores of tracks, or of faces."""

    everything: ScoreTable
    """The unknown group counts as one cluster."""
    known: ScoreTable
    """Samples in the unknown group are left out."""

    def to_json(self) -> dict[str, Any]:
        """Both tables."""
        return {
            "with_unknown": self.everything.to_json(),
            "without_unknown": self.known.to_json(),
        }


def track_samples(
    film: FilmOutcome, truth: BoxTruth | TrackTruth, match: BoxMatch | None
) -> Samples:
    """The tracks of a result that have a true name."""
    if isinstance(truth, BoxTruth):
        assert match is not None
        row = match.row_of_track
    else:
        row = match_tracks(film, truth)
    tracks = np.flatnonzero(row >= 0)
    tracks = tracks[~truth.left_out[row[tracks]]]
    return Samples(names(truth)[row[tracks]], film.person[tracks], tracks)


def face_samples(
    film: FilmOutcome, truth: BoxTruth | TrackTruth, match: BoxMatch | None
) -> Samples:
    """The faces of truth that a track covers; for labelled tracks, all of their frames."""
    if isinstance(truth, BoxTruth):
        assert match is not None
        rows = np.flatnonzero((match.track >= 0) & ~truth.left_out)
        track = match.track[rows]
        return Samples(names(truth)[rows], film.person[track], track)
    tracks = track_samples(film, truth, None)
    length = (film.track_stop - film.track_start)[tracks.track]
    return Samples(tracks.identity, tracks.person, tracks.track, length)


def names(truth: BoxTruth | TrackTruth) -> NDArray[np.str_]:
    """(N,) the identity of each row, as an array."""
    return np.array(truth.identity, dtype=np.str_)


def level(samples: Samples, config: EvaluateConfig, what: str) -> Level:
    """Score samples with and without the unknown group."""
    return Level(
        _table(samples, config, f"no {what} has a true name"),
        _table(samples.known(), config, f"no {what} with a true name is in a cluster"),
    )


def _table(samples: Samples, config: EvaluateConfig, undefined: str) -> ScoreTable:
    if len(samples) == 0:
        return ScoreTable(None, {}, undefined)
    intervals: Mapping[str, Interval | None] = {}
    if config.resamples:
        intervals = bootstrap(
            samples.identity,
            samples.person,
            groups=samples.track,
            weight=samples.weight,
            n_resamples=config.resamples,
            level=config.level,
            seed=config.seed,
        )
    return ScoreTable(score(samples.identity, samples.person, samples.weight), intervals, "")
