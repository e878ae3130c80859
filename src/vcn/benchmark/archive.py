"""Made-up looks of an archive whose truth is known: how long does it take to link very many?

Each person is a direction; a look is it with the light of the film and with noise, in fewer
dimensions than an embedding has, so that some strangers are near. A few people are in
many films, most in few (Zipf's law).
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from vcn.config import EvidenceConfig, SeasonConfig
from vcn.scores import bcubed
from vcn.season.cast import FilmCast, cast_of
from vcn.season.link import link_cast
from vcn.season.looks import Looks, load_looks, save_looks
from vcn.types import IntArray

_KIB = 1024


@dataclass(frozen=True, slots=True)
class ArchiveRecipe:
    """What is made up."""

    n_films: int
    people: int
    """Of a film."""
    looks: int
    """Of a person in a film."""
    pool: int
    """People there are, for each film."""
    zipf: float
    """The n-th person is in a film n to the power of minus so much times as likely as the first."""
    dimensions: int
    noise: float
    """Of a look, beside people of deviation 1 in each dimension."""
    light: float
    """The same of a film."""
    together: int
    """Pairs of looks of a film that are drawn; of those, who are two people are seen together."""


_EMBEDDING = 128
_LENGTH = 0.92
"""Of the mean of a look's crops."""


def make_archive(recipe: ArchiveRecipe, seed: int, folder: Path) -> None:
    """Write the looks of each film as `vcn season` does, and who they are."""
    rng = np.random.default_rng(seed)
    n_people = recipe.pool * recipe.n_films
    people = rng.normal(size=(n_people, recipe.dimensions)).astype(np.float32)
    lift = np.linalg.qr(rng.normal(size=(_EMBEDDING, recipe.dimensions)))[0].T.astype(np.float32)
    share = np.arange(1, n_people + 1) ** -recipe.zipf
    person = np.repeat(np.arange(recipe.people), recipe.looks)
    for film in range(recipe.n_films):
        who = rng.choice(n_people, recipe.people, replace=False, p=share / share.sum())
        means = people[who][person] + rng.normal(size=recipe.dimensions) * recipe.light
        means = means + rng.normal(size=means.shape) * recipe.noise
        means *= _LENGTH / np.linalg.norm(means, axis=1, keepdims=True)
        looks = Looks(
            (means @ lift).astype(np.float32),
            person,
            np.full(len(person), 5),
            np.exp(rng.uniform(np.log(20), np.log(300), len(person))),
            np.zeros(len(person)),
            person,
        )
        path = folder / f"{film:06}"
        path.mkdir(parents=True)
        save_looks(looks, np.arange(len(person)), path / "looks.parquet")
        np.save(path / "who.npy", who[person])


@dataclass(frozen=True, slots=True)
class Linking:
    """How it went."""

    looks: int
    people: int
    seconds: float
    """Of reading and linking, by the clock."""
    processor_seconds: float
    gigabytes: float
    """The most memory that this process has had."""
    f: float
    """B-cubed."""
    precision: float
    recall: float
    found: int
    """People that were found."""

    def __str__(self) -> str:
        """A value a line."""
        return "\n".join(f"{field.name}: {getattr(self, field.name)}" for field in fields(self))


def link_archive(folder: Path, recipe: ArchiveRecipe, seed: int) -> Linking:
    """Read the looks of all films and link them."""
    begin, used = time.perf_counter(), time.process_time()
    rng = np.random.default_rng([seed, 1])
    films: list[FilmCast] = []
    truth: list[IntArray] = []
    for path in sorted(folder.iterdir()):
        looks, _ = load_looks(path / "looks.parquet")
        films.append(FilmCast(looks, (None,) * recipe.people, _seen(looks, recipe, rng), False))
        truth.append(np.load(path / "who.npy"))
    cast = cast_of(films)
    linked = link_cast(cast, 0.0, SeasonConfig(), EvidenceConfig())
    end, spent = time.perf_counter(), time.process_time()
    who = np.concatenate(truth)
    score = bcubed(who, linked.labels[cast.looks.person])
    return Linking(
        len(cast.looks),
        len(np.unique(who)),
        end - begin,
        spent - used,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB**2,
        score.f,
        score.precision,
        score.recall,
        int(linked.labels.max()) + 1,
    )


def _seen(looks: Looks, recipe: ArchiveRecipe, rng: np.random.Generator) -> IntArray:
    pairs = np.sort(rng.integers(0, len(looks), (recipe.together, 2)), axis=1)
    two = looks.person[pairs[:, 0]] != looks.person[pairs[:, 1]]
    return np.unique(pairs[two], axis=0)
