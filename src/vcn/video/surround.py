"""What is seen around a face: hair and torso."""

from __future__ import annotations

import cv2
import numpy as np

from vcn.types import FloatArray, ImageArray

HEIGHT, WIDTH = 72, 48
"""Pixels of the picture around a face."""
_REGION = np.array([-0.5, -0.45, 1.5, 2.4], np.float32)
"""x1, y1, x2, y2 of what is seen, in sides of the box from its upper left corner: the shoulders
and the hair, measured by eye on the clips."""
HAIR = (0.075, 0.0, 0.925, 0.35)
"""Part of the picture: x1, y1, x2, y2 as shares."""
TORSO = (0.0, 0.56, 1.0, 1.0)


def surround(image: ImageArray, xyxy: FloatArray) -> tuple[ImageArray, FloatArray]:
    """Cut the surroundings of a face out of a frame.

    Args:
        image: (H, W, 3) RGB of the whole frame.
        xyxy: (4,) box of the face.

    Returns:
        (HEIGHT, WIDTH, 3) RGB, black outside the frame; (4,) the part inside it, as shares.
    """
    height, width = image.shape[:2]
    side = np.maximum(xyxy[2:] - xyxy[:2], 1.0)
    x1, y1, x2, y2 = (np.tile(xyxy[:2], 2) + _REGION * np.tile(side, 2)).tolist()
    share = np.array(
        [-x1 / (x2 - x1), -y1 / (y2 - y1), (width - x1) / (x2 - x1), (height - y1) / (y2 - y1)]
    )
    inside = np.clip(share, 0, 1).astype(np.float32)
    out = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    left, top = round(float(inside[0]) * WIDTH), round(float(inside[1]) * HEIGHT)
    right, bottom = round(float(inside[2]) * WIDTH), round(float(inside[3]) * HEIGHT)
    a, b = max(int(x1), 0), max(int(y1), 0)
    part = image[b : min(int(np.ceil(y2)), height), a : min(int(np.ceil(x2)), width)]
    if part.size and right > left and bottom > top:
        size = (right - left, bottom - top)
        out[top:bottom, left:right] = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return out, inside
