"""Who is nobody, and why: people without a clear face, and the reasons of their tracks."""

from __future__ import annotations

import numpy as np

from vcn.config import QualityConfig
from vcn.stages.quality import assess, gate
from vcn.stages.unknown import clear_tracks, explained, face_measure, without_nobodies
from vcn.types import Clustering, Crops, Embeddings, Merge, Quality, Reason, TrackFilm

CONFIG = QualityConfig()
FACE = np.array([[0, 0], [60, 0], [30, 30], [10, 50], [50, 50]], np.float32)


def film(score: list[float], sharpness: list[float], **more: object) -> TrackFilm:
    """A film of one crop a track."""
    n = len(score)
    crops = Crops(
        np.zeros((n, 4, 4, 3), np.uint8),
        np.arange(n),
        np.arange(n),
        np.full(n, 60, np.float32),
        np.array(sharpness, np.float32),
        np.array(score, np.float32),
        np.repeat(FACE[None], n, axis=0),
    )
    embeddings = Embeddings(np.eye(n, 8, dtype=np.float32), np.arange(n), normalised=True)
    return TrackFilm(embeddings, n, crops, **more)  # type: ignore[arg-type]


def test_a_person_needs_one_clear_face() -> None:
    # Clear and alone; two that are not, together; one of a pair; a helmet; sharp but no face.
    seen = film([0.9, 0.55, 0.6, 0.9, 0.55, 0.5], [1.0, 0.05, 0.05, 1.0, 0.3, 1.2])
    clear = clear_tracks(seen, CONFIG)
    assert clear.tolist() == [True, False, False, True, False, False]
    merges = (Merge(1, 1, 2, 0.1, 0.2), Merge(1, 3, 4, 0.1, 0.2))
    found = without_nobodies(Clustering(np.array([0, 1, 1, 2, 2, 3]), merges), clear)
    assert found.labels.tolist() == [0, -1, -1, 1, 1, -1]
    assert found.history == merges[1:]

    gated = gate(seen.crops, np.arange(6), 6, np.ones(6, np.bool_), CONFIG)
    quality = explained(gated, found.labels, clear, seen.crops, CONFIG)
    blurred, nothing = Reason.blurred, Reason.not_a_face
    assert quality.reason == (None, blurred, blurred, None, None, nothing)


def test_who_is_clear_and_with_nobody_is_uncertain() -> None:
    seen = film([0.9, 0.9], [1.0, 0.4])
    clear = clear_tracks(seen, CONFIG)
    ok = Quality(np.ones(2, np.bool_), np.zeros(2, np.float32), (Reason.uncertain, None))
    found = explained(ok, np.array([-1, -1]), clear, seen.crops, CONFIG)
    assert found.reason == (Reason.uncertain, Reason.blurred)


def test_what_a_person_said_is_clear() -> None:
    seen = film([0.5, 0.5, 0.5], [0.1, 0.1, 0.1], certain_same=np.array([[0, 2]]))
    assert clear_tracks(seen, CONFIG).tolist() == [True, False, True]


def test_without_pictures_everybody_is_clear() -> None:
    bare = TrackFilm(Embeddings(np.eye(3), np.arange(3), normalised=True), 3)
    assert clear_tracks(bare, CONFIG).all()
    assert face_measure(bare, CONFIG) is None


def test_outliers_are_judged_by_the_measure_that_fits_the_model() -> None:
    score = [0.9, 0.91, 0.89, 0.9, 0.92, 0.88, 0.9, 0.3]
    margin = film(score, [1.0] * 8)
    other = film(score, [1.0] * 8, margin_loss=False)
    assert face_measure(margin, CONFIG) is None
    face = face_measure(other, CONFIG)
    assert face is not None
    index, same = np.arange(8), np.full(8, 0.7, np.float32)  # SER-FIQ sees no difference
    gated = gate(other.crops, index, 8, np.ones(8, np.bool_), CONFIG)
    found = assess(gated, same, index, CONFIG, face)
    assert found.reason == (*[None] * 7, Reason.uncertain)
    assert found.track_score.tolist() == same.tolist()
    assert assess(gated, same, index, CONFIG).reason == (None,) * 8
