"""RAD-Net (Liu et al. 2023): people by face, body and voice, supervised by other films."""

from __future__ import annotations

from vcn.methods.radnet.cluster import RadNet
from vcn.methods.radnet.train import Labelled, train

__all__ = ["Labelled", "RadNet", "train"]
