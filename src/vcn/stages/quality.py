"""Which crops and tracks are good enough to learn from (VCN 3.2, 3.6, supp. 3)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vcn.config import QualityConfig
from vcn.equations.closed_form import track_counts, track_means
from vcn.equations.face_quality import crop_quality
from vcn.equations.mad import mad_threshold
from vcn.equations.ser_fiq import ser_fiq_score, stochastic_embeddings
from vcn.types import BoolArray, Crops, Float64Array, FloatArray, IntArray, Quality, Reason

_CHUNK = 64
"""Crops whose stochastic embeddings are in memory at once: 64 x 100 x 512 floats."""


def gate(
    crops: Crops | None,
    track_index: IntArray,
    n_tracks: int,
    finite: BoolArray,
    config: QualityConfig,
) -> Quality:
    """Size, focus and validity of crops; nothing here needs a model.

    Args:
        crops: N crops, or None when only their embeddings are known.
        track_index: (N,) not decreasing.
        n_tracks: T.
        finite: (N,) crops that have an embedding at all.
        config: Limits.

    Returns:
        Crops that may be used, and for each track without any the reason: the gate that
        most of its crops failed.
    """
    n = len(track_index)
    small = np.zeros(n, np.bool_)
    blurred = np.zeros(n, np.bool_)
    if crops is not None:
        small = np.asarray(crops.size < config.min_size)
        blurred = np.asarray(crops.sharpness < config.min_sharpness) & ~small
    void = ~finite & ~small & ~blurred
    ok = ~(small | blurred | void)
    failures = np.stack(
        [np.bincount(track_index[mask], minlength=n_tracks) for mask in (small, blurred, void)]
    )  # (3, T)
    names = (Reason.too_small, Reason.blurred, Reason.uncertain)
    usable = track_counts(track_index[ok], n_tracks)
    reason: list[Reason | None] = []
    for track in range(n_tracks):
        if usable[track]:
            reason.append(None)
        elif failures[:, track].any():
            reason.append(names[int(failures[:, track].argmax())])
        else:
            reason.append(Reason.too_short)  # not a single crop could be cut
    return Quality(ok, np.zeros(n_tracks, np.float32), tuple(reason))


def crop_weights(crops: Crops | None) -> Float64Array | None:
    """What each crop counts for in the mean of its track: the odds that it shows the face well.

    Quality-weighted pooling of a set of faces, as Xie and Zisserman (2018, "Multicolumn
    Networks for Face Recognition", BMVC) have it, with `equations.face_quality` as the quality.

    Args:
        crops: N crops.

    Returns:
        (N,) in (0, 1]; None where the landmarks are not known.
    """
    quality = crop_quality(crops)
    if quality is None or len(quality) == 0:
        return None
    weights: Float64Array = np.exp(quality - quality.max())
    return weights


@torch.no_grad()
def ser_fiq(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    config: QualityConfig,
    seed: int,
) -> FloatArray:
    """SER-FIQ scores of crops from the input of the last layer.

    Args:
        features: (N, P) activations before the last layer.
        weight: (D, P) of the last layer.
        bias: (D,) or None.
        config: Number of passes and dropout.
        seed: Of the dropout masks; all crops see the same masks.

    Returns:
        (N,) in [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    kept = torch.rand(config.passes, features.shape[1], generator=generator) >= config.dropout
    masks = (kept.float() / (1 - config.dropout)).to(features)
    scores = [
        ser_fiq_score(stochastic_embeddings(chunk, weight, bias, masks))
        for chunk in torch.split(features, _CHUNK)
    ]
    if not scores:
        return np.zeros(0, np.float32)
    return torch.cat(scores).float().cpu().numpy().astype(np.float32)


def assess(
    gated: Quality,
    scores: FloatArray,
    track_index: IntArray,
    config: QualityConfig,
    face: FloatArray | None = None,
) -> Quality:
    """Reject tracks whose mean quality is an outlier among the film's tracks.

    Args:
        gated: What `gate` found.
        scores: (N,) SER-FIQ of each crop.
        track_index: (N,) not decreasing.
        config: Factor of the MAD rule.
        face: (N,) another measure to judge by; None: SER-FIQ.

    Returns:
        Quality with track scores by SER-FIQ; `low_ser_fiq` where it lies below the
        threshold of VCN supp. Eq. 1, or `uncertain` where another measure does.
    """
    n_tracks = len(gated.reason)
    ok = gated.crop_ok

    def of_tracks(values: FloatArray) -> FloatArray:
        means = track_means(values[ok][:, None], track_index[ok], n_tracks)[:, 0]
        return means.astype(np.float32)

    shown = of_tracks(scores)
    judged = shown if face is None else of_tracks(face)
    threshold = mad_threshold(judged[gated.track_ok], config.mad_factor)
    why = Reason.low_ser_fiq if face is None else Reason.uncertain
    reason = tuple(
        why if was is None and score < threshold else was
        for was, score in zip(gated.reason, judged, strict=True)
    )
    return Quality(ok, shown, reason)
