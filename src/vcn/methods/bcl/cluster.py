"""Clustering of a film by an embedding that was learned on other films (BCL 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from vcn.config.learned import BallConfig
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.methods.bcl.embed import embed_film
from vcn.methods.bcl.finetune import finetuned
from vcn.methods.merges import Merges
from vcn.types import Clustering
from vcn.weights.learned import Learned


@dataclass(frozen=True, slots=True)
class BallClustering:
    """Complete linkage, cut at the threshold that came with the embedding.

    For BCL that is 4b; for its comparators the threshold that gave the right number of
    validation people.
    """

    learned: Learned
    finetune: bool = False
    """Adapt the network to the film first; the radius stays."""
    config: BallConfig = field(default_factory=BallConfig)
    """Of fine-tuning."""
    name: str = "bcl"

    def compare(self, film: TrackFilm, seed: int) -> Merges:
        """The tree of merges of a film."""
        net = finetuned(film, self.learned, self.config, seed) if self.finetune else None
        points, tracks = embed_film(film, self.learned, net)
        return Merges(points, tracks, film.n_tracks, "complete")

    def __call__(self, film: TrackFilm, seed: int) -> Clustering:
        """Cluster the tracks of `film`.

        Raises:
            DataError: The features do not fit, or there is no threshold.
        """
        if self.learned.threshold is None:
            raise DataError(f"{self.learned.system} has no threshold", "Give --n-people")
        return self.compare(film, seed).at(self.learned.threshold)
