"""Seasons whose truth is known: simulated films with one cast, and labelled films cut in two.

What is asked: does it cost accuracy to cluster each film on its own and link their people
(`vcn season`), beside clustering the tracks of all films at once?
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vcn.benchmark.films import Embedder, plan_film, render_film
from vcn.benchmark.photos import Photos, load_photos
from vcn.benchmark.sources import LabelledFilm
from vcn.config import RunConfig, SeasonConfig
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.chosen import as_chosen
from vcn.scores import bcubed
from vcn.season.cast import FilmCast, cast_of
from vcn.season.link import link_cast
from vcn.season.looks import looks_and_tracks
from vcn.stages.quality import crop_weights
from vcn.types import Crops, Embeddings, FloatArray, ImageArray, IntArray


@dataclass(frozen=True, slots=True)
class SeasonRecipe:
    """How a simulated season is made."""

    n_films: int
    n_tracks: int
    """Of each film."""
    cast: int
    """People of each film, of all the photographs' people."""
    levels: tuple[str, ...]
    """In turn, one a film (`degrade.LEVELS`)."""
    light: tuple[float, float]
    """Exponents of the grey curve of a whole film; uniform in the logarithm."""
    cast_of_light: float
    """Largest relative change of the gain of a colour channel in a whole film."""
    again: bool = False
    """Photographs come back in other films (needed for long seasons)."""


def simulate_season(
    faces: Path, recipe: SeasonRecipe, seed: int, embed: Embedder, space: FloatArray | None = None
) -> list[LabelledFilm]:
    """Films in which the same people are, in other light and with other pictures.

    A person's photographs are dealt out to the films by likeness: each film has a look of its
    own of everybody in it, and no photograph is in two films (unless `again`).

    Args:
        faces: One folder of 112x112 pictures for each person.
        recipe: What to make.
        seed: Of all chance.
        embed: The face model.
        space: (P, D) embeddings of the photographs, where they are known.
    """
    photos = load_photos(faces)
    rng = np.random.default_rng([seed, recipe.n_films, recipe.n_tracks])
    if space is None:
        space = embed_photos(photos, embed)
    n_people = len(photos.names)
    where = np.zeros((n_people, recipe.n_films), np.bool_)
    for film in range(recipe.n_films):
        where[rng.choice(n_people, recipe.cast, replace=False), film] = True
    part = np.full(len(photos.person), -1)
    for person in range(n_people):
        for film, rows in _looks(
            space, np.flatnonzero(photos.person == person), where[person], rng
        ):
            part[rows] = film
    return [
        _film(photos, space, part, np.flatnonzero(where[:, film]), film, recipe, embed, rng)
        for film in range(recipe.n_films)
    ]


def embed_photos(photos: Photos, embed: Embedder) -> FloatArray:
    """(P, D) embeddings of the photographs as they are."""
    from vcn.benchmark.degrade import to_template

    return embed(np.stack([to_template(p, embed.template, embed.size) for p in photos.images]))


def _looks(
    space: FloatArray, rows: IntArray, where: np.ndarray, rng: np.random.Generator
) -> list[tuple[int, IntArray]]:
    """The photographs of a person for each film: neighbours of a seed among those left."""
    films = rng.permutation(np.flatnonzero(where))
    out, left = [], rows
    for n, film in enumerate(films.tolist()):
        share = len(left) // (len(films) - n)
        unit = space[left] / np.linalg.norm(space[left], axis=1, keepdims=True)
        near = np.argsort(-(unit @ unit[rng.integers(len(left))]), kind="stable")[:share]
        out.append((film, left[near]))
        left = np.delete(left, near)
    return out


def _film(
    photos: Photos,
    space: FloatArray,
    part: IntArray,
    people: IntArray,
    number: int,
    recipe: SeasonRecipe,
    embed: Embedder,
    rng: np.random.Generator,
) -> LabelledFilm:
    allowed = np.isin(photos.person, people) & ((part == number) | recipe.again)
    rows = np.flatnonzero(allowed)
    person = np.searchsorted(people, photos.person[rows])
    level = recipe.levels[number % len(recipe.levels)]
    plan = plan_film(person, space[rows], level, recipe.n_tracks, rng)
    crops = render_film(photos.images[rows], plan, level, embed, rng)
    gamma = float(np.exp(rng.uniform(*np.log(recipe.light))))
    gains = np.float32(1) + rng.uniform(-recipe.cast_of_light, recipe.cast_of_light, 3).astype(
        np.float32
    )
    crops = replace(crops, images=_lit(crops.images, gamma, gains))
    sizes = [len(photo) for photo in plan.photo]
    film = TrackFilm(
        Embeddings(
            embed(crops.images),
            np.repeat(np.arange(recipe.n_tracks), sizes),
            normalised=False,
            n_parts=embed.n_parts,
        ),
        recipe.n_tracks,
        crops,
        plan.cannot_link,
        embed.impostor_cosine,
        name=f"film {number}",
    )
    return LabelledFilm(film, people[plan.labels])


def _lit(images: ImageArray, gamma: float, gains: FloatArray) -> ImageArray:
    levels = np.arange(256)[:, None] / 255
    table = np.clip(255 * levels**gamma * gains, 0, 255).astype(np.uint8)  # (256, 3)
    return np.stack([table[images[..., c], c] for c in range(3)], axis=-1)


def cut_in_two(whole: LabelledFilm) -> list[LabelledFilm]:
    """The two halves of a film, by the time at which tracks begin."""
    film, n = whole.film, whole.film.n_tracks
    begins = np.full(n, np.iinfo(np.int64).max)
    assert film.crops is not None
    np.minimum.at(begins, film.crops.track_index, film.crops.frame)
    order = np.argsort(begins, kind="stable")
    return [part_of(whole, np.sort(half)) for half in (order[: n // 2], order[n // 2 :])]


def part_of(whole: LabelledFilm, tracks: IntArray) -> LabelledFilm:
    """Some tracks of a film, by their faces alone."""
    film = whole.film
    place = np.full(film.n_tracks, -1)
    place[tracks] = np.arange(len(tracks))
    rows = np.flatnonzero(place[film.embeddings.track_index] >= 0)
    crops = film.crops
    assert crops is not None
    index = place[film.embeddings.track_index[rows]]
    own = Crops(
        crops.images[rows],
        index,
        crops.frame[rows],
        crops.size[rows],
        crops.sharpness[rows],
        crops.score[rows],
        None if crops.landmarks is None else crops.landmarks[rows],
    )
    pairs = place[film.cannot_link if film.cannot_link is not None else np.zeros((0, 2), int)]
    return LabelledFilm(
        TrackFilm(
            Embeddings(
                film.embeddings.values[rows],
                index,
                normalised=False,
                n_parts=film.embeddings.n_parts,
            ),
            len(tracks),
            own,
            pairs[(pairs >= 0).all(axis=1)],
            film.impostor_cosine,
            film.margin_loss,
            film.name,
        ),
        whole.truth[tracks],
    )


def all_in_one(films: Sequence[LabelledFilm]) -> LabelledFilm:
    """The tracks of all films as those of one."""
    first = np.cumsum([0, *(film.film.n_tracks for film in films)])
    crops = [film.film.crops for film in films]
    values = np.concatenate([film.film.embeddings.values for film in films])
    index = np.concatenate(
        [f.film.embeddings.track_index + at for f, at in zip(films, first, strict=False)]
    )
    # Films lie one after the other in time, too.
    length = [0 if c is None or len(c) == 0 else int(c.frame.max()) + 1 for c in crops]
    begin = np.cumsum([0, *length])
    some = [(c, b) for c, b in zip(crops, begin, strict=False) if c is not None]
    marks = [c.landmarks for c, _ in some if c.landmarks is not None]
    joint = Crops(
        np.concatenate([c.images for c, _ in some]),
        index,
        np.concatenate([c.frame + b for c, b in some]),
        np.concatenate([c.size for c, _ in some]),
        np.concatenate([c.sharpness for c, _ in some]),
        np.concatenate([c.score for c, _ in some]),
        landmarks=np.concatenate(marks) if len(marks) == len(some) else None,
    )
    pairs = [
        f.film.cannot_link + at
        for f, at in zip(films, first, strict=False)
        if f.film.cannot_link is not None
    ]
    return LabelledFilm(
        TrackFilm(
            Embeddings(values, index, normalised=False, n_parts=films[0].film.embeddings.n_parts),
            int(first[-1]),
            joint,
            np.concatenate(pairs),
            films[0].film.impostor_cosine,
            films[0].film.margin_loss,
        ),
        np.concatenate([film.truth for film in films]),
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """How well one way found the people of a season, and how long it took."""

    f: float
    """B-cubed F over labelled tracks; one that is unknown stands alone."""
    precision: float
    recall: float
    n_people: int
    seconds: float
    """Processor time, of linking or of clustering all at once."""
    seconds_of_films: float = 0.0
    """Of clustering each film, before."""


def by_linking(
    films: Sequence[LabelledFilm], config: RunConfig, season: SeasonConfig, seed: int
) -> Measured:
    """Each film on its own, then their people linked, as `vcn season` does."""
    begin = time.process_time()
    found = [_cluster(film.film, config, seed) for film in films]
    between = time.process_time()
    casts: list[FilmCast] = []
    of_track: list[IntArray] = []
    n_items = 0
    for film, (labels, usable) in zip(films, found, strict=True):
        crops = film.film.crops
        assert crops is not None
        weights = crop_weights(crops) if config.quality.weigh_crops else None
        looks, look = looks_and_tracks(
            labels, film.film.embeddings, crops, usable, season.looks, weights=weights
        )
        pairs = film.film.cannot_link
        apart = look[pairs if pairs is not None else np.zeros((0, 2), np.int64)]
        apart = apart[(apart >= 0).all(axis=1) & (apart[:, 0] != apart[:, 1])]
        n_people = int(labels.max(initial=-1)) + 1
        casts.append(FilmCast(looks, (None,) * n_people, apart, firm=False))
        of_track.append(np.where(look >= 0, look + n_items, -1))
        n_items += len(looks)
    cast = cast_of(casts)
    linked = link_cast(cast, films[0].film.impostor_cosine, season, config.evidence)
    track = np.concatenate(of_track)
    labels = np.where(track >= 0, linked.labels[track], -1)
    end = time.process_time()
    truth = np.concatenate([film.truth for film in films])
    return _measured(truth, labels, end - between, between - begin)


def all_at_once(films: Sequence[LabelledFilm], config: RunConfig, seed: int) -> Measured:
    """All tracks of all films clustered as those of one."""
    whole = all_in_one(films)
    begin = time.process_time()
    labels, _ = _cluster(whole.film, config, seed)
    return _measured(whole.truth, labels, time.process_time() - begin, 0.0)


def _cluster(film: TrackFilm, config: RunConfig, seed: int) -> tuple[IntArray, np.ndarray]:
    method = as_chosen(VideoClusterNet(), config)
    run = method.run(film, seed)
    return run.clustering.labels, run.quality.crop_ok


def _measured(truth: IntArray, labels: IntArray, seconds: float, before: float) -> Measured:
    alone = np.arange(len(labels)) + int(labels.max(initial=0)) + 1
    known = truth >= 0
    score = bcubed(truth[known], np.where(labels >= 0, labels, alone)[known])
    return Measured(
        score.f, score.precision, score.recall, int(labels.max(initial=-1)) + 1, seconds, before
    )
