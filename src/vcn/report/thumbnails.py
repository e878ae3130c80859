"""Small pictures of faces as JPEG, in the report and beside it. Pillow is imported here only."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np

from vcn.types import Float64Array, ImageArray

_MARGIN = 0.25
"""Of the box on each side: hair and chin help to tell who it is."""


def data_uri(image: ImageArray, side: int, quality: int) -> str:
    """An image as ``data:image/jpeg;base64,...``; equal images give equal text.

    Args:
        image: (S, S, 3) RGB.
        side: Pixels of the result; smaller images are not enlarged.
        quality: Of the JPEG, 1 to 95.
    """
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(image, side, quality)).decode()


def jpeg(image: ImageArray, side: int | None, quality: int) -> bytes:
    """An image as a JPEG file; arguments as of `data_uri`, no side: as it is."""
    from PIL import Image

    picture = (
        Image.fromarray(image, "RGB")
        if image.flags.c_contiguous
        else Image.fromarray(image.copy(), "RGB")
    )
    if side is not None and side < picture.width:
        # Reducing keeps a face sharp only with a filter as wide as the reduction.
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def square(image: ImageArray, xyxy: Sequence[float] | Float64Array) -> ImageArray:
    """The square around a box with its margin, cut at the edges of the picture."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = xyxy
    side = min(max(x2 - x1, y2 - y1) * (1 + 2 * _MARGIN), height, width)
    left = int(np.clip((x1 + x2 - side) / 2, 0, width - side))
    top = int(np.clip((y1 + y2 - side) / 2, 0, height - side))
    return image[top : top + int(side), left : left + int(side)]
