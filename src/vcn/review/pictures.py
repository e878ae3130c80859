"""Faces and stretches of the film for the page, made when they are asked for."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from vcn.config import ReviewConfig
from vcn.errors import VcnError
from vcn.review.evidence import Finished
from vcn.types import ImageArray, Timeline, Track
from vcn.video.moments import Moments

_QUALITY = 85
_MARGIN = 0.35
"""Of the face's side that is shown around it."""


class Pictures:
    """Pictures of one film; safe to be used by several threads.

    Args:
        film: The film file; None: it is not there.
        timeline: Of the film.
        config: Sizes.
    """

    def __init__(self, film: Path | None, timeline: Timeline, config: ReviewConfig) -> None:
        self._film = film
        self._timeline = timeline
        self._config = config
        self._kept: OrderedDict[object, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._decoding = threading.Lock()
        self._moments: Moments | None = None

    def face(self, key: str, track: Track, parent: int, finished: Finished | None) -> bytes | None:
        """A track's face as JPEG: its best crop, or cut out of the film."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        image = None
        if finished is not None and "@" not in key:
            image = finished.face(parent)
        if image is None:
            image = self._cut_out(track)
        if image is None:
            return None
        made = _jpeg(image, self._config.face_side)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._config.faces_kept:
                self._kept.popitem(last=False)
        return made

    def still(self, track: Track, height: int) -> bytes | None:
        """The whole picture in the middle of a track, with the face framed."""
        row = _middle(track)
        image = self._picture(track, row)
        if image is None:
            return None
        from PIL import Image, ImageDraw

        picture = Image.fromarray(image)
        x1, y1, x2, y2 = track.xyxy[row].tolist()
        width = max(2, image.shape[0] // 180)
        ImageDraw.Draw(picture).rectangle((x1, y1, x2, y2), outline=(255, 214, 10), width=width)
        picture.thumbnail((4 * height, height))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=_QUALITY)
        return buffer.getvalue()

    def stretch(self, start: float, end: float) -> bytes | None:
        """A stretch of the film as a small MP4."""
        with self._decoding:
            moments = self._open()
            if moments is None:
                return None
            return moments.proxy(start, end, self._config.proxy_height)

    def close(self) -> None:
        """Release the film."""
        with self._decoding:
            if self._moments is not None:
                self._moments.close()
                self._moments = None

    def _open(self) -> Moments | None:
        if self._moments is None and self._film is not None:
            try:
                self._moments = Moments(self._film)
            except VcnError:
                self._film = None
        return self._moments

    def _picture(self, track: Track, row: int) -> ImageArray | None:
        with self._decoding:
            moments = self._open()
            if moments is None:
                return None
            return moments.picture(self._timeline.seconds(int(track.frame[row])))

    def _cut_out(self, track: Track) -> ImageArray | None:
        row = _middle(track)
        image = self._picture(track, row)
        if image is None:
            return None
        x1, y1, x2, y2 = track.xyxy[row].tolist()
        height, width = image.shape[:2]
        side = min(round((1 + 2 * _MARGIN) * max(x2 - x1, y2 - y1)), height, width)
        left = min(max(round((x1 + x2 - side) / 2), 0), width - side)
        top = min(max(round((y1 + y2 - side) / 2), 0), height - side)
        return np.ascontiguousarray(image[top : top + side, left : left + side])


def _middle(track: Track) -> int:
    seen = np.flatnonzero(track.observed)
    rows = seen if len(seen) else np.arange(len(track))
    return int(rows[np.abs(rows - len(track) // 2).argmin()])


def _jpeg(image: ImageArray, side: int) -> bytes:
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    if side < picture.width:
        picture = picture.resize((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
