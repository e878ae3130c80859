"""PQ and HLG pictures brought into the range that a face model was trained on.

Reference white (203 cd/m2, ITU-R BT.2408) becomes the white of the standard range;
highlights above a knee are rolled off (Moebius curve, as in FFmpeg's `tonemap`).
Exact colour is no aim here: faces must look as they do in ordinary films.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.types import Float64Array, FloatArray, ImageArray

PQ = 16
"""AVCOL_TRC_SMPTE2084 (ITU-T H.273, table 3)."""
HLG = 18
"""AVCOL_TRC_ARIB_STD_B67."""

_WHITE = 203.0
_PEAK = 1000.0 / _WHITE
_KNEE = 0.6
_STEPS = 4096

# Linear BT.2020 to linear BT.709 (ITU-R BT.2087, 4).
_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    dtype=np.float32,
)


class ToneMap:
    """A lookup from 16-bit PQ or HLG to 8-bit standard range.

    Args:
        curve: `PQ` or `HLG`.
        wide: True when the primaries are those of BT.2020.
    """

    def __init__(self, curve: int, wide: bool) -> None:
        signal = np.linspace(0, 1, 1 << 16)
        light = pq_to_nits(signal) if curve == PQ else hlg_to_nits(signal)
        self._linear: FloatArray = (light / _WHITE).clip(0, _PEAK).astype(np.float32)
        self._to_709 = _TO_709.T if wide else None
        # Steps are even in the square root of light, so that dark tones keep theirs.
        steps = np.linspace(0, 1, _STEPS) ** 2 * _PEAK
        self._display = np.round(255 * srgb(roll_off(steps))).astype(np.uint8)

    def __call__(self, image: NDArray[Any]) -> ImageArray:
        """Map (H, W, 3) uint16 RGB to uint8 RGB."""
        light = np.take(self._linear, image)
        if self._to_709 is not None:
            light = light @ self._to_709
        np.clip(light, 0, _PEAK, out=light)
        np.sqrt(light, out=light)
        light *= (_STEPS - 1) / np.sqrt(np.float32(_PEAK))
        light += np.float32(0.5)
        return np.take(self._display, light.astype(np.uint16))


def pq_to_nits(signal: Float64Array) -> Float64Array:
    """Light in cd/m2 of a PQ signal in [0, 1] (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = signal ** (1 / m2)
    return np.asarray(10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1))


def hlg_to_nits(signal: Float64Array) -> Float64Array:
    """Light in cd/m2 of an HLG signal in [0, 1] on a display of 1000 cd/m2.

    The system gamma of 1.2 (ITU-R BT.2100) is applied to each channel alone.
    """
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(1000 * scene**1.2)


def roll_off(light: Float64Array) -> Float64Array:
    """The identity up to the knee, then a Moebius curve that takes the peak to 1."""
    a = -(_KNEE**2) * (_PEAK - 1) / (_KNEE**2 - 2 * _KNEE + _PEAK)
    b = (_KNEE**2 - 2 * _KNEE * _PEAK + _PEAK) / (_PEAK - 1)
    curve = (b * b + 2 * b * _KNEE + _KNEE**2) / (b - a) * (light + a) / (light + b)
    return np.where(light <= _KNEE, light, curve).clip(0, 1)


def srgb(light: Float64Array) -> Float64Array:
    """The sRGB signal of linear light in [0, 1] (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
