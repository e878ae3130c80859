"""What the distances of a face model mean: measured on photographs degraded as simulated films are.

`vcn cluster` begins from such values (`EvidenceConfig`) and lets each film shift them. They
belong to the face model, so that a model of one's own deserves its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vcn.benchmark.films import Embedder, simulate
from vcn.benchmark.photos import Photos
from vcn.config import EvidenceConfig
from vcn.config.measure import CalibrateConfig
from vcn.cues.face import face_sizes, read_faces
from vcn.equations.closed_form import cosine_profiles
from vcn.errors import DataError
from vcn.types import BoolArray, Float64Array, IntArray, TrackFilm


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the distances of one face model mean; C classes of size, B buckets of pairs."""

    impostor_cosine: float
    """Mean cosine of two photographs of different people, as they are."""
    nearer: tuple[float, ...]
    """(C,) how much smaller the log distance of one person is, by the smaller face."""
    strangers_nearer: tuple[float, ...]
    """(B,) how much smaller that of two people is, by both faces."""
    same_sd: float
    """Its deviation over pairs of one person."""
    stranger_scale: float
    """Deviation over pairs of two people."""
    pairs: tuple[int, ...]
    """(C,) pairs of one person that were seen; where there are too few, `nearer` is the default."""

    def of_pack(self) -> dict[str, float | list[float]]:
        """What a pack.toml says of it, in its table [face_model]."""
        return {
            "impostor_cosine": round(self.impostor_cosine, 3),
            "nearer": [round(value, 2) for value in self.nearer],
            "strangers_nearer": [round(value, 2) for value in self.strangers_nearer],
            "same_sd": round(self.same_sd, 2),
            "stranger_scale": round(self.stranger_scale, 2),
        }

    def toml(self) -> str:
        """As a file for --config: the values of `[evidence]`."""
        nearer = ", ".join(f"{value:.2f}" for value in self.nearer)
        strangers = ", ".join(f"{value:.2f}" for value in self.strangers_nearer)
        pairs = ", ".join(map(str, self.pairs))
        return (
            f"# in pack.toml, [face_model]: impostor_cosine = {self.impostor_cosine:.3f}\n"
            f"# pairs of one person by size of the smaller face: {pairs}\n"
            f"[evidence]\nnearer = [{nearer}]\nstrangers_nearer = [{strangers}]\n"
            f"same_sd = {self.same_sd:.2f}\n"
            f"stranger_scale = {self.stranger_scale:.2f}\n"
        )


def calibrate(
    photos: Photos, embed: Embedder, config: CalibrateConfig, evidence: EvidenceConfig
) -> Calibration:
    """Measure a face model on simulated films.

    Args:
        photos: Of at least two people.
        embed: The face model.
        config: Films to simulate.
        evidence: Sizes at which buckets begin, and the values where too few pairs are seen.

    Raises:
        DataError: They show one person only.
    """
    if len(photos.names) < 2:
        raise DataError("photographs of one person do not say how alike strangers are")
    films = (
        simulate(photos, level, config.n_tracks, seed, embed)
        for level in config.levels
        for seed in config.seeds
    )
    return measure(films, impostor_cosine(photos, embed, config), config, evidence)


def impostor_cosine(photos: Photos, embed: Embedder, config: CalibrateConfig) -> float:
    """Mean cosine of two photographs of different people, of some photographs of each."""
    from vcn.benchmark.degrade import to_template

    rows = np.concatenate(
        [np.flatnonzero(photos.person == k)[: config.photos] for k in range(len(photos.names))]
    )
    pictures = [to_template(photos.images[row], embed.template, embed.size) for row in rows]
    values = embed(np.stack(pictures)).astype(np.float64)
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    person = photos.person[rows]
    return float((unit @ unit.T)[person[:, None] != person[None, :]].mean())


def measure(
    films: Iterator[tuple[TrackFilm, IntArray]],
    cosine: float,
    config: CalibrateConfig,
    evidence: EvidenceConfig,
) -> Calibration:
    """The same of any films.

    Args:
        films: Each with (T,) the person of each track.
        cosine: `impostor_cosine`.
        config: How many pairs a class or a bucket needs.
        evidence: As `calibrate`.
    """
    smaller, _ = np.triu_indices(len(evidence.size_edges) + 1)
    n_buckets = len(smaller)
    seen: list[tuple[Float64Array, IntArray, BoolArray]] = []
    for film, person in films:
        rows, columns = np.triu_indices(film.n_tracks, 1)
        values = film.embeddings.values
        profiles = cosine_profiles(values, film.embeddings.track_index, film.n_tracks)
        reading = read_faces(profiles, face_sizes(film), cosine, evidence)
        same = person[rows] == person[columns]
        x, bucket = reading.x[rows, columns], reading.bucket[rows, columns]
        large = ~same & (bucket == bucket[~same].max())
        seen.append((x - x[large].mean(), bucket, same))  # films differ in how far strangers are
    x, bucket, same = (np.concatenate(part) for part in zip(*seen, strict=True))
    strangers_nearer = np.array(evidence.strangers_nearer)
    for k in range(n_buckets - 1):
        of_two = x[~same & (bucket == k)]
        if len(of_two) >= config.least_pairs:
            strangers_nearer[k] = max(-float(of_two.mean()), 0.0)
    left = x + strangers_nearer[bucket]
    of_one = [left[same & (smaller[bucket] == k)] for k in range(len(evidence.nearer))]
    enough = [len(values) >= config.least_pairs for values in of_one]
    nearer = tuple(
        float(-values.mean()) if there else default
        for values, there, default in zip(of_one, enough, evidence.nearer, strict=True)
    )
    spread = [v - v.mean() for v, there in zip(of_one, enough, strict=True) if there]
    return Calibration(
        cosine,
        nearer,
        tuple(strangers_nearer.tolist()),
        float(np.concatenate(spread).std()) if spread else evidence.same_sd,
        float(left[~same].std()),
        tuple(len(values) for values in of_one),
    )
