"""The person below a face: a box that is extended from the face's."""

from __future__ import annotations

import cv2
import numpy as np

from vcn.types import FloatArray, ImageArray

_REGION = np.array([-1.0, -0.5, 2.0, 5.5], np.float32)
"""x1, y1, x2, y2 of a person in sides of the box of the face, from its upper left corner: three
faces wide and six high, the shape that re-identification models take. Our choice."""


def person(image: ImageArray, xyxy: FloatArray, size: tuple[int, int]) -> ImageArray:
    """Cut the person below a face out of a frame.

    Args:
        image: (H, W, 3) RGB of the whole frame.
        xyxy: (4,) box of the face.
        size: Width and height of the result.

    Returns:
        (height, width, 3) RGB; black outside the frame.
    """
    side = np.maximum(xyxy[2:] - xyxy[:2], 1.0)
    low = xyxy[:2] + _REGION[:2] * side
    scale = np.array(size) / ((_REGION[2:] - _REGION[:2]) * side)
    edges = np.array(image.shape[1::-1])
    first = np.clip(np.floor(low), 0, edges).astype(int)
    last = np.clip(np.ceil(low + size / scale), 0, edges).astype(int)
    out = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = np.clip(np.rint((first - low) * scale), 0, size).astype(int)
    right, bottom = np.clip(np.rint((last - low) * scale), 0, size).astype(int)
    part = image[first[1] : last[1], first[0] : last[0]]
    if part.size and right > left and bottom > top:
        small = (int(right - left), int(bottom - top))
        out[top:bottom, left:right] = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    return out
