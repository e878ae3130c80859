"""How alike two patches are in colour, whatever shape they have.

Histograms in CIE L*a*b* with neighbouring bins blended, and the distance of Hellinger (1909):
sqrt(1 - sum sqrt(p q)), from 0 (equal) to 1 (nothing in common).
"""

from __future__ import annotations

import cv2
import numpy as np

from vcn.types import Float64Array, FloatArray, ImageArray, IntArray

_BINS = (6, 8, 8)
_CHROMA = 80.0
"""Values of a* and b* beyond which everything is the last bin: clothes are duller."""


def lab_histogram(patch: ImageArray) -> Float64Array:
    """(K,) histogram of a patch, sums to 1; zeros where the patch has no pixel.

    Args:
        patch: (h, w, 3) RGB.
    """
    if patch.size == 0:
        return np.zeros(int(np.prod(_BINS)))
    lab = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    share = np.stack(
        [lab[:, 0] / 256.0, *((lab[:, 1:].astype(np.float64) - 128) / (2 * _CHROMA) + 0.5).T]
    )
    at = [
        np.clip((axis * bins).astype(np.int64), 0, bins - 1)
        for axis, bins in zip(share, _BINS, strict=True)
    ]
    flat = np.bincount(np.ravel_multi_index(tuple(at), _BINS), minlength=int(np.prod(_BINS)))
    counts = flat.reshape(_BINS).astype(np.float64)
    for axis in range(3):  # (1, 2, 1) / 4, the border repeated
        padded = np.pad(counts, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        low, high = (
            padded.take(range(counts.shape[axis]), axis),
            padded.take(range(2, counts.shape[axis] + 2), axis),
        )
        counts = 0.5 * counts + 0.25 * (low + high)
    return np.asarray(counts.ravel() / counts.sum())


def mean_histograms(
    patches: list[ImageArray], index: IntArray, n_tracks: int
) -> tuple[FloatArray, IntArray]:
    """Mean histogram of the patches of each track.

    Args:
        patches: N patches; one without pixels says nothing.
        index: (N,) track of each.
        n_tracks: T.

    Returns:
        (T, K); (T,) how many patches of each track said something.
    """
    total = np.zeros((n_tracks, int(np.prod(_BINS))))
    count = np.zeros(n_tracks, np.int64)
    for patch, track in zip(patches, index.tolist(), strict=True):
        if patch.size:
            total[track] += lab_histogram(patch)
            count[track] += 1
    mean = total / np.maximum(count, 1)[:, None]
    return mean.astype(np.float32), count


def hellinger(histograms: FloatArray, said: IntArray) -> FloatArray:
    """(T, T) distances (Hellinger); NaN where one of the two says nothing."""
    root = np.sqrt(histograms)
    distance = np.sqrt(np.maximum(1 - root @ root.T, 0))
    silent = said == 0
    distance[silent] = np.nan
    distance[:, silent] = np.nan
    return np.asarray(distance, np.float32)
