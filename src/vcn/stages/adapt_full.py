"""Adapt the whole face-ID model and its heads to the film, on views of its crops (3.4).

Full mode, as the paper has it. `vcn.stages.adapt` trains the heads alone.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vcn.config import AdaptConfig
from vcn.equations.closed_form import Profiles
from vcn.equations.ema import moving_average
from vcn.equations.ssl_loss import log_predictions, soft_targets
from vcn.nets.base import FaceModel
from vcn.nets.heads import Heads
from vcn.nets.inputs import input_statistics, usable_rows
from vcn.nets.pair import HeadPair
from vcn.nets.partners import Partners
from vcn.nets.state import arrays_of, load_arrays
from vcn.nets.trainer import EpochHook, Trainer
from vcn.nets.views import make_views
from vcn.types import BoolArray, Crops, Embeddings, FloatArray, IntArray, LossMetric

_CPU_IMAGES = 32
"""Images a pass: more gives a CPU nothing and costs memory."""
_GPU_IMAGES = 128
"""Activations of ArcFace-R100 for its gradient then take about 10 GB."""


class FullAdapter:
    """Student and teacher, each a copy of the base model with heads on it.

    Where the paper leaves a choice:

    - The base models stay in evaluation mode: batch norms keep the statistics of their
      training, which a film of a dozen faces could only spoil, and no dropout blurs the
      targets. All their weights are trained.
    - The heads' input is standardised by the statistics of the base model's embeddings
      of the film, which stay as they are: new ones after each iteration would change
      what both branches say at once, under heads that learned the old.
    - The teacher sees the global views, the student all of them, as in iBOT, to which
      the paper refers; the loss of a pair of crops is the mean over the pairs of a
      global view of one and any view of the other, both ways round.

    - The rolling centre starts anew each time that the teacher moves: a mean of what the
      teacher before it said takes several small epochs to follow, and the targets swing.
      The centre of the finished metric is the mean over the film's crops.

    The same film, configuration and seed give the same model on one CPU.

    Args:
        embeddings: N embeddings of the base model; rows that are not finite or zero are
            left out.
        crops: The pictures of the same crops.
        n_tracks: T.
        config: Schedule and loss.
        model: The base model; it is copied, and stays as it is.
        seed: Of the heads, the batches, the partners and the views.
        device: Where to train.
    """

    mode = "full"

    def __init__(
        self,
        embeddings: Embeddings,
        crops: Crops,
        n_tracks: int,
        config: AdaptConfig,
        model: FaceModel,
        seed: int,
        device: str = "cpu",
    ) -> None:
        self._config = config
        self._device = torch.device(device)
        self._crops = crops
        self._track_index = embeddings.track_index
        self._n_tracks = n_tracks
        self._usable = usable_rows(embeddings.values)
        self._trainer = Trainer(config, seed, config.full_batch)
        self._head_epochs = min(config.head_epochs, config.first_epochs)
        width = embeddings.values.shape[1]
        self._mean, self._std = input_statistics(
            embeddings.values, self._usable, config.standardise
        )
        generator = self._trainer.generator
        heads = [Heads(config.n_heads, width, generator, embeddings.n_parts) for _ in range(2)]
        self.student = Branch(model, heads[0], self._mean, self._std)
        # VCN supp. 1.1: the teacher's head is initialised on its own.
        self.teacher = Branch(model, heads[1], self._mean, self._std)
        for branch in (self.student, self.teacher):
            branch.to(self._device)
        self.teacher.requires_grad_(False)
        self.inputs = self._standardise(embeddings.values)
        """(N, D) of the base model, standardised: they never change."""
        self._said = self._taught = self.inputs
        self._batches = 0  # since the teacher moved
        self.centre = torch.zeros(heads[0].count, 1, heads[0].width, device=self._device)
        if self._usable.any():
            self.centre = self._mean_output()

    def _standardise(self, values: FloatArray) -> Tensor:
        values = (np.where(np.isfinite(values), values, 0) - self._mean) / self._std
        return torch.from_numpy(values.astype(np.float32)).to(self._device)

    @torch.no_grad()
    def _mean_output(self) -> Tensor:
        usable = self._taught[torch.from_numpy(self._usable).to(self._device)]
        out: Tensor = self.teacher.heads(usable)  # (K, R, W)
        return out.mean(dim=1, keepdim=True)

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
        loss = self._trainer.fit(
            epochs,
            [
                (self.student.heads.parameters(), 1.0),
                (self.student.base.parameters(), self._config.base_rate),
            ],
            rows,
            Partners(rows, self._track_index, self._n_tracks, matches),
            self._step,
            self._end_epoch,
            on_epoch,
        )
        self._embed()
        self.centre = self._mean_output()
        return loss

    def _end_epoch(self) -> None:
        moving_average(
            self.teacher.state_dict(), self.student.state_dict(), self._config.teacher_momentum
        )
        self._batches = 0

    def _step(self, first: Tensor, second: Tensor) -> Tensor:
        """Gradients of the loss of B pairs of crops, and its mean."""
        config = self._config
        crops = torch.cat((first, second))  # (2B,)
        wide, close = self._views(crops)  # (2B * 2, S, S, 3), (2B * 4, S, S, 3)
        views = torch.cat((wide, close))
        heads_only = self._trainer.epoch < self._head_epochs
        with torch.no_grad():
            # While only the heads are trained both base models are still the same one.
            seen = self._base(
                self.student if heads_only else self.teacher, views if heads_only else wide
            )
            taught = self.teacher.heads(seen[: len(wide)])  # (K, 2B * 2, W)
            self._move_centre(taught.mean(dim=1, keepdim=True))
            targets = soft_targets(taught, self.centre, config.teacher_temperature)
            # Eq. 2 is linear in its target: the mean target gives the mean of the losses.
            shape = (len(targets), len(crops), config.global_views, -1)
            targets = targets.reshape(shape).mean(dim=2)  # (K, 2B, W)
        targets = targets.roll(len(first), dims=1)  # those of the partner
        of_crop = torch.cat(
            [
                torch.arange(len(crops)).repeat_interleave(len(part) // len(crops))
                for part in (wide, close)
            ]
        ).to(self._device)  # (V,) the crop of each view
        total = torch.zeros((), device=self._device)
        size = len(views) if heads_only else _images(self._device)
        for start in range(0, len(views), size):
            some = slice(start, start + size)
            inputs = seen[some] if heads_only else self._base(self.student, views[some])
            logs = log_predictions(self.student.heads(inputs), config.student_temperature)
            loss = -(targets[:, of_crop[some]] * logs).sum(dim=-1)  # (K, some)
            # The networks are independent: the sum of their losses trains each by its own.
            (loss.sum() / len(views)).backward()  # type: ignore[no-untyped-call]
            total += loss.detach().sum()
        return total / (len(views) * len(targets))

    def _move_centre(self, mean: Tensor) -> None:
        """Roll the centre on, from a batch's (K, 1, W) mean output of the teacher."""
        self._batches += 1
        momentum = min(self._config.centre_momentum, 1 - 1 / self._batches)
        self.centre = self.centre.lerp(mean, 1 - momentum)

    def _views(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Global and local views of crops; those of one crop lie together."""
        config = self._config
        images = self._pictures(crops.numpy())
        wide, close = (
            make_views(
                images,
                count,
                scale,
                config.rotation,
                config.colour_temperature,
                self._trainer.generator,
            )
            for count, scale in (
                (config.global_views, config.global_scale),
                (config.local_views, config.local_scale),
            )
        )
        return wide, close

    def _pictures(self, rows: IntArray) -> Tensor:
        """(R, S, S, 3) uint8 on the device."""
        pictures = torch.from_numpy(np.array(self._crops.images[rows]))
        return pictures.to(self._device, non_blocking=True)

    def _base(self, branch: Branch, images: Tensor) -> Tensor:
        """(B, S, S, 3) uint8 to (B, D) inputs of the heads; in passes without a gradient."""
        if torch.is_grad_enabled():
            return self._pass(branch, images)
        parts = torch.split(images, _images(self._device))
        return torch.cat([self._pass(branch, part) for part in parts])

    def _pass(self, branch: Branch, images: Tensor) -> Tensor:
        with _mixed_precision(self._device):
            return branch.inputs(branch.base.preprocess(images))

    @torch.no_grad()
    def _embed(self) -> None:
        """Let both branches see all crops as they are, for all that is not training."""
        if self._trainer.epoch <= self._head_epochs:
            return  # the base models have not moved
        said, taught = torch.zeros_like(self.inputs), torch.zeros_like(self.inputs)
        for rows in torch.split(torch.arange(len(self._crops)), _images(self._device)):
            images = self._pictures(rows.numpy())
            for branch, out in ((self.student, said), (self.teacher, taught)):
                out[rows] = self._pass(branch, images).nan_to_num(0, 0, 0)
        self._said, self._taught = said, taught

    def profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the usable crops: what clustering needs of each track."""
        rows = np.flatnonzero(crop_ok & self._usable)
        return self._pair().profiles(
            self._said, self._taught, rows, self._track_index, self._n_tracks
        )

    def mean_profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        rows = np.flatnonzero(crop_ok & self._usable)
        return self._pair().mean_profiles(
            self._said, self._taught, rows, self._track_index, self._n_tracks
        )

    def student_outputs(self) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space."""
        return self._pair().student_outputs(self._said)

    def last_layer(self) -> tuple[Tensor, Tensor, Tensor]:
        """What SER-FIQ needs of the first student head (see `HeadPair.last_layer`)."""
        return self._pair().last_layer(self._said)

    def _pair(self) -> HeadPair:
        config = self._config
        return HeadPair(
            self.student.heads,
            self.teacher.heads,
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
            input_mean=self._mean,
            input_std=self._std,
        )

    def load(self, metric: LossMetric) -> None:
        """Take the state of a saved metric in place of training.

        Raises:
            DataError: It belongs to another model.
        """
        self._take(metric)
        self._trainer.epoch = self._head_epochs + 1  # the base models may have moved
        self._embed()

    def _take(self, metric: LossMetric) -> None:
        load_arrays(self.student, metric.student, "student")
        load_arrays(self.teacher, metric.teacher, "teacher")
        self.centre = (
            torch.from_numpy(np.array(metric.centre)).reshape(self.centre.shape).to(self._device)
        )
        self._mean, self._std = metric.input_mean, metric.input_std

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
        self._embed()


class Branch(nn.Module):
    """Base model, standardisation and heads.

    Args:
        model: Copied.
        heads: Not copied.
        mean: (D,) and
        std: (D,) of the base model's embeddings of the film.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: FaceModel, heads: Heads, mean: FloatArray, std: FloatArray) -> None:
        super().__init__()
        # Channels last: the fast convolutions, on CPU and on tensor cores.
        self.base = copy.deepcopy(model).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.heads = heads
        self.register_buffer("mean", torch.from_numpy(np.array(mean)))
        self.register_buffer("std", torch.from_numpy(np.array(std)))
        self.eval()

    def inputs(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) preprocessed crops to (B, D) inputs of the heads."""
        embedding: Tensor = self.base(x)
        return (embedding.float() - self.mean) / self.std

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) preprocessed crops to (K, B, W) outputs."""
        out: Tensor = self.heads(self.inputs(x))
        return out


def _images(device: torch.device) -> int:
    return _CPU_IMAGES if device.type == "cpu" else _GPU_IMAGES


@contextmanager
def _mixed_precision(device: torch.device) -> Iterator[None]:
    """bfloat16 on a GPU: its range is that of float32, so no loss needs scaling."""
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
        yield
