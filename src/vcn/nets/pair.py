"""A pair of student and teacher heads with their centre: the metric, applied to crops."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vcn.equations.closed_form import Profiles, track_counts, track_means
from vcn.equations.ssl_loss import log_predictions, soft_targets
from vcn.nets.heads import Heads, side_by_side
from vcn.types import Float64Array, FloatArray, IntArray

CHUNK = 4096
"""Crops pushed through the heads at once when nothing is trained."""


@dataclass(frozen=True, slots=True)
class HeadPair:
    """What Eq. 2 needs after the base models.

    D = width of the embedding, K networks (heads times parts, `Heads`) of W values,
    T = tracks. The loss is the mean over the networks.
    """

    student: Heads
    teacher: Heads
    centre: Tensor
    """(K, 1, W)."""
    teacher_temperature: float
    student_temperature: float

    @torch.no_grad()
    def profiles(
        self,
        said: Tensor,
        taught: Tensor,
        rows: IntArray,
        track_index: IntArray,
        n_tracks: int,
        weights: Float64Array | None = None,
    ) -> Profiles:
        """The metric applied to crops: what clustering needs of each track.

        Args:
            said: (N, D) inputs of the student's heads.
            taught: (N, D) inputs of the teacher's heads.
            rows: (R,) crops to use, increasing.
            track_index: (N,) not decreasing.
            n_tracks: T.
            weights: (N,) what each crop counts for in its track; None: all the same.
        """
        index = track_index[rows]
        count, width = self.student.count, self.student.width
        scale = 1 / math.sqrt(count)
        p = np.zeros((n_tracks, count * width), np.float32)
        q = np.zeros_like(p)
        own = np.zeros(n_tracks)
        for chunk, chunk_index in _by_tracks(rows, index):
            at = torch.from_numpy(chunk)
            targets = soft_targets(
                self.teacher(taught[at]), self.centre, self.teacher_temperature
            )  # (K, B, W)
            logs = log_predictions(self.student(said[at]), self.student_temperature)
            loss = -(targets * logs).sum(dim=-1).mean(dim=0)  # (B,)
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            local = chunk_index - low
            part = None if weights is None else weights[chunk]
            for values, out in ((targets, p), (logs, q)):
                flat = side_by_side(values).cpu().numpy() * scale
                out[low:high] = track_means(flat, local, high - low, part)
            of_crops = loss.cpu().numpy()[:, None]
            own[low:high] = track_means(of_crops, local, high - low, part)[:, 0]
        return Profiles(p, q, own, track_counts(index, n_tracks))

    @torch.no_grad()
    def mean_profiles(
        self, said: Tensor, taught: Tensor, rows: IntArray, track_index: IntArray, n_tracks: int
    ) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        index = track_index[rows]
        count, width = self.student.count, self.student.width
        means = np.zeros((2, n_tracks, count * width))
        for chunk, chunk_index in _by_tracks(rows, index):
            at = torch.from_numpy(chunk)
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            for outputs, out in (
                (self.teacher(taught[at]), means[0]),
                (self.student(said[at]), means[1]),
            ):
                flat = side_by_side(outputs).cpu().numpy()
                out[low:high] = track_means(flat, chunk_index - low, high - low)
        teacher, student = torch.from_numpy(
            means.reshape(2, n_tracks, count, width)
        ).float()  # (T, K, W) each
        targets = soft_targets(teacher, self.centre[:, 0].cpu(), self.teacher_temperature)
        logs = log_predictions(student, self.student_temperature)
        own = -(targets * logs).sum(dim=-1).mean(dim=-1).numpy().astype(np.float64)
        scale = 1 / math.sqrt(count)
        p = (targets * scale).flatten(1).numpy()
        q = (logs * scale).flatten(1).numpy()
        return Profiles(p, q, own, track_counts(index, n_tracks))

    @torch.no_grad()
    def student_outputs(self, said: Tensor) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space.

        What that head says of each part lies side by side.
        """
        student = self.student
        out = [student.first(student(chunk)).cpu().numpy() for chunk in torch.split(said, CHUNK)]
        return np.concatenate(out)

    @torch.no_grad()
    def all_student_outputs(self, said: Tensor) -> FloatArray:
        """(N, K, W) outputs of every network of the student."""
        chunks = torch.split(said, CHUNK)
        out = [self.student(chunk).transpose(0, 1).cpu().numpy() for chunk in chunks]
        return np.concatenate(out)

    @torch.no_grad()
    def last_layers(self, said: Tensor) -> Iterator[list[LastLayer]]:
        """What SER-FIQ needs of the student's heads, some crops at a time."""
        student, parts = self.student, self.student.n_parts
        weights, biases = student.get_parameter("weight2"), student.get_parameter("bias2")
        heads = [slice(start, start + parts) for start in range(0, student.count, parts)]
        for chunk in torch.split(said, CHUNK):
            hidden = student.hidden(chunk)  # (K, N, W)
            yield [
                LastLayer(
                    side_by_side(hidden[head]),
                    torch.block_diag(*weights[head]).T,  # type: ignore[no-untyped-call]
                    biases[head].flatten(),
                )
                for head in heads
            ]


class LastLayer(NamedTuple):
    """The last layer of one head; its parts are the blocks of the weight."""

    features: Tensor
    """(N, D) inputs."""
    weight: Tensor
    """(D, D)."""
    bias: Tensor
    """(D,)."""


def _by_tracks(rows: IntArray, index: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Rows in chunks that never split a track."""
    if len(rows) == 0:
        return []
    edges = np.flatnonzero(np.diff(index)) + 1
    cuts, last = [], 0
    for edge in edges:
        if edge - last >= CHUNK:
            cuts.append(int(edge))
            last = int(edge)
    return list(zip(np.split(rows, cuts), np.split(index, cuts), strict=True))
