"""BCL and its comparators trained on simulated films, measured on films of other people.

People come from photographs and from labelled clips. What is measured on films of the one is
learned from the other; and what is measured on one half of the clips, from the other half and
the photographs: nobody in a test film was ever seen in training. This is far from the paper's
1,214 training actors, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vcn.benchmark.clip_photos import clip_photos
from vcn.benchmark.clips import Clip
from vcn.benchmark.entries import Blind, Entry, Informed
from vcn.benchmark.films import Embedder, simulate
from vcn.benchmark.made_up import made_up
from vcn.benchmark.photos import Photos, joined, load_photos
from vcn.benchmark.runner import run
from vcn.benchmark.sources import Source
from vcn.benchmark.table import Row, Table
from vcn.config import BenchmarkConfig
from vcn.config.learned import BallConfig, RetrainConfig
from vcn.methods.bcl.cluster import BallClustering
from vcn.methods.bcl.objectives import SYSTEMS
from vcn.methods.bcl.train import fit, split
from vcn.methods.trackset import TrackSet, TrainingFilm, join
from vcn.weights.learned import Learned


class Course(NamedTuple):
    """Whom the systems learn from, and the films that they are measured on."""

    name: str
    learn: Photos
    films: tuple[Source, ...]
    """Nobody of `learn` is in them."""


def courses(
    faces: Path,
    clips: Sequence[Clip],
    simulated: Sequence[Source],
    embed: Embedder,
    config: RetrainConfig,
) -> tuple[Course, ...]:
    """The films of the committed table, each with people to learn from who are not in it.

    Args:
        faces: Photographs of known people.
        clips: Labelled films of other people, no person in two of them.
        simulated: Films of the photographs.
        embed: The face model.
        config: How small a face may be.

    Raises:
        DataError: Photographs or clips cannot be read.
    """
    halves = (tuple(clips[::2]), tuple(clips[1::2]))
    seen = [clip_photos(half, embed.template, config) for half in halves]
    photos = load_photos(faces)
    return (
        Course("simulated", joined(seen), tuple(simulated)),
        *(
            Course(f"clips {n + 1}", joined([photos, seen[1 - n]]), halves[n])
            for n in range(len(halves))
        ),
    )


def training_films(
    course: Course, config: RetrainConfig, embed: Embedder, cache_dir: Path | None
) -> TrackSet:
    """The films that a course is trained on, people by name."""
    names = course.learn.names

    def films() -> Iterator[TrainingFilm]:
        for seed in config.train_seeds:
            film, truth = simulate(
                *(course.learn, config.level, config.train_tracks, seed, embed),
                name=f"{course.name}-{seed}",
                with_crops=False,
                cache_dir=cache_dir,
            )
            yield TrainingFilm(film, tuple(names[person] for person in truth.tolist()))

    return join(list(films()))


def measure(
    courses: Sequence[Course],
    embed: Embedder,
    config: RetrainConfig,
    benchmark: BenchmarkConfig,
    *,
    cache_dir: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Table:
    """Train and test every course.

    Args:
        courses: Whom to learn from, and what to measure on.
        embed: The face model.
        config: Training films and seeds.
        benchmark: Seeds of the test films.
        cache_dir: Of embeddings.
        tell: Is told each step.
    """
    rows: list[Row] = []
    learned_from: dict[str, object] = {}
    thresholds: dict[str, list[float]] = {}
    for course in courses:
        tracks = training_films(course, config, embed, cache_dir)
        learned_from[course.name] = {
            "people": len(tracks.people),
            "tracks": len(tracks),
            "pictures": len(course.learn.images),
        }
        for seed in config.seeds:
            entries: list[Entry] = []
            for system in SYSTEMS:
                tell(f"{course.name}, seed {seed}: train {system}")
                learned = _train(tracks, system, config, seed)
                thresholds.setdefault(system, []).append(round(learned.threshold or 0.0, 4))
                entries += _entries(learned)
            tell(f"{course.name}, seed {seed}: test")
            table = run(course.films, entries, benchmark)
            # Rows of one film are told apart by the seed that the system was trained with.
            rows += [replace(row, seed=row.seed + 1000 * seed) for row in table.rows]
    protocol = {
        "learned from": learned_from,
        "training": f"{len(config.train_seeds)} {config.level} films of {config.train_tracks} "
        f"tracks; from them {config.made_up_people} people made up, {config.made_up_tracks} tracks "
        f"each; {config.epochs} epochs of batches of {config.batch}",
        "training seeds": list(config.seeds),
        "people held out to choose the epoch": config.validation_people,
        "rate of the radius": config.loss_rate,
        "thresholds": thresholds,
    }
    return Table(tuple(rows), protocol)


def _train(tracks: TrackSet, system: str, config: RetrainConfig, seed: int) -> Learned:
    ball = replace(
        BallConfig(),
        validation_people=config.validation_people,
        epochs=config.epochs,
        batch=config.batch,
        loss_rate=config.loss_rate,
    )
    data = split(tracks, ball, seed)
    if config.made_up_people:
        made = made_up(data.train, config.made_up_people, config.made_up_tracks, seed)
        data = data._replace(train=made)
    data = data._replace(validation=small_and_large(data.validation), by_film=True)
    return fit(data, system, ball, seed)


def small_and_large(tracks: TrackSet) -> TrackSet:
    """The tracks as films of two sizes: each film alone, and all films but that one.

    With one film there is that one alone. The same threshold splits a person of many tracks
    and joins people of few: judged by large films alone, a system would be chosen for these.
    """
    films = np.unique(tracks.film)
    parts = [tracks.film == film for film in films]
    if len(films) > 1:
        parts += [tracks.film != film for film in films]
    chosen = [tracks.only(part) for part in parts]
    sizes = [np.diff(part.start) for part in chosen]
    return TrackSet(
        features=np.concatenate([part.features for part in chosen]),
        start=np.concatenate(([0], np.cumsum(np.concatenate(sizes)))).astype(np.int64),
        person=np.concatenate([part.person for part in chosen]),
        film=np.repeat(np.arange(len(chosen)), [len(part) for part in chosen]),
        cannot_link=np.empty((0, 2), np.int64),
        people=tracks.people,
        films=tuple(f"validation {number}" for number in range(len(chosen))),
    )


def _entries(learned: Learned) -> list[Entry]:
    """A system with its own threshold, with the true number, and fine-tuned."""
    ball = BallConfig()
    alone = BallClustering(learned, False, ball, learned.system)
    out: list[Entry] = [
        Blind(alone),
        Informed(f"{learned.system}:known_k", alone, "known_k"),
    ]
    if learned.system == "bcl":
        tuned = BallClustering(learned, True, ball, "bcl-finetuned")
        out += [Blind(tuned), Informed("bcl-finetuned:known_k", tuned, "known_k")]
    return out
