"""A re-identification model of a pack: pictures of people to features."""

from __future__ import annotations

import numpy as np

from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import FloatArray, ImageArray
from vcn.weights.packs import BodySpec


class BodyModel:
    """An ONNX model with one picture a row in, one feature a row out.

    Args:
        spec: From a pack whose files were verified.
        device: "cpu" or "cuda:N".

    Raises:
        PackError: The file cannot be run.
    """

    def __init__(self, spec: BodySpec, device: str) -> None:
        self.spec = spec
        self._session = devices.onnx_session(spec.path.read_bytes(), device, spec.path.name)
        self._input = self._session.get_inputs()[0].name

    def embed(self, images: ImageArray) -> FloatArray:
        """(n, H, W, 3) RGB to (n, D) features, as the model gives them.

        Raises:
            PackError: The model fails, or its features are not as its pack says.
        """
        mean, std = (np.array(values, np.float32) for values in (self.spec.mean, self.spec.std))
        pixels = (images.astype(np.float32) - mean) / std
        feed = {self._input: np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))}
        try:
            found = np.asarray(self._session.run(None, feed)[0], np.float32)
        except Exception as error:  # onnxruntime's exceptions have no common base
            text = (str(error).splitlines() or [""])[0]
            raise PackError(f"the body model {self.spec.path} failed: {text}") from error
        wanted = (len(images), self.spec.embedding_dim)
        if found.shape != wanted or not np.isfinite(found).all():
            raise PackError(
                f"the body model {self.spec.path} gave {found.shape}, and not {wanted}",
                "Correct width, height or embedding_dim of [body] in its pack.toml.",
            )
        return found
