"""The network of RAD-Net: distributions and features that refine each other."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from vcn.config import RadNetConfig
from vcn.equations.distribution import blended, initial_distribution, relations, similarity
from vcn.methods.radnet.graph import slots


class Gated(nn.Module):
    """phi of Eq. 7: a residual block with a gate (UniMP, Shi et al. 2020, Eq. 5)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.gate = nn.Linear(3 * width, 1)
        self.norm = nn.LayerNorm(width)

    def forward(self, gathered: Tensor, before: Tensor) -> Tensor:
        """(B, n, D) gathered and old features to new ones."""
        new = self.transform(gathered)
        open_ = torch.sigmoid(self.gate(torch.cat([new, before, new - before], dim=-1)))
        out: Tensor = self.norm((1 - open_) * new + open_ * before)
        return out


class RadNetModule(nn.Module):
    """L cycles over graphs of N places.

    Args:
        widths: D of each modality.
        config: The paper's constants.
    """

    def __init__(self, widths: Mapping[str, int], config: RadNetConfig) -> None:
        super().__init__()
        self.config = config
        self.widths = {m: widths[m] for m in config.modalities}
        places = slots(config)
        n = len(places)
        number = torch.tensor([config.modalities.index(m) for m in places])
        self.register_buffer("modality", number, persistent=False)
        self.modality: Tensor
        self.alike = nn.ModuleList(
            nn.Sequential(nn.Linear(n, config.hidden), nn.ReLU(), nn.Linear(config.hidden, 1))
            for _ in range(config.cycles)
        )
        self.enhance = nn.ModuleList(
            nn.ModuleDict({m: Gated(width) for m, width in self.widths.items()})
            for _ in range(config.cycles)
        )

    def forward(
        self, features: Mapping[str, Tensor], track: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Refine the clues of B graphs.

        Args:
            features: For each modality (B, N_m, D).
            track: (B, N) whose each clue is; -1: there is none.

        Returns:
            For each cycle A, (B, N, N) probabilities of Eq. 6, and the (B, N, N)
            similarities of the features after it, of use within a modality only.
        """
        config, there = self.config, track >= 0
        modality = self.modality.expand(len(track), -1)
        d = initial_distribution(track, there, config.eta)
        clues = dict(features)
        same, alike = [], [_blocks([similarity(f) for f in clues.values()])]
        for cycle in range(config.cycles):
            now = relations(alike[-1], track, modality, there, 1 - config.eta)
            d = blended(d, now, config.momentum)  # (B, N, N)
            a = self._alike(cycle, d) * (there[:, :, None] & there[:, None, :])
            clues = self._enhanced(cycle, clues, a)
            same.append(a)
            alike.append(_blocks([similarity(f) for f in clues.values()]))
        return same, alike[1:]

    def _alike(self, cycle: int, d: Tensor) -> Tensor:
        """Eq. 6: it is symmetric, so that half of the pairs are looked at."""
        n = d.shape[1]
        rows, columns = torch.triu_indices(n, n, 0)
        difference = (d[:, rows] - d[:, columns]).abs()  # (B, N (N + 1) / 2, N)
        found = torch.sigmoid(self.alike[cycle](difference).squeeze(-1))
        place = torch.zeros((n, n), dtype=torch.int64)
        place[rows, columns] = place[columns, rows] = torch.arange(len(rows))
        out: Tensor = found[:, place]
        return out

    def _enhanced(self, cycle: int, clues: dict[str, Tensor], a: Tensor) -> dict[str, Tensor]:
        """Eq. 7; the printed sum has f(v_i), which a sum over j cannot mean."""
        out, start = {}, 0
        blocks: nn.ModuleDict = self.enhance[cycle]  # type: ignore[assignment]
        for modality, f in clues.items():
            stop = start + f.shape[1]
            out[modality] = blocks[modality](a[:, start:stop, start:stop] @ f, f)
            start = stop
        return out


def _blocks(parts: list[Tensor]) -> Tensor:
    """(B, n, n) matrices along the diagonal of a (B, N, N) one."""
    n = [part.shape[1] for part in parts]
    rows = [
        torch.cat(
            [
                part.new_zeros(len(part), m, sum(n[:i])),
                part,
                part.new_zeros(len(part), m, sum(n[i + 1 :])),
            ],
            dim=2,
        )
        for i, (part, m) in enumerate(zip(parts, n, strict=True))
    ]
    return torch.cat(rows, dim=1)
