"""How well a crop shows who it is, from what is known without the face model.

Our choice, in place of SER-FIQ where the face model was not trained with a margin loss: the
last layer of such a model does not know what it does not know. Measured by error against
rejected share in benchmarks/quality.md.
"""

from __future__ import annotations

import numpy as np

from vcn.types import Crops, Float64Array, FloatArray

_SURE = 0.99
"""Scores of a detector from which more says nothing."""
_FOCUS = 0.6
"""What the logarithm of the focus counts beside the log-odds of the detector: fitted to tell
tracks of labelled people from unsure ones and from what is no face, each of ten clips left out
in turn (logistic regression; .6 of the weight of the score)."""
_LEAST_FOCUS = 0.02
_FULL_WIDTH = 1.2
"""Distance of the eyes over that of eyes and mouth which is that of a frontal face."""
_LEAST_WIDTH = 0.05


def clearness(score: FloatArray, sharpness: FloatArray) -> Float64Array:
    """How clearly a crop shows a face, whatever its turn: log-odds.

    Args:
        score: (N,) of the detector, in [0, 1]: its odds that this is a face.
        sharpness: (N,) of the aligned crop, as `stages.crops.sharpness`; 1 = in focus.

    Returns:
        (N,) in natural logarithms.
    """
    p = np.clip(score.astype(np.float64), 1 - _SURE, _SURE)
    focus = np.clip(sharpness.astype(np.float64), _LEAST_FOCUS, 1)
    clear: Float64Array = np.log(p) - np.log1p(-p) + _FOCUS * np.log(focus)
    return clear


def face_quality(
    score: FloatArray, sharpness: FloatArray, landmarks: FloatArray, visible: FloatArray
) -> Float64Array:
    """The odds of the detector, focus, turn and what is cut off, multiplied.

    Turned away, the eyes come nearer to each other than they are to the mouth.

    Args:
        score: As in `clearness`.
        sharpness: As in `clearness`.
        landmarks: (N, 5, 2) eyes, nose, mouth corners.
        visible: (N,) share of the crop inside the picture.

    Returns:
        (N,) log-odds; larger is better.
    """
    points = landmarks.astype(np.float64)
    eyes = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
    middle = (points[:, 0] + points[:, 1]) / 2
    height = np.linalg.norm((points[:, 3] + points[:, 4]) / 2 - middle, axis=1)
    width = np.minimum(eyes / np.maximum(height, 1e-9), _FULL_WIDTH) / _FULL_WIDTH
    shown = np.maximum(width, _LEAST_WIDTH) * np.maximum(visible, _LEAST_WIDTH)
    quality: Float64Array = clearness(score, sharpness) + np.log(shown)
    return quality


def crop_quality(crops: Crops | None) -> Float64Array | None:
    """(N,) `face_quality` of N crops, taken as whole; None where landmarks are not known."""
    if crops is None or crops.landmarks is None:
        return None
    whole = np.ones(len(crops), np.float32)
    return face_quality(crops.score, crops.sharpness, crops.landmarks, whole)


def best_of_tracks(crops: Crops | None, n_tracks: int) -> FloatArray | None:
    """(T,) the quality of the best crop of each track, -inf without one; None as `crop_quality`."""
    quality = crop_quality(crops)
    if crops is None or quality is None:
        return None
    best = np.full(n_tracks, -np.inf, np.float32)
    np.maximum.at(best, crops.track_index, quality.astype(np.float32))
    return best
