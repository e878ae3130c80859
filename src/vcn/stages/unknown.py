"""Who is nobody: people that no clear face vouches for, and why a track is unknown.

Blur, helmets and what is no face are like each other to a face model, and like nobody: left to
the odds alone they become people, alone or together. So a person needs one clear crop; tracks
that are not clear may belong to a person, and one clear appearance is a person.
"""

from __future__ import annotations

import numpy as np

from vcn.config import QualityConfig
from vcn.equations.face_quality import clearness, crop_quality
from vcn.types import (
    UNKNOWN,
    BoolArray,
    Clustering,
    Crops,
    FloatArray,
    IntArray,
    Quality,
    Reason,
    TrackFilm,
)


def face_measure(film: TrackFilm, config: QualityConfig) -> FloatArray | None:
    """(N,) what the film's crops are judged by in place of SER-FIQ; None: it is SER-FIQ."""
    wanted = config.measure == "face" or (config.measure == "auto" and not film.margin_loss)
    quality = crop_quality(film.crops) if wanted else None
    return None if quality is None else quality.astype(np.float32)


def clear_tracks(film: TrackFilm, config: QualityConfig) -> BoolArray:
    """(T,) tracks that can be a person on their own.

    Where no crops are known all can; so can those of which somebody said whose they are.
    """
    if film.crops is None:
        return np.ones(film.n_tracks, np.bool_)
    best = np.full(film.n_tracks, -np.inf)
    index = film.embeddings.track_index
    np.maximum.at(best, index, clearness(film.crops.score, film.crops.sharpness))
    clear: BoolArray = best >= config.min_clearness
    if film.certain_same is not None:
        clear[film.certain_same.ravel()] = True
    return clear


def without_nobodies(found: Clustering, clear: BoolArray) -> Clustering:
    """The people of whom at least one track is clear; the tracks of the others are unknown."""
    labels = np.array(found.labels)
    vouched = np.unique(labels[clear & (labels != UNKNOWN)])
    labels[~np.isin(labels, vouched)] = UNKNOWN
    history = tuple(merge for merge in found.history if labels[merge.first] != UNKNOWN)
    return Clustering.from_labels(labels, history)


def explained(
    quality: Quality, labels: IntArray, clear: BoolArray, crops: Crops | None, config: QualityConfig
) -> Quality:
    """Quality with the reason of each unknown track, and with none for those that are known.

    Args:
        quality: What gates and measures found.
        labels: (T,) people.
        clear: (T,) of `clear_tracks`.
        crops: The film's, where they are known.
        config: What is soft.
    """
    sharpest = np.full(len(labels), np.inf)
    if crops is not None:
        sharpest[:] = 0
        np.maximum.at(sharpest, crops.track_index, crops.sharpness)
    reason: list[Reason | None] = list(quality.reason)
    for track, label in enumerate(labels.tolist()):
        if label != UNKNOWN:
            reason[track] = None
        elif reason[track] in (None, Reason.uncertain):
            if sharpest[track] < config.soft_sharpness:
                reason[track] = Reason.blurred
            else:
                reason[track] = Reason.uncertain if clear[track] else Reason.not_a_face
    return Quality(quality.crop_ok, quality.track_score, tuple(reason))
