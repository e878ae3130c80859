"""The weights of a module as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from vcn.errors import DataError
from vcn.types import FloatArray


def arrays_of(module: nn.Module) -> dict[str, FloatArray]:
    """A copy of everything in the module's state."""
    return {k: v.detach().cpu().numpy().copy() for k, v in module.state_dict().items()}


def load_arrays(module: nn.Module, arrays: Mapping[str, FloatArray], what: str) -> None:
    """Set the module's state.

    Args:
        module: Changed in place.
        arrays: A value for each entry of its state.
        what: Whose weights these are, for the error.

    Raises:
        DataError: They belong to another module.
    """
    wanted = module.state_dict()
    for name, value in wanted.items():
        if name not in arrays or arrays[name].shape != tuple(value.shape):
            got = arrays[name].shape if name in arrays else "nothing"
            raise DataError(
                f"the {what} has another shape than this model: {name} is {got} "
                f"and not {tuple(value.shape)}",
                "Use the pack that the checkpoint was made with",
            )
    if len(arrays) > len(wanted):
        raise DataError(f"the {what} has weights that this model has not")
    module.load_state_dict({k: torch.from_numpy(np.array(arrays[k])) for k in wanted})
