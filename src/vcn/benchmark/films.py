"""Simulated films: photographs of known people dealt out into face tracks.

The recipe: a track is a seed photograph and its nearest neighbours among the same
person's remaining photographs, in the embedding space of the face model, so that a
track holds pictures that resemble each other as those of one shot do. People get
tracks in a long-tailed share. Each track draws a look (`degrade.py`) that its crops
share.

A photograph is in one track only for as long as a person's supply lasts. Then the
supply starts again, and the photograph returns under another look: with 2,137
photographs this happens in films of 600 tracks (about 2.2 times each), not in films
of 150.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from vcn.benchmark.degrade import LEVELS, draw_look, render, to_template, vary
from vcn.benchmark.photos import Photos
from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.runtime.whole import replacing
from vcn.stages.crops import sharpness
from vcn.types import Crops, Embeddings, FloatArray, ImageArray, IntArray

RECIPE_VERSION = 4
"""Raise it when a film of the same seed would change: cached embeddings depend on it."""

MEAN_CROPS = 8
LONG_TAIL = 0.8
"""Exponent of the share of the r-th person, r ** -LONG_TAIL."""
RARE_SHARE = 0.3
"""Share of the people who are in one or two tracks only, level `singletons`."""
CO_OCCURRING = 0.2
"""Share of the tracks that share their frames with a track of another person."""


class Embedder(Protocol):
    """A face model as the benchmark needs it."""

    @property
    def key(self) -> str:
        """Names the weights and their preprocessing: equal keys, equal embeddings."""
        ...

    @property
    def size(self) -> int:
        """Side of the crops."""
        ...

    @property
    def template(self) -> FloatArray:
        """(5, 2) landmarks in a crop."""
        ...

    @property
    def n_parts(self) -> int:
        """As `Embeddings` has it."""
        ...

    @property
    def impostor_cosine(self) -> float | None:
        """As `TrackFilm` has it."""
        ...

    def __call__(self, images: ImageArray) -> FloatArray:
        """Embed (N, S, S, 3) RGB crops: (N, D), not normalised."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Which photographs make up which track."""

    labels: IntArray
    """(T,) person of each track."""
    photo: tuple[IntArray, ...]
    """(T,) photographs of each track."""
    cannot_link: IntArray
    """(M, 2) pairs of tracks that share frames; each holds two people."""


def share_out(n_tracks: int, limits: IntArray, *, rare: int, rng: np.random.Generator) -> IntArray:
    """How many tracks each person gets: a long tail, at least two for a common person.

    Args:
        n_tracks: Tracks to deal out.
        limits: (K,) most tracks that each person's photographs allow.
        rare: How many people get one or two tracks only.
        rng: Decides who is common and who is rare.

    Returns:
        (K,) sums to `n_tracks`.

    Raises:
        UsageError: The tracks do not suffice, or the photographs do not.
    """
    n_people = len(limits)
    counts = np.zeros(n_people, np.int64)
    order = rng.permutation(n_people)
    counts[order[n_people - rare :]] = rng.integers(1, 3, rare)
    common = order[: n_people - rare]
    counts[common] = 2
    left = n_tracks - int(counts.sum())
    if left < 0 or int(np.maximum(limits[common] - 2, 0).sum()) < left:
        raise UsageError(
            f"{n_tracks} tracks cannot be dealt out to {n_people} people",
            f"Choose from {2 * n_people} to {int(limits.sum())} tracks",
        )
    weight = np.zeros(n_people)
    weight[common] = np.arange(1, len(common) + 1) ** -LONG_TAIL
    # Largest remainder, again for what a limit cut off.
    while left > 0:
        open_weight = np.where(counts < limits, weight, 0)
        ideal = left * open_weight / open_weight.sum()
        give = np.minimum(np.floor(ideal).astype(np.int64), np.maximum(limits - counts, 0))
        if give.sum() == 0:
            give[int(np.argmax(ideal))] = 1
        counts += give
        left -= int(give.sum())
    return counts


def plan_film(
    person: IntArray, space: FloatArray, level: str, n_tracks: int, rng: np.random.Generator
) -> Plan:
    """Deal the photographs out into tracks.

    Args:
        person: (P,) person of each photograph.
        space: (P, D) embedding of each photograph.
        level: Name in `LEVELS`.
        n_tracks: Number of tracks.
        rng: Source of all chance.
    """
    n_people = int(person[-1]) + 1
    supply = np.bincount(person, minlength=n_people)
    # A person's supply is dealt out this often; rare people leave the more to the rest.
    wanted = n_tracks * (2 if level == "singletons" else 1)
    uses = -(-wanted // max(1, int((supply // MEAN_CROPS).sum())))
    limits = np.maximum(supply * uses // MEAN_CROPS, 2)
    rare = round(RARE_SHARE * n_people) if level == "singletons" else 0
    counts = share_out(n_tracks, limits, rare=rare, rng=rng)
    labels = rng.permutation(np.repeat(np.arange(n_people), counts))
    unit = space / np.maximum(np.linalg.norm(space, axis=1, keepdims=True), 1e-12)
    pools: list[IntArray] = [np.flatnonzero(person == k) for k in range(n_people)]
    photo = []
    for k in labels:
        n_crops = min(4 + int(rng.poisson(MEAN_CROPS - 4)), 16, int(supply[k]))
        if len(pools[k]) < n_crops:
            pools[k] = np.flatnonzero(person == k)
        seed = int(rng.choice(pools[k]))
        near = np.argsort(-(unit[pools[k]] @ unit[seed]), kind="stable")[:n_crops]
        photo.append(pools[k][near])
        pools[k] = np.delete(pools[k], near)
    return Plan(labels, tuple(photo), _co_occurrence(labels, rng))


def _co_occurrence(labels: IntArray, rng: np.random.Generator) -> IntArray:
    """Pairs of tracks of two people in one frame, each track in at most one pair."""
    free = rng.permutation(len(labels))[: round(CO_OCCURRING * len(labels))].tolist()
    pairs = []
    while free:
        first = free.pop()
        partner = next((t for t in free if labels[t] != labels[first]), None)
        if partner is not None:
            free.remove(partner)
            pairs.append(sorted((first, partner)))
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def film_name(level: str, n_tracks: int, people: Sequence[str] | None = None) -> str:
    """Name of a simulated film in tables."""
    suffix = "" if people is None else f"-{len(people)}people"
    return f"{level}-{n_tracks}{suffix}"


def simulate(
    photos: Photos,
    level: str,
    n_tracks: int,
    seed: int,
    embed: Embedder,
    *,
    name: str = "",
    with_crops: bool = True,
    cache_dir: Path | None = None,
) -> tuple[TrackFilm, IntArray]:
    """Make one film. The same arguments give the same film.

    Embeddings are cached on disk, since they are the cost; pictures are rendered
    again from the seed.

    Args:
        photos: Of the people to use.
        level: `clean`, `degraded`, `hard` or `singletons`.
        n_tracks: Number of tracks.
        seed: Of everything that is drawn.
        embed: The face model.
        name: Of the film; "": level and tracks.
        with_crops: False leaves the pictures out of the film, when the embeddings
            are cached a film then costs nothing.
        cache_dir: Home of cached embeddings; None: `cache_folder()`.

    Returns:
        The film, and (T,) the person of each track.

    Raises:
        UsageError: There is no such level.
    """
    if level not in LEVELS:
        raise UsageError(f"no level {level!r}", f"Choose one of {', '.join(LEVELS)}")
    folder = cache_dir or cache_folder()
    space = _cached(
        folder,
        {"what": "photos", "photos": photos.digest, "model": embed.key},
        lambda: embed(
            np.stack([to_template(p, embed.template, embed.size) for p in photos.images])
        ),
    )
    key = {
        "what": "film",
        "recipe": RECIPE_VERSION,
        "photos": photos.digest,
        "model": embed.key,
        "level": level,
        "n_tracks": n_tracks,
        "seed": seed,
    }
    rng = np.random.default_rng([RECIPE_VERSION, seed, n_tracks, list(LEVELS).index(level)])
    plan = plan_film(photos.person, space, level, n_tracks, rng)
    crops = None
    if with_crops or not _cache_file(folder, key).is_file():
        crops = render_film(photos.images, plan, level, embed, rng)
    values = _cached(folder, key, lambda: embed(_images(crops)))
    sizes = [len(photo) for photo in plan.photo]
    film = TrackFilm(
        embeddings=Embeddings(
            values,
            np.repeat(np.arange(n_tracks), sizes),
            normalised=False,
            n_parts=embed.n_parts,
        ),
        n_tracks=n_tracks,
        crops=crops if with_crops else None,
        cannot_link=plan.cannot_link,
        impostor_cosine=embed.impostor_cosine,
        name=name or film_name(level, n_tracks),
    )
    return film, plan.labels


def _images(crops: Crops | None) -> ImageArray:
    assert crops is not None
    return crops.images


def render_film(
    photos: ImageArray, plan: Plan, level: str, embed: Embedder, rng: np.random.Generator
) -> Crops:
    """Render the crops of all tracks.

    Tracks lie one after the other on a film of 24 frames a second, a crop every 12
    frames; tracks that share frames start together.
    """
    n_tracks = len(plan.labels)
    images, resolution, frame = [], [], []
    partner = {int(b): int(a) for a, b in plan.cannot_link}
    start = np.zeros(n_tracks, np.int64)
    now = 0
    for track, chosen in enumerate(plan.photo):
        # Pairs are sorted, so the first of the two has its place already.
        start[track] = start[partner[track]] if track in partner else now
        now = max(now, int(start[track]) + 12 * len(chosen))
        look = draw_look(LEVELS[level], rng)
        for step, index in enumerate(chosen):
            own = vary(look, rng)
            images.append(render(photos[index], own, embed.template, embed.size, rng))
            resolution.append(own.resolution)
            frame.append(int(start[track]) + 12 * step)
    stack = np.stack(images)
    return Crops(
        images=stack,
        track_index=np.repeat(np.arange(n_tracks), [len(chosen) for chosen in plan.photo]),
        frame=np.array(frame),
        size=np.array(resolution, np.float32),
        sharpness=np.array([sharpness(image) for image in images], np.float32),
        score=np.ones(len(stack), np.float32),
    )


def cache_folder() -> Path:
    """Where embeddings are cached: $VCN_CACHE_DIR, else the user's cache folder."""
    chosen = os.environ.get("VCN_CACHE_DIR")
    if chosen:
        return Path(chosen) / "benchmark"
    from platformdirs import user_cache_path

    return user_cache_path("vcn") / "benchmark"


def _cache_file(folder: Path, key: dict[str, object]) -> Path:
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return folder / f"{key['what']}-{name[:32]}.npy"


def _cached(folder: Path, key: dict[str, object], make: _Make) -> FloatArray:
    path = _cache_file(folder, key)
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False), np.float32)
    values = np.asarray(make(), np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("wb") as stream:
        np.save(stream, values)
    return values


class _Make(Protocol):
    def __call__(self) -> FloatArray: ...
