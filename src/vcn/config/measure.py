"""Evaluation, benchmark and downloads: no run depends on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """Scores against ground truth. Not part of RunConfig: no run may depend on it."""

    iou: float = 0.5
    """Overlap from which a box of truth and a face of the result may be the same face;
    the usual one of PASCAL VOC and MOT."""
    leave_out: tuple[str, ...] = ("not_a_face", "unsure", "unknown")
    """Identities that mean "do not score this"; whole words, upper and lower case alike.
    `unknown_e03_10` of the BBT labels is a person."""
    resamples: int = 1000
    """Draws of the bootstrap: the edges of a 95 % interval are then stable to about a
    tenth of its width. 0: no intervals."""
    level: float = 0.95
    """Share of the draws inside an interval."""
    seed: int = 0
    worst: int = 8
    """Merges and splits shown. Our choice: as many as one reads."""
    faces_a_group: int = 8
    """Faces shown of each side of a merge or split. Our choice."""
    face_side: int = 96
    """Pixels of a face in evaluation.html; sharp at 64 CSS pixels. Our choice."""
    jpeg_quality: int = 82
    fprs: tuple[float, ...] = (0.1, 0.01, 0.001)
    """Verification over pairs of tracks: false-positive rates at which the true-positive rate
    is told; the first is that of MF 4.3."""
    confusion: int = 40
    """People and clusters in the printed table of confusion; the rest are summed up."""


@dataclass(frozen=True, slots=True)
class DownloadConfig:
    """``vcn models pull``. Not part of RunConfig: no run downloads anything."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """Longest silence of a server."""
    attempts: int = 5
    """How often in a row a transfer may break without any progress. Our choice."""
    backoff_seconds: float = 0.5
    """Pause after a broken transfer; it doubles each time."""
    block_bytes: int = 1 << 18
    max_bytes: int = 8 << 30
    """No model file is larger; anything larger is refused. Our choice."""


@dataclass(frozen=True, slots=True)
class BenchmarkConfig:
    """``vcn benchmark``. Not part of RunConfig: no run may depend on it."""

    levels: tuple[str, ...] = ("clean", "degraded", "hard", "singletons")
    n_tracks: tuple[int, ...] = (30, 150, 600)
    """A clip, a short film, a long one: of 30 tracks most people have one or two."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Each makes another film, and is the seed of the methods on it."""
    large: int = 600
    """Simulated films of so many tracks or more take only the first `large_seeds`: one
    costs as much as five of 150."""
    large_seeds: int = 2
    slow: tuple[str, ...] = ("vctrsf", "ct-trsf", "jfrac-like")
    """Systems that take minutes: they take only the first `slow_seeds`, and no large film."""
    slow_seeds: int = 1
    thresholds: tuple[float, float, float] = (0.05, 1.4, 0.01)
    """From, to and step of the grid for methods that need a threshold (Euclidean,
    normalised means): fine enough that hindsight misses nothing."""
    fixed: float | None = None
    """Threshold of methods that are told one; None: the one that is best on the other
    films, which takes another film."""
    tolerance: float = 0.02
    """Fall of a mean B-cubed F or NMI that the regression gate lets pass: the largest
    spread over seeds that the method may have (issue 4)."""
    review_answers: int = 150
    """Most answers of the simulated reviewer."""


@dataclass(frozen=True, slots=True)
class CalibrateConfig:
    """``vcn models calibrate``."""

    levels: tuple[str, ...] = ("degraded", "hard", "wide")
    """How photographs are degraded; films of `clean` pictures have only large faces."""
    n_tracks: int = 150
    seeds: tuple[int, ...] = (0, 1, 2)
    photos: int = 40
    """Photographs of each person, for `impostor_cosine`."""
    least_pairs: int = 100
    """Pairs of one person from which a bucket of sizes has a value of its own."""
