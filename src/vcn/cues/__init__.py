"""What two tracks say about being one person: a file a cue.

A cue reads a film and gives what it saw of all pairs of tracks. What that means, in
log-odds, is another matter: for a face the mixture of `equations/pair_mixture.py`, for the
rest a `Reading` learns it from pairs of which the film is sure.
"""

from __future__ import annotations

from typing import Protocol

from vcn.types import Float64Array, FloatArray, TrackFilm


class Reading(Protocol):
    """What one cue saw of the pairs of T tracks."""

    def weights(self, posterior: Float64Array, counts: FloatArray) -> FloatArray:
        """Log P(seen | one person) / P(seen | two people) of each pair.

        Args:
            posterior: (T, T) probability that a pair is one person, from surer cues.
            counts: (T, T) what each pair counts for as an example; 0 = not at all.

        Returns:
            (T, T) symmetric; 0 where the cue cannot say.
        """
        ...


class Cue(Protocol):
    """Something that can be seen or heard of a track."""

    @property
    def name(self) -> str:
        """As in clusters.json and in tables."""
        ...

    def read(self, film: TrackFilm) -> Reading | None:
        """What it saw; None: this film does not have what the cue needs."""
        ...
