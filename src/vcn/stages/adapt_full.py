"""Adapt the whole face-ID model and its heads to the film, on views of its crops (3.4).

Full mode, as the paper has it. `vcn.stages.adapt` trains the heads alone.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from vcn.config import AdaptConfig
from vcn.equations.ssl_loss import log_predictions, soft_targets
from vcn.nets.adapter import Adapter, ParameterGroups
from vcn.nets.base import FaceModel
from vcn.nets.heads import Heads
from vcn.nets.precision import mixed, uses_bfloat16, without_slow_layers
from vcn.nets.views import make_views
from vcn.types import Crops, Embeddings, FloatArray, IntArray, LossMetric

_CPU_IMAGES = 32
"""Images a pass: more gives a CPU nothing and costs memory."""
_GPU_IMAGES = 128
"""Activations of ArcFace-R100 for its gradient then take about 10 GB."""


class FullAdapter(Adapter):
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

    The same film, configuration and seed give the same model on one CPU; on another it
    needs `precision = "float32"`, and even then the last digits may differ.

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
    student: Branch
    teacher: Branch

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
        super().__init__(embeddings, n_tracks, config, seed, config.full_batch, device)
        self._crops = crops
        self._head_epochs = min(config.head_epochs, config.first_epochs)
        if config.head_iterations:
            self._head_epochs = config.epochs_of(config.head_iterations)
        self._batches = 0  # since the teacher moved
        self._bfloat16 = uses_bfloat16(self._device, config.precision)
        self.student, self.teacher = (
            Branch(model, heads, self._mean, self._std).to(self._device) for heads in self._heads
        )
        if self._bfloat16 and self._device.type == "cpu":
            without_slow_layers(self.student.base)
            without_slow_layers(self.teacher.base)
        self.teacher.requires_grad_(False)

    def _parameters(self) -> ParameterGroups:
        return [
            (self.student.heads.parameters(), 1.0),
            (self.student.base.parameters(), self._config.base_rate),
        ]

    def _most(self) -> int:
        alone = self._as_head_mode(self._trainer.epoch)
        return self._config.epoch_crops if alone else self._config.full_crops

    def _as_head_mode(self, epoch: int) -> bool:
        """Whether an epoch is one of `head_iterations`."""
        return self._config.head_iterations > 0 and epoch < self._head_epochs

    def _end_epoch(self) -> None:
        super()._end_epoch()
        self._batches = 0

    def _end_fit(self) -> None:
        super()._end_fit()
        if not self._as_head_mode(self._trainer.epoch - 1):  # the epoch that was the last
            self.centre = self._mean_output()

    def _step(self, first: Tensor, second: Tensor) -> Tensor:
        """Gradients of the loss of B pairs of crops, and its mean."""
        config = self._config
        if self._as_head_mode(self._trainer.epoch):
            return self._step_of_heads(first, second)
        heads_only = self._trainer.epoch < self._head_epochs
        crops = torch.cat((first, second))  # (2B,)
        wide, close = self._views(crops)  # (2B * 2, S, S, 3), (2B * 4, S, S, 3)
        views = torch.cat((wide, close))
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
        with mixed(self._device, self._bfloat16):
            return branch.inputs(branch.base.preprocess(images))

    @torch.no_grad()
    def _see(self) -> None:
        super()._see()
        if self._trainer.epoch <= self._head_epochs:
            return  # the base models have not moved
        said, taught = torch.zeros_like(self.inputs), torch.zeros_like(self.inputs)
        for rows in torch.split(torch.arange(len(self._crops)), _images(self._device)):
            images = self._pictures(rows.numpy())
            for branch, out in ((self.student, said), (self.teacher, taught)):
                out[rows] = self._pass(branch, images).nan_to_num(0, 0, 0)
        self._said, self._taught = said, taught

    def load(self, metric: LossMetric) -> None:
        """Take the state of a saved metric in place of training.

        Raises:
            DataError: It belongs to another model.
        """
        self._trainer.epoch = self._head_epochs + 1  # the base models may have moved
        super().load(metric)


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
