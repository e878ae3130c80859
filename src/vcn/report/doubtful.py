"""What a result is least sure of: two people who may be one, tracks that may be somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vcn.config import ReviewConfig
from vcn.report.document import called
from vcn.report.exemplars import tracks_of
from vcn.types import FilmResult, Why

_CUES = {
    "face": "faces",
    "adapted": "faces, with the model adapted to the film",
    "body": "bodies",
    "clothes": "clothes",
    "hair": "hair styles",
    "voice": "voices",
    "threads": "shots that answer each other",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One line of the list."""

    people: tuple[tuple[int, str], ...]
    """The two people, or the person of the track, with their labels."""
    tracks: tuple[int, ...]
    """Those whose faces are shown, one for each side."""
    chance: str
    """Of what the result does not say."""
    why: str
    """Of a track: what speaks against it."""


def pairs_in_doubt(result: FilmResult, faces: dict[int, int], config: ReviewConfig) -> list[Doubt]:
    """Two people who are likeliest to be one, first the likeliest.

    Not those who share a frame, or whom a person called by two names: nobody doubts them.

    Args:
        result: What the run found.
        faces: The track that shows each person best.
        config: From which odds on something is doubtful, and how many are shown.
    """
    why = result.why
    if why is None:
        return []
    nearest = why.nearest.tolist()
    odds: dict[tuple[int, int], float] = {}
    for person, other in enumerate(nearest):
        value = float(why.log_odds[person])
        if other >= 0 and value > -config.doubt:
            pair = (min(person, other), max(person, other))
            odds[pair] = max(odds.get(pair, -np.inf), value)
    doubtful = sorted((-value, pair) for pair, value in odds.items() if _may_be(result, pair))
    return [
        Doubt(
            tuple((person, called(result, person)) for person in pair),
            tuple(faces[person] for person in pair),
            _in_a_hundred(float(expit(-loss))),
            "",
        )
        for loss, pair in doubtful[: config.doubtful_shown]
    ]


def tracks_in_doubt(result: FilmResult, faces: dict[int, int], config: ReviewConfig) -> list[Doubt]:
    """Tracks that belong to their person least surely, the least sure first; as above.

    That a person of a single track may be another one is said of the people.
    """
    why = result.why
    if why is None:
        return []
    labels = result.clustering.labels
    count = np.bincount(labels[labels >= 0], minlength=1)
    several = np.flatnonzero((labels >= 0) & (count[np.maximum(labels, 0)] > 1))
    sure = float(expit(config.doubt))
    order = several[np.argsort(why.probability[several], kind="stable")]
    return [
        Doubt(
            ((int(labels[track]), called(result, int(labels[track]))),),
            (track, _face_beside(track, faces[int(labels[track])], labels.tolist())),
            _in_a_hundred(1 - float(why.probability[track])),
            _against(why, track),
        )
        for track in order.tolist()
        if why.probability[track] < sure
    ][: config.doubtful_shown]


def _face_beside(track: int, best: int, labels: list[int]) -> int:
    """A face of the same person that is not of the track itself."""
    if best != track:
        return best
    return next(t for t, label in enumerate(labels) if label == labels[track] and t != track)


def _may_be(result: FilmResult, pair: tuple[int, int]) -> bool:
    """Whether nothing certain says that two people are two."""
    names = {} if result.corrections is None else result.corrections.names
    if all(person in names for person in pair):
        return False
    one, two = (
        np.concatenate([t.frame[t.observed] for t in tracks_of(result, person)]) for person in pair
    )
    return len(np.intersect1d(one, two)) == 0


def _against(why: Why, track: int) -> str:
    """The cue that speaks most against a track."""
    said = {name: float(values[track]) for name, values in why.because.items()}
    name = min(said, key=lambda cue: (said[cue], cue), default="")
    if not said or said[name] >= 0:
        return "Little speaks for it."
    words = _CUES.get(name, name)
    return f"{words[0].upper()}{words[1:]} speak against it."


def _in_a_hundred(chance: float) -> str:
    percent = 100 * chance
    return "Over 99 in 100" if percent > 99 else f"{max(percent, 1):.0f} in 100"
