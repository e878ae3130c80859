"""Run several systems on one film, which is read once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.benchmark.clips import people_of_tracks
from vcn.benchmark.sources import numbered
from vcn.compare.answers import Answer
from vcn.config import MethodConfig, RunConfig
from vcn.errors import UsageError
from vcn.methods.registry import BY_THRESHOLD, find, make_method, printed
from vcn.pipeline import Run
from vcn.runtime.progress import NoProgress, Progress
from vcn.types import FilmResult, IntArray


@dataclass(frozen=True, slots=True)
class Comparison:
    """All answers about one film."""

    result: FilmResult
    """Of the first system: what all of them share, the film, its tracks and their faces."""
    answers: tuple[Answer, ...]
    names: tuple[str, ...] | None
    """(T,) the true person of each track, "" where nobody says; None: there is no truth."""
    truth: IntArray | None
    """(T,) the same as numbers, -1 where nobody says."""


def told(name: str, config: RunConfig) -> MethodConfig:
    """What one of several systems is told: as much as it can use.

    A system that takes a number of people gets it; else a threshold, where it takes one.
    """
    modes = set(find(name).k)
    method = replace(config.method, name=name)
    if "known_k" not in modes:
        method = replace(method, n_people=None)
    if not modes & BY_THRESHOLD or method.n_people is not None:
        method = replace(method, threshold=None)
    return method


def asked(name: str, config: RunConfig) -> RunConfig:
    """The configuration of one of several systems; the checkpoint is for those of `vcn train`."""
    own = config.checkpoint if find(name).learns else None
    return replace(config, method=told(name, config), checkpoint=own)


def compare(
    film: Path,
    methods: Sequence[str],
    config: RunConfig,
    *,
    truth: Path | None = None,
    progress: Progress | None = None,
    work_dir: Path | None = None,
) -> Comparison:
    """Run each system on the tracks of a film.

    Args:
        film: A video file.
        methods: Names in the registry, each once.
        config: Everything else; `config.method` says what they are told.
        truth: Boxes or tracks that say who is who.
        progress: Told what is going on.
        work_dir: As of `vcn.pipeline.cluster`.

    Raises:
        UsageError: A system does not exist, is named twice, or is not told what it must know.
        VcnError: As `vcn.pipeline.cluster`.
    """
    if len(set(methods)) < len(methods):
        raise UsageError("a method is named twice", "Name each once")
    if len(methods) < 2:
        raise UsageError("there is nothing to compare", "Give --method at least twice")
    configs = [asked(name, config) for name in methods]
    for one in configs:  # all of them, before the long work begins
        make_method(one)
    progress = progress or NoProgress()
    first = Run.prepare(film, configs[0], progress, work_dir)
    scan = first.scan()
    scan, embeddings = first.split(scan, first.embed(scan))
    answers, result = [], None
    for name, one in zip(methods, configs, strict=True):
        run = replace(first, setup=replace(first.setup, config=one), timings={})
        start = time.perf_counter()
        people = run.identify(run.track_film(scan, embeddings))
        seconds = run.timings.get("identify", time.perf_counter() - start)
        answers.append(Answer(printed(name), _words(one.method), people.clustering, seconds))
        result = result or run.result(scan, people)
    assert result is not None
    if truth is None:
        return Comparison(result, tuple(answers), None, None)
    names = people_of_tracks(first, scan, truth)
    return Comparison(result, tuple(answers), tuple(names), np.asarray(numbered(names)))


def _words(method: MethodConfig) -> str:
    if method.n_people is not None:
        return f"told: {method.n_people} {'person' if method.n_people == 1 else 'people'}"
    if method.threshold is not None:
        return f"told: threshold {method.threshold:g}"
    return "finds it"
