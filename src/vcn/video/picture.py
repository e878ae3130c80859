"""From a decoded frame to displayed RGB: geometry, matrix, range, transfer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from threading import Lock
from typing import Any, cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from vcn.types import ImageArray
from vcn.video.hdr import HLG, PQ, ToneMap

MAX_PIXELS = 1 << 26
"""Twice the size of an 8K picture; a larger one is damage or an attack."""
_MAX_ASPECT = 16
"""A sample aspect ratio beyond this, or under its inverse, is taken for an error."""

# AVColorSpace (ITU-T H.273, table 4) to the matrices that swscale knows.
_MATRIX = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.SMPTE170M,
    6: Colorspace.SMPTE170M,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_BT709_PRIMARIES = 1


@dataclass(frozen=True, slots=True)
class Geometry:
    """How stored pixels become displayed pixels: transpose, then mirror, then scale."""

    width: int
    """Displayed width in square pixels."""
    height: int
    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def rotation(self) -> int:
        """Clockwise turn in degrees; for a mirrored picture, that after mirroring."""
        if self.transpose:
            return 270 if self.mirror_y else 90
        return 180 if self.mirror_y else 0

    @property
    def mirrored(self) -> bool:
        """True when the picture is shown as in a mirror."""
        return self.transpose ^ self.mirror_x ^ self.mirror_y

    @classmethod
    def of(cls, frame: av.VideoFrame, sample_aspect: Fraction | None) -> Geometry:
        """Read the display matrix of a frame and its sample aspect ratio.

        The matrix takes the stored point (x, y) to (ax + cy, bx + dy); turns that
        are no multiple of 90 degrees are rounded to one. Pixels that are not square
        change the stored width, as editing systems do, and never the height.
        """
        width = frame.width
        if sample_aspect and Fraction(1, _MAX_ASPECT) <= sample_aspect <= _MAX_ASPECT:
            width = max(round(width * sample_aspect), 1)
        height = frame.height
        turn = display_matrix(frame)
        if turn is None:
            return cls(width, height)
        a, b, c, d = turn
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(height, width, True, c < 0, b < 0)
        return cls(width, height, False, a < 0, d < 0)


def display_matrix(frame: av.VideoFrame) -> tuple[int, int, int, int] | None:
    """The numbers a, b, c, d of a frame's display matrix, or None."""
    # PyAV's stub says a TypedDict; it is a mapping from the type of the data.
    side_data = cast("Mapping[SideDataType, Any]", frame.side_data)
    value = side_data.get(SideDataType.DISPLAYMATRIX)
    numbers = np.frombuffer(b"" if value is None else bytes(value), np.int32)
    if len(numbers) != 9:
        return None
    a, b, _, c, d = (int(number) for number in numbers[:5])
    return a, b, c, d


class Converter:
    """Converts the frames of one film; keeps swscale's contexts between frames."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._scalers: dict[tuple[int, int], VideoReformatter] = {}
        self._tone_maps: dict[tuple[int, bool], ToneMap] = {}
        self._lock = Lock()  # a scaler is not safe to share between threads

    def image(self, frame: av.VideoFrame) -> ImageArray:
        """The whole displayed picture, (H, W, 3) RGB."""
        return self._convert(frame, self.geometry.width, self.geometry.height)

    def small(self, frame: av.VideoFrame, width: int) -> ImageArray:
        """The displayed picture at a width, (round(H * width / W), width, 3) RGB."""
        height = max(round(self.geometry.height * width / self.geometry.width), 1)
        return self._convert(frame, width, height)

    def _convert(self, frame: av.VideoFrame, width: int, height: int) -> ImageArray:
        geometry = self.geometry
        stored = (height, width) if geometry.transpose else (width, height)
        curve = int(frame.color_trc)
        with self._lock:
            if curve in (PQ, HLG):
                image = self._tone_map(frame)(self._scale(frame, stored, "rgb48le"))
            else:
                image = self._scale(frame, stored, "rgb24")
        # OpenCV turns pictures several times as fast as numpy.
        if geometry.transpose:
            image = cv2.transpose(image)
        if geometry.mirror_x or geometry.mirror_y:
            both = geometry.mirror_x and geometry.mirror_y
            image = cv2.flip(image, -1 if both else int(geometry.mirror_x))
        return np.ascontiguousarray(image)

    def _scale(
        self, frame: av.VideoFrame, size: tuple[int, int], pixel_format: str
    ) -> NDArray[Any]:
        scaler = self._scalers.setdefault(size, VideoReformatter())
        # Area averaging shrinks without aliasing; it does not enlarge well.
        shrinks = size[0] < frame.width and size[1] < frame.height
        scaled = scaler.reformat(
            frame,
            *size,
            format=pixel_format,
            src_colorspace=matrix(frame),
            interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
            threads=1,
        )
        return scaled.to_ndarray()

    def _tone_map(self, frame: av.VideoFrame) -> ToneMap:
        wide = int(frame.color_primaries) != _BT709_PRIMARIES
        key = (int(frame.color_trc), wide)
        if key not in self._tone_maps:
            self._tone_maps[key] = ToneMap(*key)
        return self._tone_maps[key]


def matrix(frame: av.VideoFrame) -> Colorspace:
    """The YCbCr matrix of a frame; untagged: BT.709 from 720 lines up, else BT.601."""
    tagged = _MATRIX.get(int(frame.colorspace))
    if tagged is not None:
        return tagged
    if int(frame.color_trc) in (PQ, HLG):
        return Colorspace.BT2020
    hd = frame.height > 576 or frame.width >= 1280
    return Colorspace.ITU709 if hd else Colorspace.SMPTE170M


def is_hdr(frame: av.VideoFrame) -> bool:
    """True when the frame's transfer curve is PQ or HLG."""
    return int(frame.color_trc) in (PQ, HLG)


def has_alpha(frame: av.VideoFrame) -> bool:
    """True when the frame carries transparency."""
    return any(component.is_alpha for component in frame.format.components)


def is_sane(width: int, height: int) -> bool:
    """True when a picture of this size can be held in memory."""
    return 0 < width * height <= MAX_PIXELS and min(width, height) > 0
