"""How well a crop shows who it is, from what is known without the face model.

Our choice, in place of SER-FIQ where the face model was not trained with a margin loss: the
last layer of such a model does not know what it does not know. Measured by error against
rejected share in benchmarks/tracks.md.
"""

from __future__ import annotations

import numpy as np

from vcn.types import Float64Array, FloatArray

_HALF_SIZE = 20.0
"""Pixels of a face that count half: about where film faces stop to be told apart."""
_FULL_WIDTH = 1.2
"""Distance of the eyes over that of eyes and mouth which is that of a frontal face."""


def face_quality(
    size: FloatArray,
    sharpness: FloatArray,
    score: FloatArray,
    landmarks: FloatArray,
    visible: FloatArray,
) -> Float64Array:
    """Detector score, size, turn, focus and what is cut off, multiplied.

    Turned away, the eyes come nearer to each other than they are to the mouth.

    Args:
        size: (N,) side in source pixels.
        sharpness: (N,) of the aligned crop, as `stages.crops.sharpness`.
        score: (N,) of the detector, in [0, 1].
        landmarks: (N, 5, 2) eyes, nose, mouth corners.
        visible: (N,) share of the crop inside the picture.

    Returns:
        (N,) in [0, 1]; larger is better.
    """
    points = landmarks.astype(np.float64)
    eyes = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
    middle = (points[:, 0] + points[:, 1]) / 2
    height = np.linalg.norm((points[:, 3] + points[:, 4]) / 2 - middle, axis=1)
    width = np.minimum(eyes / np.maximum(height, 1e-9), _FULL_WIDTH) / _FULL_WIDTH
    focus = np.clip(sharpness.astype(np.float64), 0, 1) ** 0.125
    quality = score * size / (size + _HALF_SIZE) * np.sqrt(width) * focus * visible
    return np.asarray(quality, np.float64)
