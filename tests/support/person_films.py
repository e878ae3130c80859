"""Films of people with face, body and voice, made with a known noise for each modality."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vcn.methods.persons import PersonFilm, unit
from vcn.methods.radnet import Labelled
from vcn.types import Embeddings

WIDTH = 16
NOISE = {"face": 0.32, "body": 0.3, "voice": 0.12}
"""Deviation of a value of a clue around its track's centre, in units of 1 / sqrt(WIDTH) * 4."""


def person_film(
    seed: int,
    n_people: int = 6,
    n_tracks: int = 60,
    clues: int = 5,
    turned: float = 0.3,
    speaks: float = 0.6,
    noise: float = 0.0,
) -> Labelled:
    """A film of a long-tailed cast.

    A share of the faces is `turned` away and says little. Bodies wear the clothes of their
    scene (three of them). `noise`: share of bodies that hang at another track (V-B2).
    """
    rng = np.random.default_rng(seed)
    person = np.concatenate([np.arange(n_people), rng.zipf(1.6, size=10 * n_tracks) - 1])
    person = person[person < n_people][:n_tracks]
    scene = np.sort(rng.integers(0, 3, n_tracks))
    face_of, voice_of = (_people(rng, n_people) for _ in range(2))
    clothes = np.stack([_people(rng, n_people) for _ in range(3)])
    weak = rng.random(n_tracks) < turned
    face, body, voice = [], [], []
    for track in range(n_tracks):
        who = person[track]
        spread = NOISE["face"] * (1.8 if weak[track] else 0.7)
        face.append(_clues(rng, face_of[who], spread, clues))
        body.append(_clues(rng, clothes[scene[track], who], NOISE["body"], clues))
        voice.append(_clues(rng, voice_of[who], NOISE["voice"], int(rng.random() < speaks)))
    swap = np.flatnonzero(rng.random(n_tracks) < noise)
    for track, other in zip(swap, rng.permutation(swap), strict=True):
        if track < other:
            body[track], body[other] = body[other], body[track]
    film = PersonFilm(
        *(_embeddings(parts) for parts in (face, body, voice)),
        shot=np.arange(n_tracks),
        cannot_link=np.zeros((0, 2), np.int64),
        name=f"synthetic {seed}",
    )
    return Labelled(film, person)


def _people(rng: np.random.Generator, n: int) -> np.ndarray:
    return unit(rng.standard_normal((n, WIDTH)).astype(np.float32))


def _clues(rng: np.random.Generator, centre: np.ndarray, spread: float, n: int) -> np.ndarray:
    shared = 0.8 * spread * rng.standard_normal(WIDTH)  # light, pose: of the whole track
    own = 0.6 * spread * rng.standard_normal((n, WIDTH))
    return unit((centre + shared + own).astype(np.float32))


def _embeddings(parts: list[np.ndarray]) -> Embeddings:
    index = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Embeddings(np.concatenate(parts), index, normalised=True)


def write_vpcd(path: Path, films: Sequence[Labelled]) -> Path:
    """Write films in VPCD's layout, an episode each; each track is a second long."""
    content = {}
    for number, one in enumerate(films, start=1):
        film = one.film
        frames = {t: np.arange(100 * t, 100 * t + 25) for t in range(film.n_tracks)}
        boxes = {
            t: np.stack([seen, *np.full((4, len(seen)), 50)], axis=1) for t, seen in frames.items()
        }
        voices: dict[str, dict[str, list[np.ndarray]]] = {}
        for row, t in enumerate(film.voice.track_index.tolist()):
            said = voices.setdefault(f"person {one.person[t]}", {"frames": [], "features": []})
            said["frames"].append(np.array([100 * t + 5, 100 * t + 15]))
            said["features"].append(film.voice.values[row])
        content[f"s01e{number:02d}"] = {
            "face": boxes,
            "body": boxes,
            "GT": {t: f"person {one.person[t]}" for t in frames},
            **{f"{m}_feats": _by_track(film.of(m)) for m in ("face", "body")},
            "Voice": {
                label: {name: np.stack(rows) for name, rows in said.items()}
                for label, said in voices.items()
            },
        }
    with path.open("wb") as stream:
        pickle.dump(content, stream)
    return path


def _by_track(clues: Embeddings) -> dict[int, np.ndarray]:
    return {t: clues.values[clues.track_index == t] for t in np.unique(clues.track_index).tolist()}
