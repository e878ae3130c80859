"""Where eyes, nose and mouth are in boxes that somebody else gave."""

from __future__ import annotations

import numpy as np

from vcn.detectors import Detections
from vcn.equations.boxes import iou_table
from vcn.types import FloatArray

_OVERLAP = 0.3
"""From here on a detection is taken to be the face in a box: tools draw boxes larger or
smaller by a half."""
_UNSEEN = 0.05
"""Score of a box in which no face was found."""
_USUAL = np.array(
    [[0.31, 0.41], [0.69, 0.41], [0.50, 0.60], [0.35, 0.78], [0.65, 0.78]], np.float32
)
"""(5, 2) in a box of side 1: of a frontal face."""


def in_boxes(xyxy: FloatArray, found: Detections) -> Detections:
    """The given boxes as detections: with the landmarks of the face found in each.

    Args:
        xyxy: (M, 4) given boxes.
        found: What the detector saw; nothing of it is added to the boxes.

    Returns:
        M detections in the order of the boxes; where none was found, those of a frontal
        face that fills the box, and a score that any found face beats.
    """
    sides = (xyxy[:, 2:] - xyxy[:, :2])[:, None]
    landmarks = xyxy[:, None, :2] + _USUAL[None] * sides  # (M, 5, 2)
    score = np.full(len(xyxy), _UNSEEN, np.float32)
    if len(xyxy) and len(found.score):
        overlap = iou_table(xyxy, found.xyxy)  # (M, N)
        best = overlap.argmax(axis=1)
        sure = overlap[np.arange(len(xyxy)), best] >= _OVERLAP
        landmarks[sure] = found.landmarks[best[sure]]
        score[sure] = found.score[best[sure]]
    return Detections(xyxy, landmarks, score)
