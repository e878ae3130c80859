"""The course of training, the same for heads and for whole models (VCN supp. 1.3).

It can stop after any epoch and go on later, in another process, as if it had not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcn.config import AdaptConfig
from vcn.equations.schedule import cosine_schedule
from vcn.errors import DataError
from vcn.nets.partners import Partners
from vcn.types import IntArray

_MIN_STEPS = 8
"""An epoch of a small film has at least this many steps where it has the crops."""
_MIN_BATCH = 16

EpochHook = Callable[[int, float], None]
"""Is given the number of the epoch, from 1 over all iterations, and its mean loss."""


class Trainer:
    """Batches, learning rate, optimiser and chance of all iterations on one film.

    Args:
        config: Schedule.
        seed: Of the initial weights (through `generator`), the batches and the partners.
        batch: Largest number of crops a step.
    """

    def __init__(self, config: AdaptConfig, seed: int, batch: int) -> None:
        self._config = config
        self._batch = batch
        self.generator = torch.Generator().manual_seed(seed)
        self.epoch = 0
        """Epochs done, over all iterations."""
        self.done = 0
        """Epochs done of an iteration that is not finished; 0 between two."""
        self._loss = math.nan
        self._optimiser: torch.optim.Optimizer | None = None
        self._waiting: dict[int, dict[str, Tensor]] = {}

    def fit(
        self,
        epochs: int,
        parameters: Sequence[tuple[Iterable[nn.Parameter], float]],
        rows: IntArray,
        partners: Partners,
        step: Callable[[Tensor, Tensor], Tensor],
        end_epoch: Callable[[], None],
        on_epoch: EpochHook | None = None,
        *,
        most: int,
    ) -> float:
        """One iteration, or the rest of one that was restored.

        Args:
            epochs: Epochs of the whole iteration.
            parameters: What the optimiser moves, in groups, each with its share of the
                learning rate; those without a gradient stay.
            rows: (R,) crops to train on, at least 2.
            partners: Of the same rows.
            step: Is given (B,) crops and (B,) partners, leaves gradients in the
                parameters and returns the mean loss.
            end_epoch: Called after the last step of each epoch.
            on_epoch: Called after that.
            most: Crops that an epoch visits at most, drawn anew each time.

        Returns:
            Mean loss of the last epoch, in nats.
        """
        config = self._config
        visited = min(len(rows), most)
        batch = max(_MIN_BATCH, min(self._batch, visited // _MIN_STEPS))
        steps = math.ceil(visited / batch)
        warmup = min(config.warmup_epochs, epochs // 2) * steps
        optimiser = self._start([(list(group), share) for group, share in parameters])
        crops = torch.from_numpy(rows)
        while self.done < epochs:
            order = torch.randperm(len(rows), generator=self.generator)[:visited]
            losses = []
            for number, chunk in enumerate(torch.split(order, batch)):
                rate = cosine_schedule(
                    self.done * steps + number,
                    epochs * steps,
                    warmup,
                    config.warmup_learning_rate,
                    config.learning_rate,
                    config.final_learning_rate,
                )
                for group in optimiser.param_groups:
                    group["lr"] = rate * group["share"]
                optimiser.zero_grad(set_to_none=True)
                losses.append(step(crops[chunk], partners.draw(chunk, self.generator)))
                optimiser.step()
            end_epoch()
            self._loss = float(torch.stack(losses).mean())
            self.epoch += 1
            self.done += 1
            if on_epoch is not None:
                on_epoch(self.epoch, self._loss)
        self.done = 0
        self._optimiser = None
        return self._loss

    def _start(self, groups: list[tuple[list[nn.Parameter], float]]) -> torch.optim.Optimizer:
        """A new optimiser, with the moments that were restored."""
        config = self._config
        optimiser = torch.optim.AdamW(
            [{"params": group, "share": share} for group, share in groups],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
        )
        if self._waiting:
            parameters = [parameter for group, _ in groups for parameter in group]
            for number, moments in self._waiting.items():
                shape = parameters[number].shape if number < len(parameters) else None
                if any(m.shape != shape for name, m in moments.items() if name != "step"):
                    raise DataError("the checkpoint's optimiser belongs to another model")
            options = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": self._waiting, "param_groups": options})
            self._waiting = {}
        self._optimiser = optimiser
        return optimiser

    def state(self) -> dict[str, NDArray[Any]]:
        """All that a later process needs to go on, beside the weights and the centre."""
        out: dict[str, NDArray[Any]] = {
            "generator": self.generator.get_state().numpy(),
            "epoch": np.array([self.epoch, self.done], np.int64),
        }
        if self.done:
            out["loss"] = np.array([self._loss])
        if self._optimiser is not None:
            for number, moments in self._optimiser.state_dict()["state"].items():
                for name, value in moments.items():
                    out[f"optimiser.{number}.{name}"] = value.cpu().numpy().copy()
        return out

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state` returned.

        Raises:
            DataError: It is not such a state.
        """
        waiting: dict[int, dict[str, Tensor]] = {}
        try:
            self.generator.set_state(torch.from_numpy(np.array(state["generator"])))
            epoch, done = (int(n) for n in state["epoch"])
            if done:
                (self._loss,) = (float(value) for value in state["loss"])
            for key, value in state.items():
                if key.startswith("optimiser."):
                    _, number, name = key.split(".")
                    waiting.setdefault(int(number), {})[name] = torch.from_numpy(np.array(value))
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise DataError(f"the checkpoint's training state is damaged: {error}") from error
        names = {frozenset(moments) for moments in waiting.values()}
        if not names <= {frozenset({"step", "exp_avg", "exp_avg_sq"})} or not 0 <= done <= epoch:
            raise DataError("the checkpoint's training state is damaged")
        self.epoch, self.done, self._waiting = epoch, done, waiting
