"""CCL: contrastive learning on the clusters of FINCH (after Sharma et al., FG 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vcn.config.per_film import CclConfig, SiameseConfig
from vcn.equations.finch import partitions
from vcn.methods import TrackFilm
from vcn.methods.per_film.crops import TrackCrops
from vcn.methods.per_film.siamese import trained
from vcn.methods.per_film.track_hac import TrackHac
from vcn.types import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Ccl:
    """A `vcn.methods.cuts.Cutter`.

    A crop and another of its FINCH cluster or its own track are one person; crops of two
    clusters are two, and crops of co-occurring tracks whatever FINCH says.
    """

    config: CclConfig = field(default_factory=CclConfig)
    network: SiameseConfig = field(default_factory=SiameseConfig)
    name: str = "ccl"

    def compare(self, film: TrackFilm, seed: int) -> TrackHac:
        """Train on the film, and compare its tracks by the feature."""
        crops, config = TrackCrops.of(film), self.config
        rng = np.random.default_rng(seed)
        found = partitions(crops.values, "cosine")
        label = found[min(config.partition, len(found)) - 1]

        def batches() -> Iterator[tuple[IntArray, BoolArray]]:
            for _ in range(config.epochs):
                order = rng.permutation(len(crops.values))
                for start in range(0, len(order), config.anchors):
                    yield ccl_pairs(
                        crops, label, order[start : start + config.anchors], config.pairs, rng
                    )

        return trained(crops, self.network, batches(), seed, config.learning_rate)


def ccl_pairs(
    crops: TrackCrops, label: IntArray, anchors: IntArray, n_each: int, rng: np.random.Generator
) -> tuple[IntArray, BoolArray]:
    """The pairs of some anchors.

    Args:
        crops: Of the film.
        label: (N,) FINCH cluster of each crop.
        anchors: (A,) crops.
        n_each: Positive pairs an anchor, and negative ones; fewer where there are not so many.
        rng: Of the draw.

    Returns:
        (P, 2) crops and (P,) True for one person.
    """
    n_rows = len(crops.tracks)
    apart = np.zeros((n_rows, n_rows), np.bool_)
    apart[crops.apart[:, 0], crops.apart[:, 1]] = apart[crops.apart[:, 1], crops.apart[:, 0]] = True
    row = crops.row[anchors]
    own_track = row[:, None] == crops.row[None]  # (A, N)
    in_cluster = label[anchors][:, None] == label[None]
    barred = apart[row][:, crops.row]
    positive = (in_cluster | own_track) & ~barred
    positive[np.arange(len(anchors)), anchors] = False
    negative = ~own_track & (~in_cluster | barred)
    chance = rng.random((len(anchors), len(crops.row)))
    out, same = [], []
    for mask, value in ((positive, True), (negative, False)):
        size = min(n_each, mask.shape[1])
        keyed = np.where(mask, chance, -1.0)
        chosen = np.argpartition(-keyed, size - 1, axis=1)[:, :size]
        valid = np.take_along_axis(mask, chosen, axis=1)
        first = np.broadcast_to(anchors[:, None], chosen.shape)
        out.append(np.column_stack((first[valid], chosen[valid])))
        same.append(np.full(int(valid.sum()), value))
    return np.concatenate(out).astype(np.int64), np.concatenate(same)
