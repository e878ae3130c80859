"""What a result is least sure of: two people who may be one, tracks that may be somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.config import ReviewConfig
from vcn.report.document import called
from vcn.types import FilmResult, Why

_CUES = {
    "face": "faces",
    "adapted": "faces, with the model adapted to the film",
    "body": "bodies",
    "clothes": "clothes",
    "hair": "hair",
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
        if other >= 0 and other in faces and person in faces:
            pair = (min(person, other), max(person, other))
            odds[pair] = max(odds.get(pair, -np.inf), float(why.log_odds[person]))
    doubtful = sorted((-value, pair) for pair, value in odds.items() if value > -config.doubt)
    return [
        Doubt(
            tuple((person, called(result, person)) for person in pair),
            tuple(faces[person] for person in pair),
            _percent(-loss),
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
    sure = 1 / (1 + np.exp(-config.doubt))
    order = several[np.argsort(why.probability[several], kind="stable")]
    return [
        Doubt(
            ((int(labels[track]), called(result, int(labels[track]))),),
            (track, _face_beside(track, faces[int(labels[track])], labels.tolist())),
            f"{100 * (1 - float(why.probability[track])):.0f} in 100",
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


def _against(why: Why, track: int) -> str:
    """The cue that speaks most against a track, or least for it."""
    said = {name: float(values[track]) for name, values in why.because.items()}
    if not said:
        return "Little speaks for it."
    name = min(said, key=lambda cue: (said[cue], cue))
    words = _CUES.get(name, name)
    how = "speak against it" if said[name] < 0 else "speak least for it"
    return f"{words[0].upper()}{words[1:]} {how}."


def _percent(log_odds: float) -> str:
    return f"{100 / (1 + np.exp(-log_odds)):.0f} in 100"
