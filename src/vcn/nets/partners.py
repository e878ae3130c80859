"""Which crop is paired with which (VCN 3.4 and 3.5)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vcn.types import IntArray


class Partners:
    """Draws a partner for each crop: from a matched track, else from its own track.

    VCN 3.5: "for each face crop in a given track, we randomly sample a track from a set
    of its coarsely matched tracks. The image pair is created by randomly sampling a
    crop from within the sampled track. If a track has no coarse matches, then we create
    pairs from within the same track."

    Args:
        rows: (R,) crops that may be used, increasing.
        track_index: (N,) track of every crop, not decreasing.
        n_tracks: T.
        matches: (M, 2) track and its match. Matches with a track that has no usable
            crop are left out.
    """

    def __init__(
        self, rows: IntArray, track_index: IntArray, n_tracks: int, matches: IntArray
    ) -> None:
        own = track_index[rows]
        count = np.bincount(own, minlength=n_tracks)
        matches = np.asarray(matches, np.int64).reshape(-1, 2)
        matches = matches[(count[matches] > 0).all(axis=1)]
        matches = matches[np.lexsort((matches[:, 1], matches[:, 0]))]
        n_matches = np.bincount(matches[:, 0], minlength=n_tracks)
        self._rows = torch.from_numpy(rows)
        self._own = torch.from_numpy(own)
        self._count = torch.from_numpy(count)
        self._start = torch.from_numpy(np.cumsum(count) - count)
        self._n_matches = torch.from_numpy(n_matches)
        self._match_start = torch.from_numpy(np.cumsum(n_matches) - n_matches)
        self._match = torch.from_numpy(np.append(matches[:, 1], 0))

    def draw(self, positions: Tensor, generator: torch.Generator) -> Tensor:
        """Crops to pair with `rows[positions]`.

        Args:
            positions: (B,) into `rows`.
            generator: Source of chance, on the CPU.

        Returns:
            (B,) crops; a track of one crop without a match gets itself.
        """
        own = self._own[positions]
        some = self._n_matches[own]
        pick = (torch.rand(len(own), generator=generator) * some).long()
        other = self._match[(self._match_start[own] + pick).clamp_max(len(self._match) - 1)]
        track = torch.where(some > 0, other, own)
        pick = (torch.rand(len(own), generator=generator) * self._count[track]).long()
        return self._rows[self._start[track] + pick.minimum(self._count[track] - 1)]
