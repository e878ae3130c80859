"""Adapt projection heads to the film, on embeddings of a frozen base model (3.4).

Head mode: the crops (and views of them) are embedded once by the base model, and only
the heads are trained. `vcn.stages.adapt_full` trains the base model too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vcn.config import AdaptConfig
from vcn.equations.closed_form import Profiles
from vcn.equations.ema import moving_average
from vcn.equations.ssl_loss import ssl_loss
from vcn.nets.heads import Heads
from vcn.nets.inputs import input_statistics, usable_rows
from vcn.nets.pair import CHUNK, HeadPair
from vcn.nets.partners import Partners
from vcn.nets.state import arrays_of, load_arrays
from vcn.nets.trainer import EpochHook, Trainer
from vcn.types import BoolArray, Embeddings, FloatArray, IntArray, LossMetric


class HeadAdapter:
    """Student and teacher heads over a frozen base model.

    The same embeddings, configuration and seed give the same heads on one device.

    Args:
        embeddings: N base embeddings; rows that are not finite or zero are left out.
        n_tracks: T.
        config: Schedule and loss.
        seed: Of the heads, the batches and the partners.
        device: Where to train.
        views: (N, V, D) embeddings of augmented views of the same crops, or None: the
            views of a pair are then its two crops themselves.
    """

    mode = "head"

    def __init__(
        self,
        embeddings: Embeddings,
        n_tracks: int,
        config: AdaptConfig,
        seed: int,
        device: str = "cpu",
        views: FloatArray | None = None,
    ) -> None:
        self._config = config
        self._device = torch.device(device)
        self._track_index = embeddings.track_index
        self._n_tracks = n_tracks
        self._usable = usable_rows(embeddings.values)
        self._trainer = Trainer(config, seed, config.batch)
        self._generator = self._trainer.generator
        width = embeddings.values.shape[1]
        self._input_mean, self._input_std = input_statistics(
            embeddings.values, self._usable, config.standardise
        )
        self._values = embeddings.values
        self.inputs = self._standardise(embeddings.values)  # (N, D)
        self._views = None if views is None else self._standardise(views)  # (N, V, D)
        n_parts = embeddings.n_parts
        self.student = Heads(config.n_heads, width, self._generator, n_parts).to(self._device)
        # VCN supp. 1.1: the teacher's head is initialised on its own.
        self.teacher = Heads(config.n_heads, width, self._generator, n_parts).to(self._device)
        self.teacher.requires_grad_(False)
        self.centre = torch.zeros(self.student.count, 1, self.student.width, device=self._device)
        if self._usable.any():
            rows = torch.from_numpy(np.flatnonzero(self._usable))
            self.centre = self._mean_output(rows)

    def _standardise(self, values: FloatArray) -> Tensor:
        clean = np.where(np.isfinite(values), values, 0)
        out = (clean - self._input_mean) / self._input_std
        return torch.from_numpy(out.astype(np.float32)).to(self._device)

    @torch.no_grad()
    def _mean_output(self, rows: Tensor) -> Tensor:
        total = torch.zeros_like(self.centre)
        for chunk in torch.split(rows, CHUNK):
            total += self.teacher(self.inputs[chunk]).sum(dim=1, keepdim=True)
        return total / len(rows)

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
        rows = np.flatnonzero(crop_ok & self._usable)
        if len(rows) < 2 or epochs < 1:
            return math.nan
        return self._trainer.fit(
            epochs,
            [(self.student.parameters(), 1.0)],
            rows,
            Partners(rows, self._track_index, self._n_tracks, matches),
            self._step,
            self._end_epoch,
            on_epoch,
        )

    def _end_epoch(self) -> None:
        moving_average(
            self.teacher.state_dict(), self.student.state_dict(), self._config.teacher_momentum
        )

    def _step(self, first: Tensor, second: Tensor) -> Tensor:
        config = self._config
        pair = torch.cat((self._draw_view(first), self._draw_view(second)))  # (2B, D)
        n = len(first)
        with torch.no_grad():
            taught = self.teacher(pair)  # (K, 2B, W)
        said = self.student(pair)  # (K, 2B, W)
        swapped = torch.cat((said[:, n:], said[:, :n]), dim=1)
        loss = ssl_loss(
            taught, swapped, self.centre, config.teacher_temperature, config.student_temperature
        )  # (K, 2B)
        # The networks are independent: the sum of their losses trains each by its own.
        loss.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
        self.centre = self.centre.lerp(taught.mean(dim=1, keepdim=True), 1 - config.centre_momentum)
        return loss.detach().mean()

    def _draw_view(self, rows: Tensor) -> Tensor:
        rows = rows.to(self._device)
        if self._views is None:
            return self.inputs[rows]
        which = torch.randint(self._views.shape[1], (len(rows),), generator=self._generator)
        return self._views[rows, which.to(self._device)]

    def profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the usable crops: what clustering needs of each track."""
        rows = np.flatnonzero(crop_ok & self._usable)
        inputs = self.inputs
        return self._pair().profiles(inputs, inputs, rows, self._track_index, self._n_tracks)

    def mean_profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        rows = np.flatnonzero(crop_ok & self._usable)
        inputs = self.inputs
        return self._pair().mean_profiles(inputs, inputs, rows, self._track_index, self._n_tracks)

    def student_outputs(self) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space."""
        return self._pair().student_outputs(self.inputs)

    def last_layer(self) -> tuple[Tensor, Tensor, Tensor]:
        """What SER-FIQ needs of the first student head (see `HeadPair.last_layer`)."""
        return self._pair().last_layer(self.inputs)

    def _pair(self) -> HeadPair:
        config = self._config
        return HeadPair(
            self.student,
            self.teacher,
            self.centre,
            config.teacher_temperature,
            config.student_temperature,
        )

    def metric(self) -> LossMetric:
        """The learned metric, to be saved."""
        return LossMetric(
            mode=self.mode,
            student=arrays_of(self.student),
            teacher=arrays_of(self.teacher),
            centre=self.centre.reshape(self._config.n_heads, -1).cpu().numpy().copy(),
            teacher_temperature=self._config.teacher_temperature,
            student_temperature=self._config.student_temperature,
            input_mean=self._input_mean,
            input_std=self._input_std,
        )

    def load(self, metric: LossMetric) -> None:
        """Take the state of a saved metric in place of training.

        Raises:
            DataError: It belongs to other heads.
        """
        load_arrays(self.student, metric.student, "student")
        load_arrays(self.teacher, metric.teacher, "teacher")
        self.centre = (
            torch.from_numpy(np.array(metric.centre)).reshape(self.centre.shape).to(self._device)
        )
        self._input_mean, self._input_std = metric.input_mean, metric.input_std
        self.inputs = self._standardise(self._values)

    def training_state(self) -> dict[str, NDArray[Any]]:
        """What `resume` needs beside the metric."""
        return self._trainer.state()

    def resume(self, metric: LossMetric, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on where another process stopped.

        Raises:
            DataError: The state is damaged or belongs to another model.
        """
        self.load(metric)
        self._trainer.restore(state)
