"""Embed aligned crops with a face-ID model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from vcn.nets.base import FaceModel
from vcn.types import Crops, Embeddings

BATCH = 32
"""Crops a batch: more gives a CPU nothing and costs memory."""
_MULTIPLE = 8
"""Batches are filled up to a multiple of this with black. Measured with dlib's ResNet: with
1 or 5 crops oneDNN and MKL choose what they do by the number of threads, and the last
digits differ; with 8, 16, 24 and 32 they are the same for 1, 2 and 4 threads."""


def embed(
    crops: Crops, model: FaceModel, on_crops: Callable[[int], None], batch: int = BATCH
) -> Embeddings:
    """Embed the crops as they are, without augmentation.

    Args:
        crops: N crops of the side that the model takes; may be a memory map.
        model: In evaluation mode.
        on_crops: Called with the number of crops done since the last call.
        batch: Crops a batch.

    Returns:
        (N, D), not normalised. A row that is not finite becomes zero: such a crop is
        rejected later, and one bad row does not spoil the others.
    """
    device = next(model.parameters()).device
    out = np.empty((len(crops), model.embedding_dim), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(crops), batch):
            images = np.array(crops.images[start : start + batch])  # (B, S, S, 3)
            n = len(images)
            empty = np.zeros((-n % _MULTIPLE, *images.shape[1:]), np.uint8)
            filled = torch.from_numpy(np.concatenate([images, empty]))
            values = model(model.preprocess(filled.to(device)))[:n].float().cpu().numpy()
            out[start : start + n] = np.where(
                np.isfinite(values).all(axis=1, keepdims=True), values, 0
            )
            on_crops(n)
    return Embeddings(out, crops.track_index, normalised=False, n_parts=model.n_parts)
