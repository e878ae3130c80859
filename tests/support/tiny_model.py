"""A small face model and a small film for it: full mode in a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vcn.config import AdaptConfig, QualityConfig
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.nets.base import FaceModel
from vcn.stages.embed import embed
from vcn.types import Crops
from vcn.weights.packs import FaceModelSpec

SIDE = 12
WIDTH = 8


class TinyModel(FaceModel):
    """Two convolutions with a batch norm and a dropout between them."""

    def __init__(self, seed: int = 0) -> None:
        template = ((4.0, 4.0), (8.0, 4.0), (6.0, 6.0), (4.0, 9.0), (8.0, 9.0))
        super().__init__(
            FaceModelSpec(
                "none", Path("none"), SIDE, (128.0,) * 3, (64.0,) * 3, "RGB", template, WIDTH
            )
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.body = nn.Sequential(
                nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.3),
                nn.Conv2d(8, 16, 3, 2),
            )  # fmt: skip
            self.fc = nn.Linear(16, WIDTH)
        self.eval()

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, 16)."""
        pooled: Tensor = self.body(x).mean((2, 3))
        return pooled

    def last(self, features: Tensor) -> Tensor:
        """(N, 16) to (N, 8)."""
        embedding: Tensor = self.fc(features)
        return embedding


def tiny_film(model: FaceModel, n_tracks: int = 6, n_crops: int = 4, seed: int = 0) -> TrackFilm:
    """Tracks of three people, each a pattern with noise."""
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 256, (3, SIDE, SIDE, 3))
    index = np.repeat(np.arange(n_tracks), n_crops)
    noise = rng.normal(0, 20, (len(index), SIDE, SIDE, 3))
    images = np.clip(people[index % 3] + noise, 0, 255).astype(np.uint8)
    same = np.full(len(index), 50, np.float32)
    crops = Crops(images, index, np.arange(len(index)), same, same, np.ones_like(same))
    return TrackFilm(embed(crops, model, lambda _: None), n_tracks, crops)


def tiny_method(mode: str = "full", **changes: object) -> VideoClusterNet:
    """A schedule of seconds: 3 iterations of 3, 2 and 2 epochs, the first epoch heads only.

    In float32: the same on every processor, and fit to be held against other ways.
    """
    adapt = replace(
        AdaptConfig(), mode=mode, iterations=3, first_epochs=3, head_epochs=1, epochs=2,
        n_heads=2, save_epochs=1, learning_rate=1e-3, head_iterations=0,
        precision="float32",
    )  # fmt: skip
    return VideoClusterNet(replace(QualityConfig(), passes=10), replace(adapt, **changes))
