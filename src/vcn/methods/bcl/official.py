"""The released checkpoint of Ball Cluster Learning, as a file of `vcn train`.

It fits the authors' base features alone: 256 values of an SE-ResNet-50.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vcn.equations.ball_cluster import cut, squared_radius
from vcn.errors import DataError, PackError
from vcn.nets.track_mlp import mlp_of
from vcn.weights.learned import Learned
from vcn.weights.packs import sha256_of
from vcn.weights.torchfile import load_content

_HINT = "vcn models import converts the checkpoint that the authors of BCL released"


def import_official(path: Path) -> Learned:
    """Convert the authors' checkpoint; no code in it is ever run.

    Raises:
        DataError: It is something else, or cannot be read safely.
    """
    try:
        content = load_content(path)
    except PackError as error:
        raise DataError(error.what, _HINT) from error
    try:
        weights = {
            name: _array(value)
            for name, value in content["model_state"].items()
            if name.startswith("linears.")
        }
        h = torch.tensor(float(content["criterion_state"]["ctrd.h_bias"]), dtype=torch.float64)
        epoch = int(content["epoch"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} is not a checkpoint of BCL", _HINT) from error
    mlp_of(weights)  # they are a network
    if not all(np.isfinite(value).all() for value in weights.values()) or not h.isfinite():
        raise DataError(f"{path} holds weights that are not finite")
    threshold = cut(float(squared_radius(h)))
    origin: dict[str, Any] = {
        "films": ["51 films of MovieGraphs (BCL 5.1)"],
        "tracks": 61774,
        "people": 1214,
        "width": int(weights["linears.0.weight"].shape[1]),
        "system": "bcl",
        "imported": path.name,
        "sha256": sha256_of(path),
        "epoch": epoch,
        "h": float(h),
    }
    return Learned("bcl", weights, 1.0, threshold, origin)


def _array(value: object) -> NDArray[np.float32]:
    if not isinstance(value, torch.Tensor):
        raise TypeError("not a tensor")
    return np.array(value.detach().numpy(), np.float32)
