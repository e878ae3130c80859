"""How long each person is on screen: truth against the cluster assigned to them.

One cluster for a person, one person for a cluster, so that they share the most time
(spans) or the most faces (otherwise); a person without a cluster has 0 seconds. Where
truth is boxes on sampled frames, both sides are counted on those frames, each standing
until the next labelled one but never for longer than the most common step between them,
so that a perfect result has no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcn.evaluate.matching import BoxMatch
from vcn.evaluate.result import FilmOutcome
from vcn.evaluate.samples import Samples
from vcn.evaluate.truth import BoxTruth, SpanTruth, Truth, people_of
from vcn.scores import assign
from vcn.types import UNKNOWN, Float64Array


@dataclass(frozen=True, slots=True)
class PersonTime:
    """Screen time of one person of the truth."""

    identity: str
    person: int | None
    """The cluster assigned to them; None: no cluster is left for them."""
    true_seconds: float
    predicted_seconds: float

    @property
    def error_seconds(self) -> float:
        """Predicted minus true."""
        return self.predicted_seconds - self.true_seconds

    @property
    def error_percent(self) -> float | None:
        """Of the true time; None where that is 0."""
        return 100 * self.error_seconds / self.true_seconds if self.true_seconds > 0 else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "identity": self.identity,
            "person": self.person,
            "true_seconds": self.true_seconds,
            "predicted_seconds": self.predicted_seconds,
            "error_seconds": self.error_seconds,
            "error_percent": self.error_percent,
        }


def screen_times(
    film: FilmOutcome, truth: Truth, faces: Samples | None, match: BoxMatch | None
) -> tuple[PersonTime, ...]:
    """Screen time of every person of the truth, longest first.

    Args:
        film: The result.
        truth: The truth.
        faces: Its faces that tracks cover; None where truth is spans.
        match: How they were found; None where truth is not boxes.
    """
    if isinstance(truth, SpanTruth):
        rows = _from_spans(film, truth)
    else:
        assert faces is not None
        known = faces.known()
        chosen: Mapping[str, int] = (
            assign(known.identity, known.person, known.weight) if len(known) else {}
        )
        if isinstance(truth, BoxTruth):
            assert match is not None
            rows = _from_boxes(film, truth, match, chosen)
        else:
            rows = _from_tracks(film, faces, people_of(truth), chosen)
    return tuple(sorted(rows, key=lambda row: (-row.true_seconds, row.identity)))


def union(spans: Float64Array) -> Float64Array:
    """(M, 2) disjoint sorted spans that cover what (N, 2) spans cover."""
    out: list[list[float]] = []
    for start, end in spans[np.argsort(spans[:, 0], kind="stable")].tolist():
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return np.array(out, np.float64).reshape(-1, 2)


def length(spans: Float64Array) -> float:
    """Seconds covered by disjoint (M, 2) spans."""
    return float((spans[:, 1] - spans[:, 0]).sum())


def overlap(first: Float64Array, second: Float64Array) -> float:
    """Seconds covered by both of two sets of disjoint spans."""
    return length(first) + length(second) - length(union(np.concatenate([first, second])))


def _spans_of_people(film: FilmOutcome) -> dict[int, Float64Array]:
    # A track has no gap, so its first and last moment tell all of its screen time.
    return {int(person): union(film.track_span[film.person == person]) for person in film.people}


def _from_spans(film: FilmOutcome, truth: SpanTruth) -> list[PersonTime]:
    from scipy.optimize import linear_sum_assignment

    people = _spans_of_people(film)
    ids = list(people)
    names = people_of(truth)
    identity = np.array(truth.identity)
    times = np.stack([truth.start, truth.end], axis=1)
    true = {name: union(times[(identity == name) & ~truth.left_out]) for name in names}
    shared = np.array([[overlap(true[name], people[who]) for who in ids] for name in names])
    chosen: dict[str, int] = {}
    if shared.size:
        # Where a person shares as much time with two clusters, the better fit decides.
        either = np.array(
            [[length(true[name]) + length(people[who]) for who in ids] for name in names]
        )
        fit = shared / (either - shared)
        rows, columns = linear_sum_assignment(shared + 1e-6 * fit, maximize=True)
        chosen = {
            names[i]: ids[j]
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
            if shared[i, j] > 0
        }
    return [
        PersonTime(
            name,
            chosen.get(name),
            length(true[name]),
            length(people[chosen[name]]) if name in chosen else 0.0,
        )
        for name in names
    ]


def _from_tracks(
    film: FilmOutcome, tracks: Samples, names: list[str], chosen: Mapping[str, int]
) -> list[PersonTime]:
    """Both sides over the labelled tracks: the rest of the film is not known."""

    def seconds(keep: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
        return length(union(film.track_span[tracks.track[keep]]))

    return [
        PersonTime(
            name,
            chosen.get(name),
            seconds(tracks.identity == name),
            seconds(tracks.person == chosen[name]) if name in chosen else 0.0,
        )
        for name in names
    ]


def _from_boxes(
    film: FilmOutcome, truth: BoxTruth, match: BoxMatch, chosen: Mapping[str, int]
) -> list[PersonTime]:
    frames = np.unique(match.frame)
    stands_for = _stands_for(film, frames)
    at = np.searchsorted(frames, match.frame)
    identity = np.array(truth.identity)
    on_screen = film.boxes_at(frames)
    person = film.person[on_screen.track]
    # A track on something that is not to be scored is not the person's screen time.
    row = match.row_of_track[on_screen.track]
    scored = (person != UNKNOWN) & ~((row >= 0) & truth.left_out[row])
    out = []
    for name in people_of(truth):
        true = np.unique(at[(identity == name) & ~truth.left_out])
        cluster = chosen.get(name)
        found = np.unique(np.searchsorted(frames, on_screen.frame[scored & (person == cluster)]))
        out.append(
            PersonTime(
                name,
                cluster,
                float(stands_for[true].sum()),
                float(stands_for[found].sum()) if cluster is not None else 0.0,
            )
        )
    return out


def _stands_for(film: FilmOutcome, frames: np.ndarray[Any, np.dtype[np.int64]]) -> Float64Array:
    """Seconds that each labelled frame stands for."""
    gaps = np.diff(frames)
    if len(gaps):
        values, counts = np.unique(gaps, return_counts=True)
        step = int(values[np.argmax(counts)])
    else:
        step = 1
    ahead = np.minimum(np.append(gaps, step), step)
    until = np.minimum(frames + ahead, film.n_frames)
    return film.seconds_at(until) - film.seconds_at(frames)
