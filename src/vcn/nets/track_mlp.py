"""The small networks that learn on top of base embeddings of tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcn.errors import DataError

Arrays = Mapping[str, NDArray[Any]]


class Mlp(nn.Module):
    """Linear layers with ReLU between (BCL 4); named as in the authors' checkpoint.

    Args:
        widths: Of input, hidden layers and output.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) inputs to (B, W) outputs, not normalised."""
        for number, layer in enumerate(self.linears):
            x = layer(torch.relu(x) if number else x)
        return x


class ViewNet(nn.Module):
    """FC - ReLU - BN - dropout - FC - ReLU - BN (Multi-Face 4.3).

    Args:
        widths: Of input, hidden layer and output.
        dropout: Share of the hidden values that a training step leaves out.
        generator: Source of which; a CPU generator.
    """

    def __init__(self, widths: Sequence[int], dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.fc0 = nn.Linear(widths[0], widths[1])
        self.bn0 = nn.BatchNorm1d(widths[1])
        self.fc1 = nn.Linear(widths[1], widths[2])
        self.bn1 = nn.BatchNorm1d(widths[2])
        self._dropout = dropout
        self._generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) inputs to (B, W) outputs."""
        x = self.bn0(torch.relu(self.fc0(x)))
        if self.training:
            # Not nn.Dropout: its chance is the process's, and could not be resumed.
            kept = torch.rand(x.shape, generator=self._generator) >= self._dropout
            x = x * kept / (1 - self._dropout)
        out: Tensor = self.bn1(torch.relu(self.fc1(x)))
        return out


def seeded(seed: int) -> torch.Generator:
    """A generator, and torch's own started at the same seed, for initial weights.

    The caller wraps the making of a network in `torch.random.fork_rng(devices=[])`.
    """
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def arrays_of(module: nn.Module, prefix: str = "") -> dict[str, NDArray[Any]]:
    """The state of a module as arrays of their own memory."""
    return {
        f"{prefix}{name}": tensor.detach().numpy().copy()
        for name, tensor in module.state_dict().items()
    }


def load_arrays(module: nn.Module, arrays: Arrays, prefix: str = "") -> None:
    """Take over what `arrays_of` gave.

    Raises:
        DataError: It is the state of another network.
    """
    chosen = {
        name.removeprefix(prefix): torch.from_numpy(np.array(value))
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
    try:
        module.load_state_dict(chosen)
    except RuntimeError as error:
        raise DataError(f"the weights belong to another network: {error}") from error


def mlp_of(arrays: Arrays) -> Mlp:
    """The network whose weights these are; its widths are read off them.

    Raises:
        DataError: They are no chain of linear layers.
    """
    layers = [arrays.get(f"linears.{n}.weight") for n in range(len(arrays) // 2)]
    shapes = [np.shape(layer) for layer in layers if layer is not None]
    fits = all(
        len(shape) == 2 and (n == 0 or shape[1] == shapes[n - 1][0])
        for n, shape in enumerate(shapes)
    )
    if not shapes or len(shapes) < len(layers) or not fits:
        raise DataError("the weights are no chain of linear layers")
    with torch.random.fork_rng(devices=[]):
        net = Mlp([shapes[0][1], *(shape[0] for shape in shapes)])
    load_arrays(net, arrays)
    return net.eval()
