"""`make bench`: a film of 100,000 tracks, with the heads having their say."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from vcn.config import AdaptConfig, ClusterConfig, EvidenceConfig
from vcn.equations.closed_form import cosine_profiles
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.odds import Seen, find_people
from vcn.scores import bcubed
from vcn.stages.adapt import HeadAdapter
from vcn.types import Embeddings, IntArray, TrackFilm

PAGE = Path(__file__).resolve().parents[2] / "benchmarks" / "many_tracks.md"
TRACKS, LEARNT, PEOPLE, CROPS, WIDTH = 100_000, 1_500, 300, 10, 128
NOISE = 0.5
"""Of a track around its person, and of a crop around its track; people have a deviation of 1."""
MOST_SECONDS, MOST_MEMORY = 60.0, 4.0
_BLOCK = 1 << 16
"""Crops that are made at once."""

_PAGE = """# A film of 100,000 tracks

`make bench` writes this. Made-up features: {people} people, {n} tracks of {crops} crops, {width}
numbers a crop; the adapted metric has {heads} heads of {width}, trained on {learnt} other tracks
of the same people. Measured: clustering by the base model and the heads (nearest tracks to
groups, odds, linkage), after both were applied to the crops; the memory is all that the process
ever had, with the film and the profiles of both.

| | people found | B-cubed F | s | processor s | memory, GB |
|---|---|---|---|---|---|
| base model | {base.people} | {base.f:.3f} | {base.seconds:.0f} | {base.processor:.0f} | |
| base model and heads | {both.people} | {both.f:.3f} | {both.seconds:.0f} | {both.processor:.0f} \
| {gb:.1f} |

Asked for: under {most:.0f} s and {memory:.0f} GB on two cores.
"""


class Row(NamedTuple):
    """How one clustering went."""

    people: int
    f: float
    seconds: float
    processor: float


def made_up(n: int, seed: int) -> tuple[TrackFilm, IntArray]:
    """A film of the same people, whatever the seed."""
    rng = np.random.default_rng(seed)
    people = np.random.default_rng(0).standard_normal((PEOPLE, WIDTH), np.float32)
    who = rng.integers(PEOPLE, size=n)
    tracks = people[who] + np.float32(NOISE) * rng.standard_normal((n, WIDTH), np.float32)
    crops = np.repeat(tracks, CROPS, axis=0)
    for at in range(0, len(crops), _BLOCK):
        part = crops[at : at + _BLOCK]
        part += np.float32(NOISE) * rng.standard_normal(part.shape, np.float32)
    index = np.repeat(np.arange(n), CROPS)
    return TrackFilm(Embeddings(crops, index, normalised=False), n, impostor_cosine=0.0), who


def measure() -> tuple[Row, Row, float]:
    """Without heads, with them, and the most memory in GB."""
    config, evidence = ClusterConfig(), EvidenceConfig()
    metric = VideoClusterNet().run(made_up(LEARNT, 1)[0], 0).metric
    assert metric is not None
    film, who = made_up(TRACKS, 2)
    everyone = np.ones(TRACKS, np.bool_)
    index = film.embeddings.track_index
    adapter = HeadAdapter(film.embeddings, TRACKS, AdaptConfig(), 0, "cpu")
    adapter.load(metric)
    heads = adapter.profiles(np.ones(len(index), np.bool_))
    base = cosine_profiles(film.embeddings.values, index, TRACKS)
    film = replace(
        film, embeddings=replace(film.embeddings, values=film.embeddings.values[:, :1].copy())
    )
    del adapter
    rows = []
    for profiles in (None, heads):
        begin, used = time.perf_counter(), time.process_time()
        seen = Seen.of(film, base, everyone, config, evidence)
        found = find_people(film, base, profiles, seen, everyone, everyone, config, evidence)
        spent = time.perf_counter() - begin, time.process_time() - used
        labels = found.clustering.labels
        rows.append(Row(found.clustering.n_clusters, bcubed(who, labels).f, *spent))
    return *rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


@pytest.mark.bench
def test_very_many_tracks_are_clustered_with_heads() -> None:
    # A process of its own: the memory is its own.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        base, both, memory = pool.submit(measure).result()
    PAGE.write_text(
        _PAGE.format(
            people=PEOPLE,
            n=TRACKS,
            crops=CROPS,
            width=WIDTH,
            heads=AdaptConfig().n_heads,
            learnt=LEARNT,
            base=base,
            both=both,
            gb=memory,
            most=MOST_SECONDS,
            memory=MOST_MEMORY,
        ),
        encoding="utf-8",
    )
    assert both.f > 0.99
    assert both.seconds < MOST_SECONDS
    assert memory < MOST_MEMORY
