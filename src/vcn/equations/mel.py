"""Mel spectrogram, as librosa has it by default: Slaney's filters, power, no logarithm.

Source: Slaney, Auditory Toolbox (1998); the package ``librosa`` is the oracle of the tests.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from vcn.types import Float64Array, FloatArray

_LINEAR_HZ = 200.0 / 3
"""Hertz of a mel below 1 kHz."""
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27
"""Logarithm of the ratio of a mel above 1 kHz."""


def mel_of(hertz: Float64Array) -> Float64Array:
    """Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    low = hertz / _LINEAR_HZ
    high = _BREAK_HZ / _LINEAR_HZ + np.log(np.maximum(hertz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    mel: Float64Array = np.where(hertz < _BREAK_HZ, low, high)
    return mel


def hertz_of(mel: Float64Array) -> Float64Array:
    """The inverse of `mel_of`."""
    high = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_HZ / _LINEAR_HZ))
    hertz: Float64Array = np.where(mel < _BREAK_HZ / _LINEAR_HZ, mel * _LINEAR_HZ, high)
    return hertz


@cache
def mel_filters(rate: int, n_fft: int, n_mels: int) -> FloatArray:
    """Triangles of equal area over the frequencies of a Fourier transform.

    Args:
        rate: Samples a second.
        n_fft: Samples of a window.
        n_mels: Number of triangles, from 0 to rate / 2.

    Returns:
        (n_mels, n_fft // 2 + 1).
    """
    edges = hertz_of(np.linspace(0, float(mel_of(np.array(rate / 2))), n_mels + 2))
    bins = np.fft.rfftfreq(n_fft, 1 / rate)
    width = np.diff(edges)
    ramps = edges[:, None] - bins  # (n_mels + 2, bins)
    rising, falling = -ramps[:-2] / width[:-1, None], ramps[2:] / width[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    filters: FloatArray = (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    filters.flags.writeable = False
    return filters


def mel_spectrogram(
    samples: FloatArray, rate: int, n_fft: int, hop: int, n_mels: int
) -> FloatArray:
    """Power in each mel band over time; windows are centred, the edges padded with silence.

    Args:
        samples: (n,).
        rate: Samples a second.
        n_fft: Samples of a Hann window.
        hop: Samples between windows.
        n_mels: Number of bands.

    Returns:
        (1 + n // hop, n_mels).
    """
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    padded = np.pad(samples.astype(np.float32, copy=False), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    spectrum = np.fft.rfft(frames * window, axis=1)  # (windows, bins)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    bands: FloatArray = power @ mel_filters(rate, n_fft, n_mels).T
    return bands
