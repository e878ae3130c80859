"""C1C and B-C1C on track means (Kalogeiton and Zisserman, BMVC 2020).

Alone, C1C takes its last partition (which one its paper takes is not known; the few
clusters that are published for it suggest the last).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vcn.config.systems import C1cConfig
from vcn.equations.c1c import fixed_number, join_by_body, partitions
from vcn.methods import TrackFilm
from vcn.methods.constraints import among, cannot_links, must_links
from vcn.methods.cuts import IntoOnly
from vcn.methods.hac import spread, track_means
from vcn.types import Clustering, Float64Array, IntArray


@dataclass(frozen=True, slots=True)
class C1c:
    """The last partition; and a `vcn.methods.cuts.Cutter` for a given number of people."""

    config: C1cConfig = field(default_factory=C1cConfig)
    bodies: bool = False
    """B-C1C: tracks without a face join the cluster of their nearest body."""
    name: str = "c1c"

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        means, tracks = _unit_means(film)
        found = partitions(
            means,
            among(cannot_links(film), tracks),
            self.config.distance,
            must_link=among(must_links(film), tracks),
            early_exit=self.config.early_exit,
        )
        return self._everyone(spread(found[-1], tracks, film.n_tracks), film)

    def compare(self, film: TrackFilm, seed: int) -> IntoOnly:  # noqa: ARG002
        """The tracks of `film`; nothing is drawn, so `seed` changes nothing."""
        means, tracks = _unit_means(film)

        def into(n_people: int) -> Clustering:
            labels = fixed_number(
                means,
                among(cannot_links(film), tracks),
                n_people,
                self.config.distance,
                must_link=among(must_links(film), tracks),
                early_exit=self.config.early_exit,
            )
            return self._everyone(spread(labels, tracks, film.n_tracks), film)

        return IntoOnly(self.name, into)

    def _everyone(self, found: Clustering, film: TrackFilm) -> Clustering:
        if not self.bodies or film.bodies is None:
            return found
        bodies = film.bodies.astype(np.float64)
        return Clustering.from_labels(join_by_body(found.labels, bodies, cannot_links(film)))


def _unit_means(film: TrackFilm) -> tuple[Float64Array, IntArray]:
    means, tracks = track_means(film)
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return means / np.where(length > 0, length, 1.0), tracks
