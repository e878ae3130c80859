"""FaRL's published layout with random weights and few of them: a transformer in a second."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vcn.nets import vit_farl

TINY = {"WIDTH": 24, "HEADS": 3, "LAYERS": 2, "PATCH": 6, "OUTPUT": 5, "SIZE": 12}
"""The smallest that has everything: 4 patches, and parts whose width is no power of two."""


def write_tiny_vit(path: Path, patch: pytest.MonkeyPatch, **sizes: int) -> Path:
    """Change the layout's sizes for one test, and write weights of these sizes.

    Args:
        path: Of the file, a state dict as published.
        patch: Of the test.
        sizes: Constants of `vcn.nets.vit_farl`; those left out stay as published.
    """
    for name, size in sizes.items():
        patch.setattr(vit_farl, name, size)
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, value in vit_farl.ViTLayout().state_dict().items():
        fan_in = value.shape[-1] if value.dim() == 2 else value[0].numel()
        noise = torch.randn(value.shape, generator=generator)
        state[f"visual.{name}"] = (
            1 + 0.1 * noise if value.dim() == 1 else noise / fan_in**0.5  # norms and biases
        )
    torch.save(state, path)
    return path
