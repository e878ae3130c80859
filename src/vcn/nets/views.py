"""Augmented views of crops, made where the crops are, all at once (VCN supp. 1.2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def make_views(
    images: Tensor,
    n_views: int,
    scale: tuple[float, float],
    rotation: float,
    temperature: float,
    generator: torch.Generator,
) -> Tensor:
    """Random views of each crop: a part of it, enlarged, turned, mirrored and tinted.

    The part, the turn and the mirror are one affine map, so that each view is sampled
    once. The chance is drawn on the CPU: a few numbers a view, the same on any device.

    Args:
        images: (N, S, S, 3) uint8.
        n_views: V.
        scale: Least and greatest share of the crop's area that a view shows.
        rotation: Largest turn in degrees, either way.
        temperature: Largest shift of the colour temperature: red is multiplied by
            exp(t) and blue by exp(-t).
        generator: Source of chance, on the CPU.

    Returns:
        (N * V, S, S, 3) uint8 on the device of `images`; the views of a crop lie together.
    """
    count = len(images) * n_views
    chance = torch.rand(count, 6, generator=generator)  # each column is one choice
    side = (scale[0] + (scale[1] - scale[0]) * chance[:, 0]).sqrt()
    angle = (2 * chance[:, 1] - 1) * math.radians(rotation)
    mirror = torch.where(chance[:, 2] < 0.5, -1.0, 1.0)
    # The part lies inside the crop, but for what the turn takes from beyond its corners.
    shift = (2 * chance[:, 3:5] - 1) * (1 - side)[:, None]  # (NV, 2) in [-1, 1]
    cos, sin = side * angle.cos(), side * angle.sin()
    affine = torch.stack(
        (
            torch.stack((mirror * cos, -sin, shift[:, 0]), dim=1),
            torch.stack((mirror * sin, cos, shift[:, 1]), dim=1),
        ),
        dim=1,
    )  # (NV, 2, 3)
    tint = (2 * chance[:, 5] - 1) * temperature
    gain = torch.stack((tint.exp(), torch.ones(count), (-tint).exp()), dim=1)  # (NV, 3)
    pixels = images.permute(0, 3, 1, 2).float().repeat_interleave(n_views, dim=0)
    grid = functional.affine_grid(affine.to(images.device), list(pixels.shape), align_corners=False)
    seen = functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    seen *= gain.to(images.device)[:, :, None, None]
    return seen.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
