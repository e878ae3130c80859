"""A pair of student and teacher heads with their centre: the metric, applied to crops."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vcn.equations.closed_form import Profiles, track_counts, track_means
from vcn.equations.ssl_loss import log_predictions, soft_targets
from vcn.nets.heads import Heads
from vcn.types import FloatArray, IntArray

CHUNK = 4096
"""Crops pushed through the heads at once when nothing is trained."""


@dataclass(frozen=True, slots=True)
class HeadPair:
    """What Eq. 2 needs after the base models. H = heads, D = width, T = tracks."""

    student: Heads
    teacher: Heads
    centre: Tensor
    """(H, 1, D)."""
    teacher_temperature: float
    student_temperature: float

    @torch.no_grad()
    def profiles(
        self, said: Tensor, taught: Tensor, rows: IntArray, track_index: IntArray, n_tracks: int
    ) -> Profiles:
        """The metric applied to crops: what clustering needs of each track.

        Args:
            said: (N, D) inputs of the student's heads.
            taught: (N, D) inputs of the teacher's heads.
            rows: (R,) crops to use, increasing.
            track_index: (N,) not decreasing.
            n_tracks: T.
        """
        index = track_index[rows]
        heads, width = self.student.n_heads, self.student.width
        scale = 1 / math.sqrt(heads)
        p = np.zeros((n_tracks, heads * width), np.float32)
        q = np.zeros_like(p)
        own = np.zeros(n_tracks)
        for chunk, chunk_index in _by_tracks(rows, index):
            at = torch.from_numpy(chunk)
            targets = soft_targets(
                self.teacher(taught[at]), self.centre, self.teacher_temperature
            )  # (H, B, D)
            logs = log_predictions(self.student(said[at]), self.student_temperature)
            loss = -(targets * logs).sum(dim=-1).mean(dim=0)  # (B,)
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            local = chunk_index - low
            for values, out in ((targets, p), (logs, q)):
                flat = values.transpose(0, 1).reshape(len(chunk), -1).cpu().numpy() * scale
                out[low:high] = track_means(flat, local, high - low)
            own[low:high] = track_means(loss.cpu().numpy()[:, None], local, high - low)[:, 0]
        return Profiles(p, q, own, track_counts(index, n_tracks))

    @torch.no_grad()
    def mean_profiles(
        self, said: Tensor, taught: Tensor, rows: IntArray, track_index: IntArray, n_tracks: int
    ) -> Profiles:
        """The metric applied to the mean embeddings of tracks (VCN 3.7, later rounds)."""
        index = track_index[rows]
        heads, width = self.student.n_heads, self.student.width
        means = np.zeros((2, n_tracks, heads * width))
        for chunk, chunk_index in _by_tracks(rows, index):
            at = torch.from_numpy(chunk)
            low, high = int(chunk_index[0]), int(chunk_index[-1]) + 1
            for outputs, out in (
                (self.teacher(taught[at]), means[0]),
                (self.student(said[at]), means[1]),
            ):
                flat = outputs.transpose(0, 1).reshape(len(chunk), -1).cpu().numpy()
                out[low:high] = track_means(flat, chunk_index - low, high - low)
        teacher, student = torch.from_numpy(
            means.reshape(2, n_tracks, heads, width)
        ).float()  # (T, H, D) each
        targets = soft_targets(teacher, self.centre[:, 0].cpu(), self.teacher_temperature)
        logs = log_predictions(student, self.student_temperature)
        own = -(targets * logs).sum(dim=-1).mean(dim=-1).numpy().astype(np.float64)
        scale = 1 / math.sqrt(heads)
        p = (targets * scale).reshape(n_tracks, heads * width).numpy()
        q = (logs * scale).reshape(n_tracks, heads * width).numpy()
        return Profiles(p, q, own, track_counts(index, n_tracks))

    @torch.no_grad()
    def student_outputs(self, said: Tensor) -> FloatArray:
        """(N, D) outputs of the first student head: the paper's embedding space."""
        out = [self.student(chunk)[0].cpu().numpy() for chunk in torch.split(said, CHUNK)]
        return np.concatenate(out)

    @torch.no_grad()
    def last_layer(self, said: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What SER-FIQ needs: (N, D) input, (D, D) weight and (D,) bias of the last layer.

        Of the first student head.
        """
        hidden = torch.cat([self.student.hidden(c)[0] for c in torch.split(said, CHUNK)])
        weight = self.student.get_parameter("weight2")[0].T
        return hidden, weight, self.student.get_parameter("bias2")[0, 0]


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
