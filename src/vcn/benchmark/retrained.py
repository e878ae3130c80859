"""BCL and its comparators trained on simulated films, measured on films of other people.

The people of the photographs are dealt out into folds. The systems are trained on films
of all folds but one and measured on films of that one: nobody in a test film was ever seen
in training. This is far from the paper's 1,214 training actors, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from vcn.benchmark.entries import Blind, Entry, Informed
from vcn.benchmark.films import Embedder, load_photos, simulate
from vcn.benchmark.runner import run
from vcn.benchmark.sources import LabelledFilm
from vcn.benchmark.table import Row, Table
from vcn.config import BenchmarkConfig, RunConfig
from vcn.config.learned import BallConfig, RetrainConfig
from vcn.methods.bcl.cluster import BallClustering
from vcn.methods.bcl.objectives import SYSTEMS
from vcn.methods.bcl.train import fit, split
from vcn.methods.hac import Hac
from vcn.methods.multiface.cluster import MultiFace, MultiFaceExemplars
from vcn.methods.multiface.train import SYSTEMS as MULTI_FACE
from vcn.methods.trackset import TrackSet, TrainingFilm, join
from vcn.weights.learned import Learned


class Fold(NamedTuple):
    """Who is learned from, and who is in the test films."""

    number: int
    train: tuple[str, ...]
    test: tuple[str, ...]


def folds(people: Sequence[str], n_folds: int) -> tuple[Fold, ...]:
    """Deal people out; each is in the test films of one fold."""
    return tuple(
        Fold(n, tuple(p for p in people if p not in people[n::n_folds]), tuple(people[n::n_folds]))
        for n in range(n_folds)
    )


@dataclass(frozen=True, slots=True)
class FoldFilms:
    """The test films of one fold, as a source of the benchmark."""

    faces: Path
    fold: Fold
    level: str
    n_tracks: int
    embed: Embedder
    cache_dir: Path | None

    @property
    def name(self) -> str:
        """Level, size and fold."""
        return f"{self.level}-{self.n_tracks}-fold{self.fold.number}"

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:
        """One film a seed."""
        film, truth = simulate(
            *(self.faces, self.level, self.n_tracks, seed, self.embed, self.fold.test),
            with_crops=with_crops,
            cache_dir=self.cache_dir,
        )
        return LabelledFilm(film, truth)


def training_films(
    faces: Path, fold: Fold, config: RetrainConfig, embed: Embedder, cache_dir: Path | None
) -> TrackSet:
    """The films that a fold is trained on, people by name."""

    def films() -> Iterator[TrainingFilm]:
        for seed in config.train_seeds:
            film, truth = simulate(
                *(faces, config.level, config.train_tracks, seed, embed, fold.train),
                with_crops=False,
                cache_dir=cache_dir,
            )
            yield TrainingFilm(
                replace(film, name=f"{film.name}-{seed}"),
                tuple(fold.train[person] for person in truth.tolist()),
            )

    return join(list(films()))


def measure(
    faces: Path,
    embed: Embedder,
    config: RetrainConfig,
    *,
    cache_dir: Path | None = None,
    only: Sequence[int] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Table, Mapping[str, object]]:
    """Train and test every fold.

    Args:
        faces: Photographs of known people.
        embed: The face model.
        config: Films, folds, seeds.
        cache_dir: Of embeddings.
        only: Numbers of the folds to run; None: all.
        tell: Is told each step.

    Returns:
        The table, and what it was measured on.
    """
    rows: list[Row] = []
    thresholds: dict[str, list[float]] = {}
    people = load_photos(faces).names
    for fold in folds(people, config.n_folds):
        if only is not None and fold.number not in only:
            continue
        tracks = training_films(faces, fold, config, embed, cache_dir)
        source = FoldFilms(faces, fold, config.level, config.test_tracks, embed, cache_dir)
        for seed in config.seeds:
            entries: list[Entry] = []
            for system in SYSTEMS:
                tell(f"fold {fold.number}, seed {seed}: train {system}")
                learned = _train(tracks, system, config, seed)
                thresholds.setdefault(system, []).append(learned.threshold or 0.0)
                entries += _entries(learned)
            if seed == config.seeds[0]:
                entries += _others()
            tell(f"fold {fold.number}, seed {seed}: test")
            table = run([source], entries, replace(BenchmarkConfig(), seeds=config.test_seeds))
            # Rows of one film are told apart by the seed that the system was trained with.
            rows += [replace(row, seed=row.seed + 1000 * seed) for row in table.rows]
    protocol = {
        "folds": config.n_folds,
        "folds run": [n for n in range(config.n_folds) if only is None or n in only],
        "training": f"{len(config.train_seeds)} films of {config.train_tracks} tracks a fold",
        "training seeds": list(config.seeds),
        "held out to validate": config.validation_people,
        "thresholds": {name: [round(t, 4) for t in values] for name, values in thresholds.items()},
    }
    return Table(tuple(rows), protocol), protocol


def _train(tracks: TrackSet, system: str, config: RetrainConfig, seed: int) -> Learned:
    ball = replace(
        BallConfig(),
        validation_people=config.validation_people,
        epochs=config.epochs,
        batch=config.batch,
    )
    return fit(split(tracks, ball, seed), system, ball, seed)


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


def _others() -> list[Entry]:
    """What needs no training on other films."""
    multi = [
        MultiFace(system, None, RunConfig().systems.multiface, system) for system in MULTI_FACE
    ]
    return [
        Informed("hac-oracle", Hac(), "hindsight"),
        Informed("hac-true-k", Hac(), "known_k"),
        *(Informed(each.name, each, "known_k") for each in multi),
        *(Blind(MultiFaceExemplars(each, f"{each.name}-ap")) for each in multi),
    ]
