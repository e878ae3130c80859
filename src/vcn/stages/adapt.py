"""Adapt projection heads to the film, on embeddings of a frozen base model (3.4).

Head mode: the crops (and views of them) are embedded once by the base model, and only
the heads are trained. `vcn.stages.adapt_full` trains the base model too.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from vcn.config import AdaptConfig
from vcn.equations.closed_form import Profiles, track_counts, track_means
from vcn.equations.ema import moving_average
from vcn.equations.schedule import cosine_schedule
from vcn.equations.ssl_loss import log_predictions, soft_targets, ssl_loss
from vcn.nets.heads import Heads
from vcn.nets.partners import Partners
from vcn.types import BoolArray, Embeddings, FloatArray, IntArray, LossMetric

_MIN_STEPS = 8
"""An epoch of a small film has at least this many steps where it has the crops."""
_MIN_BATCH = 16
_CHUNK = 4096
"""Crops pushed through the heads at once when nothing is trained."""

EpochHook = Callable[[int, float], None]
"""Is given the number of the epoch, from 1, and its mean loss."""


def usable_rows(values: FloatArray) -> BoolArray:
    """(N,) rows that hold an embedding: finite and not zero."""
    finite = np.isfinite(values)
    size = np.where(finite, np.abs(values), 0).max(axis=1, initial=0)
    return np.asarray(finite.all(axis=1) & (size > 0), np.bool_)


def input_statistics(
    values: FloatArray, ok: BoolArray, standardise: bool
) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation by which the input of the heads is standardised.

    Args:
        values: (N, D) base embeddings.
        ok: (N,) rows to count.
        standardise: False gives 0 and 1: the heads see the embeddings as they are.

    Returns:
        (D,) mean and (D,) positive deviation; a dimension that does not vary has
        deviation 1.
    """
    width = values.shape[1]
    if not standardise or not ok.any():
        return np.zeros(width, np.float32), np.ones(width, np.float32)
    chosen = values[ok].astype(np.float64)
    mean, std = chosen.mean(axis=0), chosen.std(axis=0)
    varies = std > 1e-6 * max(1e-30, float(np.abs(chosen).max()))
    return mean.astype(np.float32), np.where(varies, std, 1.0).astype(np.float32)


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
        self._generator = torch.Generator().manual_seed(seed)
        width = embeddings.values.shape[1]
        self._input_mean, self._input_std = input_statistics(
            embeddings.values, self._usable, config.standardise
        )
        self.inputs = self._standardise(embeddings.values)  # (N, D)
        self._views = None if views is None else self._standardise(views)  # (N, V, D)
        self.student = Heads(config.n_heads, width, self._generator).to(self._device)
        # VCN supp. 1.1: the teacher's head is initialised on its own.
        self.teacher = Heads(config.n_heads, width, self._generator).to(self._device)
        self.teacher.requires_grad_(False)
        self.centre = torch.zeros(config.n_heads, 1, width, device=self._device)
        if self._usable.any():
            rows = torch.from_numpy(np.flatnonzero(self._usable))
            self.centre = self._mean_output(rows)
        self._epoch = 0

    def _standardise(self, values: FloatArray) -> Tensor:
        clean = np.where(np.isfinite(values), values, 0)
        out = (clean - self._input_mean) / self._input_std
        return torch.from_numpy(out.astype(np.float32)).to(self._device)

    @torch.no_grad()
    def _mean_output(self, rows: Tensor) -> Tensor:
        total = torch.zeros_like(self.centre)
        for chunk in torch.split(rows, _CHUNK):
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
        config = self._config
        partners = Partners(rows, self._track_index, self._n_tracks, matches)
        visited = min(len(rows), config.epoch_crops)
        batch = max(_MIN_BATCH, min(config.batch, visited // _MIN_STEPS))
        steps = math.ceil(visited / batch)
        warmup = min(config.warmup_epochs, epochs // 2) * steps
        optimiser = torch.optim.AdamW(
            self.student.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        mean = math.nan
        for epoch in range(epochs):
            order = torch.randperm(len(rows), generator=self._generator)[:visited]
            losses = []
            for number, chunk in enumerate(torch.split(order, batch)):
                rate = cosine_schedule(
                    epoch * steps + number,
                    epochs * steps,
                    warmup,
                    config.warmup_learning_rate,
                    config.learning_rate,
                    config.final_learning_rate,
                )
                for group in optimiser.param_groups:
                    group["lr"] = rate
                first = torch.from_numpy(rows)[chunk]
                second = partners.draw(chunk, self._generator)
                losses.append(self._step(optimiser, first, second))
            moving_average(
                self.teacher.state_dict(), self.student.state_dict(), config.teacher_momentum
            )
            mean = float(torch.stack(losses).mean())
            self._epoch += 1
            if on_epoch is not None:
                on_epoch(self._epoch, mean)
        return mean

    def _step(self, optimiser: torch.optim.Optimizer, first: Tensor, second: Tensor) -> Tensor:
        config = self._config
        pair = torch.cat((self._draw_view(first), self._draw_view(second)))  # (2B, D)
        n = len(first)
        with torch.no_grad():
            taught = self.teacher(pair)  # (H, 2B, D)
        said = self.student(pair)  # (H, 2B, D)
        swapped = torch.cat((said[:, n:], said[:, :n]), dim=1)
        loss = ssl_loss(
            taught, swapped, self.centre, config.teacher_temperature, config.student_temperature
        )  # (H, 2B)
        # The heads are independent: the sum of their losses trains each by its own.
        optimiser.zero_grad(set_to_none=True)
        loss.mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        self.centre = self.centre.lerp(taught.mean(dim=1, keepdim=True), 1 - config.centre_momentum)
        return loss.detach().mean()

    def _draw_view(self, rows: Tensor) -> Tensor:
        rows = rows.to(self._device)
        if self._views is None:
            return self.inputs[rows]
        which = torch.randint(self._views.shape[1], (len(rows),), generator=self._generator)
        return self._views[rows, which.to(self._device)]

    @torch.no_grad()
    def profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the usable crops: what clustering needs of each track."""
        rows = np.flatnonzero(crop_ok & self._usable)
        index = self._track_index[rows]
        heads, width = self._config.n_heads, self.inputs.shape[1]
        scale = 1 / math.sqrt(heads)
        p = np.zeros((self._n_tracks, heads * width), np.float32)
        q = np.zeros_like(p)
        own = np.zeros(self._n_tracks)
        counts = track_counts(index, self._n_tracks)
        for chunk, chunk_index in _by_tracks(rows, index):
            inputs = self.inputs[torch.from_numpy(chunk)]
            targets = soft_targets(
                self.teacher(inputs), self.centre, self._config.teacher_temperature
            )  # (H, B, D)
            logs = log_predictions(self.student(inputs), self._config.student_temperature)
            loss = -(targets * logs).sum(dim=-1).mean(dim=0)  # (B,)
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            for values, out in ((targets, p), (logs, q)):
                flat = values.transpose(0, 1).reshape(len(chunk), -1).cpu().numpy() * scale
                out[low:high] = track_means(flat, chunk_index - low, high - low)
            own[low:high] = track_means(loss.cpu().numpy()[:, None], chunk_index - low, high - low)[
                :, 0
            ]
        return Profiles(p, q, own, counts)

    @torch.no_grad()
    def mean_profiles(self, crop_ok: BoolArray) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        rows = np.flatnonzero(crop_ok & self._usable)
        index = self._track_index[rows]
        heads, width = self._config.n_heads, self.inputs.shape[1]
        counts = track_counts(index, self._n_tracks)
        means = np.zeros((2, self._n_tracks, heads * width))
        for chunk, chunk_index in _by_tracks(rows, index):
            inputs = self.inputs[torch.from_numpy(chunk)]
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            for module, out in ((self.teacher, means[0]), (self.student, means[1])):
                flat = module(inputs).transpose(0, 1).reshape(len(chunk), -1).cpu().numpy()
                out[low:high] = track_means(flat, chunk_index - low, high - low)
        taught, said = torch.from_numpy(
            means.reshape(2, self._n_tracks, heads, width)
        ).float()  # (T, H, D) each
        targets = soft_targets(taught, self.centre[:, 0].cpu(), self._config.teacher_temperature)
        logs = log_predictions(said, self._config.student_temperature)
        own = -(targets * logs).sum(dim=-1).mean(dim=-1).numpy().astype(np.float64)
        scale = 1 / math.sqrt(heads)
        flat_p = (targets * scale).reshape(self._n_tracks, -1).numpy()
        return Profiles(flat_p, (logs * scale).reshape(self._n_tracks, -1).numpy(), own, counts)

    @torch.no_grad()
    def student_outputs(self) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space."""
        out = [self.student(chunk)[0].cpu().numpy() for chunk in torch.split(self.inputs, _CHUNK)]
        return np.concatenate(out) if out else np.zeros(tuple(self.inputs.shape), np.float32)

    @torch.no_grad()
    def last_layer(self) -> tuple[Tensor, Tensor, Tensor]:
        """What SER-FIQ needs: (N, D) input, (D, D) weight and (D,) bias of the last layer.

        Of the first student head.
        """
        hidden = torch.cat([self.student.hidden(c)[0] for c in torch.split(self.inputs, _CHUNK)])
        weight = self.student.get_parameter("weight2")[0].T
        return hidden, weight, self.student.get_parameter("bias2")[0, 0]

    def metric(self) -> LossMetric:
        """The learned metric, to be saved."""
        return LossMetric(
            mode=self.mode,
            student=_arrays(self.student),
            teacher=_arrays(self.teacher),
            centre=self.centre[:, 0].cpu().numpy().copy(),
            teacher_temperature=self._config.teacher_temperature,
            student_temperature=self._config.student_temperature,
            input_mean=self._input_mean,
            input_std=self._input_std,
        )

    def load(self, metric: LossMetric) -> None:
        """Take the state of a saved metric in place of training."""
        for module, state in ((self.student, metric.student), (self.teacher, metric.teacher)):
            module.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in state.items()})
        self.centre = torch.from_numpy(np.array(metric.centre))[:, None].to(self._device)


def _arrays(module: torch.nn.Module) -> dict[str, FloatArray]:
    return {k: v.detach().cpu().numpy().copy() for k, v in module.state_dict().items()}


def _by_tracks(rows: IntArray, index: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Rows in chunks that never split a track."""
    if len(rows) == 0:
        return []
    edges = np.flatnonzero(np.diff(index)) + 1
    cuts, last = [], 0
    for edge in edges:
        if edge - last >= _CHUNK:
            cuts.append(int(edge))
            last = int(edge)
    return list(zip(np.split(rows, cuts), np.split(index, cuts), strict=True))
