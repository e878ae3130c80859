"""A student and a teacher over one film: what head mode and full mode have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcn.config import AdaptConfig
from vcn.equations.closed_form import Profiles
from vcn.equations.ema import moving_average
from vcn.equations.ssl_loss import ssl_loss
from vcn.errors import DataError
from vcn.nets.heads import Heads
from vcn.nets.inputs import input_statistics, usable_rows
from vcn.nets.pair import CHUNK, HeadPair, LastLayer
from vcn.nets.partners import Partners
from vcn.nets.state import arrays_of, load_arrays
from vcn.nets.trainer import EpochHook, Trainer
from vcn.types import BoolArray, Embeddings, Float64Array, FloatArray, IntArray, LossMetric

ParameterGroups = Sequence[tuple[Iterable[nn.Parameter], float]]
"""Parameters, and the share of the learning rate that they get."""


class Adapter(ABC):
    """Two branches that end in heads, trained on a film to agree about a person.

    A subclass says what a branch is, and how it is trained; here are the heads, their
    metric, and what it takes to save both and to go on. The same film, configuration
    and seed give the same weights on one CPU.

    Args:
        embeddings: N embeddings of the base model; rows that are not finite or zero are
            left out.
        n_tracks: T.
        config: Schedule and loss.
        seed: Of everything random.
        batch: Largest number of crops a step.
        device: Where to train.
    """

    mode: ClassVar[str]
    student: nn.Module
    """All that is trained and saved: `_heads[0]`, or more around it."""
    teacher: nn.Module
    """Follows the student; `_heads[1]`, or more around it."""

    def __init__(
        self,
        embeddings: Embeddings,
        n_tracks: int,
        config: AdaptConfig,
        seed: int,
        batch: int,
        device: str,
    ) -> None:
        self._config = config
        self._device = torch.device(device)
        self._values = embeddings.values
        self._track_index = embeddings.track_index
        self._n_tracks = n_tracks
        self._usable = usable_rows(self._values)
        self._mean, self._std = input_statistics(self._values, self._usable, config.standardise)
        self.inputs = self._standardised()
        """(N, D) of the base model as it came."""
        self._said = self._taught = self.inputs
        self._trainer = Trainer(config, seed, batch)
        # VCN supp. 1.1: the teacher's head is initialised on its own.
        student, teacher = (
            Heads(
                config.n_heads,
                self._values.shape[1],
                self._trainer.generator,
                embeddings.n_parts,
            ).to(self._device)
            for _ in range(2)
        )
        self._heads = student, teacher.requires_grad_(False)
        self.centre = self._mean_output()
        """(K, 1, W) of the teacher's outputs: c of Eq. 2."""

    def _standardised(self) -> Tensor:
        values = (np.where(np.isfinite(self._values), self._values, 0) - self._mean) / self._std
        return torch.from_numpy(values.astype(np.float32)).to(self._device)

    @torch.no_grad()
    def _mean_output(self) -> Tensor:
        """(K, 1, W) mean of the teacher over all usable crops."""
        teacher = self._heads[1]
        rows = torch.from_numpy(np.flatnonzero(self._usable))
        total = torch.zeros(teacher.count, 1, teacher.width, device=self._device)
        for chunk in torch.split(rows, CHUNK):
            total += teacher(self._taught[chunk]).sum(dim=1, keepdim=True)
        return total / max(1, len(rows))

    def fit(
        self,
        epochs: int,
        crop_ok: BoolArray,
        matches: IntArray,
        on_epoch: EpochHook | None = None,
    ) -> float:
        """One iteration of training (VCN supp. 1.3).

        Args:
            epochs: Number of epochs.
            crop_ok: (N,) crops to train on.
            matches: (M, 2) coarse matches, track and its match; may be empty.
            on_epoch: Called after each epoch.

        Returns:
            Mean loss of the last epoch, in nats; NaN when there was nothing to train.
        """
        rows = self._rows(crop_ok)
        if len(rows) < 2 or epochs < 1:
            return math.nan
        loss = self._trainer.fit(
            epochs,
            self._parameters(),
            rows,
            Partners(rows, self._track_index, self._n_tracks, matches),
            self._step,
            self._end_epoch,
            on_epoch,
            most=self._most(),
        )
        self._end_fit()
        return loss

    @abstractmethod
    def _parameters(self) -> ParameterGroups:
        """What the optimiser moves."""

    def _step_of_heads(self, first: Tensor, second: Tensor) -> Tensor:
        """A step of the heads alone: the two views of a pair are its two crops as they are."""
        config = self._config
        student, teacher = self._heads
        pair = self.inputs[torch.cat((first, second)).to(self._device)]  # (2B, D)
        n = len(first)
        with torch.no_grad():
            taught = teacher(pair)  # (K, 2B, W)
        said = student(pair)  # (K, 2B, W)
        swapped = torch.cat((said[:, n:], said[:, :n]), dim=1)
        loss = ssl_loss(
            taught, swapped, self.centre, config.teacher_temperature, config.student_temperature
        )  # (K, 2B)
        # The networks are independent: the sum of their losses trains each by its own.
        loss.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
        self.centre = self.centre.lerp(taught.mean(dim=1, keepdim=True), 1 - config.centre_momentum)
        return loss.detach().mean()

    @abstractmethod
    def _step(self, first: Tensor, second: Tensor) -> Tensor:
        """Leave the gradients of the loss of B pairs of crops; its mean over all heads."""

    def _most(self) -> int:
        """Crops that an epoch visits at most."""
        return self._config.epoch_crops

    def _end_epoch(self) -> None:
        moving_average(
            self.teacher.state_dict(), self.student.state_dict(), self._config.teacher_momentum
        )

    def _end_fit(self) -> None:
        self._see()

    def _see(self) -> None:
        """Set what the heads of both branches are given of all crops, as they are."""
        self._said = self._taught = self.inputs

    def _rows(self, crop_ok: BoolArray) -> IntArray:
        return np.flatnonzero(crop_ok & self._usable)

    def profiles(self, crop_ok: BoolArray, weights: Float64Array | None = None) -> Profiles:
        """The metric applied to the usable crops: what clustering needs of each track.

        Args:
            crop_ok: (N,) usable crops.
            weights: (N,) what each counts for in its track; None: all the same.
        """
        of_film = self._rows(crop_ok), self._track_index, self._n_tracks
        return self._pair().profiles(self._said, self._taught, *of_film, weights)

    def mean_profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        return self._pair().mean_profiles(
            self._said, self._taught, self._rows(crop_ok), self._track_index, self._n_tracks
        )

    def student_outputs(self) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space."""
        return self._pair().student_outputs(self._said)

    def all_student_outputs(self) -> FloatArray:
        """(N, K, W) outputs of every network of the student's heads."""
        return self._pair().all_student_outputs(self._said)

    def last_layers(self) -> Iterator[list[LastLayer]]:
        """What SER-FIQ needs of the student's heads, some crops at a time."""
        return self._pair().last_layers(self._said)

    def _pair(self) -> HeadPair:
        config = self._config
        temperatures = config.teacher_temperature, config.student_temperature
        return HeadPair(*self._heads, self.centre, *temperatures)

    def metric(self) -> LossMetric:
        """The learned metric, to be saved."""
        return LossMetric(
            mode=self.mode,
            student=arrays_of(self.student),
            teacher=arrays_of(self.teacher),
            centre=self.centre.reshape(self._config.n_heads, -1).cpu().numpy().copy(),
            teacher_temperature=self._config.teacher_temperature,
            student_temperature=self._config.student_temperature,
            input_mean=self._mean,
            input_std=self._std,
        )

    def load(self, metric: LossMetric) -> None:
        """Take the state of a saved metric in place of training.

        Raises:
            DataError: It belongs to another model.
        """
        self._take(metric)
        self._see()

    def _take(self, metric: LossMetric) -> None:
        load_arrays(self.student, metric.student, "student")
        load_arrays(self.teacher, metric.teacher, "teacher")
        if metric.centre.size != self.centre.numel() or metric.input_mean.shape != self._mean.shape:
            raise DataError(
                "the centre or the input statistics have another shape than this model",
                "Use the pack that the checkpoint was made with",
            )
        centre = torch.from_numpy(np.array(metric.centre))
        self.centre = centre.reshape(self.centre.shape).to(self._device)
        self._mean, self._std = metric.input_mean, metric.input_std
        self.inputs = self._standardised()

    def training_state(self) -> dict[str, NDArray[Any]]:
        """What `resume` needs beside the metric."""
        return self._trainer.state()

    def resume(self, metric: LossMetric, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on where another process stopped.

        Raises:
            DataError: The state is damaged or belongs to another model.
        """
        self._take(metric)
        self._trainer.restore(state)
        self._see()
