"""Who is who: the learned metric, a clustering, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcn.errors import DataError
from vcn.types.arrays import UNKNOWN, FloatArray, IntArray, frozen, set_fields


@dataclass(frozen=True, slots=True)
class LossMetric:
    """The metric that adaptation learned: read-only once adaptation ends.

    The loss of a pair is Eq. 2 of the paper, of the teacher's output for one crop
    and the student's output for the other, averaged over both orders, all heads and the
    parts of the embedding (`Embeddings.n_parts`).
    """

    mode: str
    """`head`, `full` or `off`."""
    student: Mapping[str, NDArray[np.float32]]
    """State of the student: heads, and the base model in full mode."""
    teacher: Mapping[str, NDArray[np.float32]]
    centre: FloatArray
    """(heads, D) rolling mean of the teacher's outputs."""
    teacher_temperature: float
    student_temperature: float
    input_mean: FloatArray
    """(D,) of base embeddings over the film; the head's input is standardised."""
    input_std: FloatArray
    """(D,) positive."""

    def __post_init__(self) -> None:
        if self.mode not in ("head", "full", "off"):
            raise DataError(f"mode must be head, full or off, got {self.mode!r}")
        if min(self.teacher_temperature, self.student_temperature) <= 0:
            raise DataError("temperatures must be positive")
        input_mean = frozen(self.input_mean, "input_mean", (None,), np.float32)
        input_std = frozen(self.input_std, "input_std", (len(input_mean),), np.float32)
        if (input_std <= 0).any():
            raise DataError("input_std must be positive")
        set_fields(
            self,
            centre=frozen(self.centre, "centre", (None, None), np.float32),
            input_mean=input_mean,
            input_std=input_std,
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge of two clusters, for the history of a clustering."""

    round: int
    """Round of Algorithm 1, from 1."""
    first: int
    """A track of one cluster."""
    second: int
    """A track of the other cluster."""
    loss: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Clustering:
    """Which tracks are the same person."""

    labels: IntArray
    """(T,) numbered by first appearance from 0; -1 = unknown."""
    history: tuple[Merge, ...] = ()

    def __post_init__(self) -> None:
        labels = frozen(self.labels, "labels", (None,), np.int64)
        if len(labels) and labels.min() < UNKNOWN:
            raise DataError(f"labels must be -1 or more, got {labels.min()}")
        known = labels[labels >= 0]
        _, first = np.unique(known, return_index=True)
        if not np.array_equal(known[np.sort(first)], np.arange(len(first))):
            raise DataError("labels must be numbered by first appearance")
        set_fields(self, labels=labels)

    @property
    def n_clusters(self) -> int:
        """Number of people, the unknown group not counted."""
        return int(self.labels.max(initial=-1)) + 1

    @classmethod
    def from_labels(cls, labels: ArrayLike, history: tuple[Merge, ...] = ()) -> Clustering:
        """Renumber any labels by first appearance; negative ones become -1."""
        given = np.asarray(labels, dtype=np.int64)
        out = np.full(given.shape, UNKNOWN, dtype=np.int64)
        known = given >= 0
        _, first, inverse = np.unique(given[known], return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        out[known] = rank[inverse]
        return cls(out, history)
