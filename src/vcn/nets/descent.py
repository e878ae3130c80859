"""Stochastic gradient descent over epochs, for the small networks of `track_mlp`.

It can stop after any epoch and go on later, in another process, as if it had not. The
best state by validation is kept beside the present one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcn.errors import DataError
from vcn.nets.track_mlp import Arrays, arrays_of, load_arrays

Log = list[dict[str, float]]
"""One entry an epoch: `epoch` from 1, `loss`, `score`, and what else was measured."""


class Descent:
    """The state of one training.

    Args:
        module: All that is trained.
        groups: Its parameters in groups, each with its share of the learning rate.
        momentum: Of SGD.
        generator: Source of all chance from here on.
        nesterov: Nesterov's momentum.
    """

    def __init__(
        self,
        module: nn.Module,
        groups: Sequence[tuple[Sequence[nn.Parameter], float]],
        momentum: float,
        generator: torch.Generator,
        *,
        nesterov: bool = False,
    ) -> None:
        self._module = module
        self.generator = generator
        self._optimiser = torch.optim.SGD(
            [{"params": list(group), "share": share} for group, share in groups if group],
            lr=1.0,
            momentum=momentum,
            nesterov=nesterov,
        )
        self._n_parameters = sum(len(group) for group, _ in groups)
        self.steps = 0
        """Steps done."""
        self.log: Log = []
        self.best: dict[str, NDArray[Any]] = {}
        """State of the module after the best epoch."""
        self.best_score = -math.inf

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.log)

    def step(self, loss: Callable[[], Tensor], rate: float, frozen: Sequence[float] = ()) -> float:
        """One step.

        Args:
            loss: Computes the loss.
            rate: Learning rate.
            frozen: Groups of these shares do not move.

        Returns:
            The loss.

        Raises:
            DataError: It is not finite.
        """
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self._optimiser.zero_grad(set_to_none=True)
        value = loss()
        if not bool(torch.isfinite(value)):
            raise DataError("training diverged: the loss is not finite", "Look at the features")
        value.backward()  # type: ignore[no-untyped-call]
        for group in self._optimiser.param_groups:
            if group["share"] in frozen:
                for parameter in group["params"]:
                    parameter.grad = None
        self._optimiser.step()
        self.steps += 1
        return float(value.detach())

    def end_epoch(self, loss: float, score: float, **more: float) -> bool:
        """Write the log; True when this epoch is the best so far (of equals the first)."""
        self.log.append({"epoch": self.epoch + 1, "loss": loss, "score": score, **more})
        if score > self.best_score:
            self.best_score, self.best = score, arrays_of(self._module)
            return True
        return False

    def best_of(self, prefix: str) -> dict[str, NDArray[Any]]:
        """What of the best state is named so, without the prefix."""
        return _within(self.best, prefix)

    def state(self) -> dict[str, NDArray[Any]]:
        """All that a later process needs to go on, beside the log."""
        out = {
            "generator": self.generator.get_state().numpy(),
            "steps": np.array([self.steps]),
            **arrays_of(self._module, "now."),
            **{f"best.{name}": value for name, value in self.best.items()},
        }
        for number, moments in self._optimiser.state_dict()["state"].items():
            buffer = moments.get("momentum_buffer")
            if buffer is not None:
                out[f"momentum.{number}"] = buffer.numpy().copy()
        return out

    def restore(self, state: Arrays, log: Sequence[Mapping[str, float]]) -> None:
        """Take over what `state` returned, and the log.

        Raises:
            DataError: It is the state of another training.
        """
        load_arrays(self._module, state, "now.")
        try:
            self.generator.set_state(torch.from_numpy(np.array(state["generator"])))
            (self.steps,) = (int(n) for n in state["steps"])
            moments = {
                int(number): torch.from_numpy(np.array(value))
                for number, value in _within(state, "momentum.").items()
            }
            parameters = [p for group in self._optimiser.param_groups for p in group["params"]]
            if any(parameters[n].shape != value.shape for n, value in moments.items()):
                raise DataError("the state of training is that of another network")
            options = self._optimiser.state_dict()["param_groups"]
            self._optimiser.load_state_dict(
                {
                    "state": {n: {"momentum_buffer": value} for n, value in moments.items()},
                    "param_groups": options,
                }
            )
            self.log = [dict(entry) for entry in log]
            self.best_score = max((entry["score"] for entry in self.log), default=-math.inf)
        except (KeyError, ValueError, TypeError, RuntimeError, IndexError) as error:
            raise DataError(f"the state of training is damaged: {error}") from error
        self.best = {name: np.array(value) for name, value in _within(state, "best.").items()}


def _within(arrays: Arrays, prefix: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
