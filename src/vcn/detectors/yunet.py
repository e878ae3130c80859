"""YuNet: class, objectness, box and landmarks for each cell of three strides.

Source: YuNet (Wu et al. 2023) as OpenCV's ``FaceDetectorYN`` decodes it, which is the
oracle of the tests; the session is ours so that it runs on the device asked for.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vcn.detectors.session import Outputs, SessionDetector
from vcn.types import FloatArray

_STRIDES = (8, 16, 32)


class YuNet(SessionDetector):
    """YuNet on BGR pictures."""

    bgr: ClassVar[bool] = True
    overlap: ClassVar[float] = 0.3

    def decode(
        self, outputs: Outputs, width: int, height: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Boxes of the cells whose score exceeds the floor."""
        names = [output.name for output in self._session.get_outputs()]
        by_name = dict(zip(names, outputs, strict=True))
        boxes, points, scores = [], [], []
        for stride in _STRIDES:
            face = np.clip(by_name[f"cls_{stride}"], 0, 1).reshape(-1)
            thing = np.clip(by_name[f"obj_{stride}"], 0, 1).reshape(-1)
            score = np.sqrt(face * thing)
            index = np.flatnonzero(score > self._floor)
            row, column = np.unravel_index(index, (height // stride, width // stride))
            cell = np.stack([column, row], axis=1).astype(np.float32)
            box = by_name[f"bbox_{stride}"].reshape(-1, 4)[index]
            centre = (cell + box[:, :2]) * stride
            half = np.exp(box[:, 2:]) * stride / 2
            shift = by_name[f"kps_{stride}"].reshape(-1, 5, 2)[index]
            boxes.append(np.hstack([centre - half, centre + half]))
            points.append((cell[:, None] + shift) * stride)
            scores.append(score[index])
        return np.concatenate(boxes), np.concatenate(points), np.concatenate(scores)
