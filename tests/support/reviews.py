"""Small films under review, and the server that serves them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from film_results import film

from vcn.methods.vcn.link import Joint, mean_of_pairs
from vcn.report.write import write_result
from vcn.review.film import load_film
from vcn.review.session import Session
from vcn.types import BoolArray, CastNames, Float64Array, FloatArray, ImageArray

SIX = ((0, 40, 0), (12, 50, 1), (60, 90, 0), (65, 95, 2), (100, 140, 1), (150, 190, 3))
"""Tracks: first frame, one past the last, person."""


def write_film(
    folder: Path, tracks: Sequence[tuple[int, int, int]] = SIX, cast: CastNames | None = None
) -> Path:
    """A result of four people in two shots."""
    n = max(stop for _, stop, _ in tracks) + 10
    result = film(n_frames=n, cuts=[55], tracks=tracks, step=30)  # apart: two people
    out = folder / "film.clusters.json"
    write_result(replace(result, cast=cast), out, report=False)
    return out


@dataclass(frozen=True)
class Stages:
    """Finished stages of known directions."""

    directions: FloatArray
    log_odds: Float64Array | None = None
    joint: Joint = mean_of_pairs
    shaping: BoolArray | None = None

    def face(self, track: int) -> ImageArray | None:
        return np.full((8, 8, 3), 20 * track % 255, np.uint8)


def session(clusters: Path, stages: Stages | None = None) -> Session:
    return Session(load_film(clusters), clusters.with_name("film.corrections.jsonl"), stages)


@contextmanager
def served(clusters: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`vcn review` in a process of its own: its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vcn", "review", str(clusters), "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"VCN_DEBUG": "1"},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()
