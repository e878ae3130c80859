"""Adapt projection heads to the film, on embeddings of a frozen base model (3.4).

Head mode: the crops are embedded once by the base model, and only the heads are trained.
`vcn.stages.adapt_full` trains the base model too.
"""

from __future__ import annotations

from torch import Tensor

from vcn.config import AdaptConfig
from vcn.nets.adapter import Adapter, ParameterGroups
from vcn.nets.threads import one_thread
from vcn.nets.trainer import EpochHook
from vcn.types import BoolArray, Embeddings, IntArray


class HeadAdapter(Adapter):
    """Student and teacher heads over a frozen base model.

    The two views of a pair are its two crops as they are.

    Args:
        embeddings: N base embeddings; rows that are not finite or zero are left out.
        n_tracks: T.
        config: Schedule and loss.
        seed: Of the heads, the batches and the partners.
        device: Where to train.
    """

    mode = "head"

    def __init__(
        self,
        embeddings: Embeddings,
        n_tracks: int,
        config: AdaptConfig,
        seed: int,
        device: str = "cpu",
    ) -> None:
        super().__init__(embeddings, n_tracks, config, seed, config.batch, device)
        self.student, self.teacher = self._heads

    def fit(
        self,
        epochs: int,
        crop_ok: BoolArray,
        matches: IntArray,
        on_epoch: EpochHook | None = None,
    ) -> float:
        """As `Adapter.fit`; the products are many and small."""
        with one_thread():
            return super().fit(epochs, crop_ok, matches, on_epoch)

    def _parameters(self) -> ParameterGroups:
        return [(self.student.parameters(), 1.0)]

    def _step(self, first: Tensor, second: Tensor) -> Tensor:
        return self._step_of_heads(first, second)
