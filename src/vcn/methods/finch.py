"""FINCH on track means (Sarfraz et al., CVPR 2019).

The paper leaves the choice of a partition to its user; with a number of people it merges
the closest pairs of the partition above.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vcn.config.systems import FinchConfig
from vcn.equations.finch import fixed_number, partitions
from vcn.methods import TrackFilm
from vcn.methods.cuts import IntoOnly
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering


@dataclass(frozen=True, slots=True)
class Finch:
    """One partition."""

    partition: int | None = None
    """From 1, the finest; beyond the last one, and None: the last."""
    config: FinchConfig = field(default_factory=FinchConfig)
    name: str = "finch"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        means, tracks = track_means(film)
        found = partitions(means, self.config.distance, early_exit=self.config.early_exit)
        number = len(found) if self.partition is None else min(self.partition, len(found))
        return spread(found[number - 1], tracks, film.n_tracks)


@dataclass(frozen=True, slots=True)
class FinchInto:
    """FINCH for a number of people that is given: a `vcn.methods.cuts.Cutter`."""

    config: FinchConfig = field(default_factory=FinchConfig)
    name: str = "finch"

    def compare(self, film: TrackFilm, seed: int) -> IntoOnly:  # noqa: ARG002
        """The tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        means, tracks = track_means(film)

        def into(n_people: int) -> Clustering:
            labels = fixed_number(
                means, n_people, self.config.distance, early_exit=self.config.early_exit
            )
            return spread(labels, tracks, film.n_tracks)

        return IntoOnly(self.name, into)
