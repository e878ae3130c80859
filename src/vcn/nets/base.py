"""What every face-ID model is to the rest of vcn: a torch module in two parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from vcn.types import FloatArray

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec


class FaceModel(nn.Module, ABC):
    """A face-ID model: crops to embeddings, split before its last linear layer.

    The split is where SER-FIQ drops activations: ``last`` is cheap and is run many
    times on the same features. N = crops, S = `input_size`, P = width of the
    penultimate layer, D = `embedding_dim`. Embeddings are not normalised.
    """

    input_size: int
    """Side of a crop in pixels."""
    embedding_dim: int
    n_parts: int = 1
    """The embedding is that many parts of equal width, each with projection heads of
    its own (VCN 3.4)."""
    template: FloatArray
    """(5, 2) landmarks of an aligned crop in its pixels."""

    mean: Tensor
    std: Tensor

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__()
        self.input_size = spec.input_size
        self.embedding_dim = spec.embedding_dim
        self.template = np.array(spec.template, dtype=np.float32)
        self.template.flags.writeable = False
        self._bgr = spec.channels == "BGR"
        # Not persistent: they belong to the pack, not to a checkpoint of the weights.
        self.register_buffer("mean", torch.tensor(spec.mean), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std), persistent=False)

    def preprocess(self, images: Tensor) -> Tensor:
        """Crops as the model takes them.

        Args:
            images: (N, S, S, 3) uint8 RGB, on any device.

        Returns:
            (N, 3, S, S) float32 on the model's device, channels last in memory.
        """
        x = images.to(self.mean.device).float()
        if self._bgr:
            x = x.flip(-1)
        return ((x - self.mean) / self.std).permute(0, 3, 1, 2)

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) preprocessed crops to (N, P) penultimate activations."""

    @abstractmethod
    def last(self, features: Tensor) -> Tensor:
        """(N, P) penultimate activations to (N, D) embeddings."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) preprocessed crops to (N, D) embeddings."""
        return self.last(self.features(x))
