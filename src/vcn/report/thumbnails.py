"""Small pictures inside the report, as JPEG data URIs. Pillow is imported here only."""

from __future__ import annotations

import base64
import io

from vcn.types import ImageArray


def data_uri(image: ImageArray, side: int, quality: int) -> str:
    """An image as ``data:image/jpeg;base64,...``; equal images give equal text.

    Args:
        image: (S, S, 3) RGB.
        side: Pixels of the result; smaller images are not enlarged.
        quality: Of the JPEG, 1 to 95.
    """
    from PIL import Image

    picture = (
        Image.fromarray(image, "RGB")
        if image.flags.c_contiguous
        else Image.fromarray(image.copy(), "RGB")
    )
    if side < picture.width:
        # Reducing keeps a face sharp only with a filter as wide as the reduction.
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
