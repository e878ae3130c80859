"""A face model as the benchmark uses it: crops in, embeddings out, with a cache key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from vcn.types import FloatArray, ImageArray
from vcn.weights.packs import FaceModelSpec, sha256_of

if TYPE_CHECKING:
    from vcn.nets.base import FaceModel

_BATCH = 32


class FaceModelEmbedder:
    """Embeds crops with the face model of a pack.

    Args:
        spec: From a pack whose files were verified.
        device: A torch device.
    """

    def __init__(self, spec: FaceModelSpec, device: str = "cpu") -> None:
        self._spec = spec
        self._device = device
        self._model: FaceModel | None = None
        rest = (spec.kind, spec.input_size, spec.mean, spec.std, spec.channels, spec.template)
        self.key = hashlib.sha256(repr((sha256_of(spec.path), rest)).encode()).hexdigest()
        self.size = spec.input_size
        self.impostor_cosine = spec.impostor_cosine
        self.template: FloatArray = np.array(spec.template, np.float32)

    def __call__(self, images: ImageArray) -> FloatArray:
        """Embed (N, S, S, 3) RGB crops: (N, D), not normalised."""
        import torch

        from vcn.nets import load_face_model

        if self._model is None:  # everything may be cached: then no weights are read
            self._model = load_face_model(self._spec, self._device)
        out = []
        with torch.inference_mode():
            for start in range(0, len(images), _BATCH):
                batch = torch.from_numpy(np.ascontiguousarray(images[start : start + _BATCH]))
                out.append(self._model(self._model.preprocess(batch)).float().cpu().numpy())
        return np.concatenate(out)

    @property
    def n_parts(self) -> int:
        """As `FaceModel` has it."""
        from vcn.nets import face_model_class

        return face_model_class(self._spec.kind).n_parts
