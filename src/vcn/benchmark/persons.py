"""Systems that cluster people by face, body and voice, compared on VPCD's layout.

Source of the layout: SYSTEMS of this project and the readme of VPCD as others quote it; the
data was not at hand. An episode has, by field and then by track: `face`, `body` and `back`
(rows that begin with a frame), `face_feats`, `body_feats` and `back_feats`, `GT` and
`back_GT`; and `Voice`: by label `frames` (first and last frame of each utterance) and
`features`. A back is a track without a face. An utterance is a clue of the tracks of its
label that are on screen while it lasts: VPCD names the speaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import MuHpcConfig, RadNetConfig
from vcn.equations.co_occurrence import co_occurring
from vcn.errors import DataError
from vcn.methods.muhpc import BReId, MuHpc
from vcn.methods.persons import PersonFilm, PersonMethod
from vcn.methods.radnet import Labelled, train
from vcn.scores import character, nmi, wcp
from vcn.types import UNKNOWN, Embeddings, FloatArray, IntArray
from vcn.weights.plainpickle import load_pickle

_HINT = "It needs PROGRAMME.pkl of VPCD: www.robots.ox.ac.uk/~abrown/VPCD.tar.gz"


def read_persons(path: Path) -> tuple[Labelled, ...]:
    """Read a programme: a film an episode.

    Args:
        path: PROGRAMME.pkl, a pickle of plain data; code in it is not run.

    Raises:
        DataError: It is something else.
    """
    content = load_pickle(path)
    episodes = content if isinstance(content, dict) else {}
    films = tuple(
        _episode(f"{path.stem}/{name}", fields)
        for name, fields in episodes.items()
        if isinstance(fields, dict) and isinstance(fields.get("GT"), dict)
    )
    if not films:
        raise DataError(f"{path} holds no episode with GT", _HINT)
    return films


def _episode(name: str, fields: Mapping[str, Any]) -> Labelled:
    keys = [*((key, "") for key in fields["GT"]), *((key, "back_") for key in _of(fields, "back"))]
    truth = [str(fields[f"{kind}GT"][key]) for key, kind in keys]
    _, person = np.unique(truth, return_inverse=True)
    frames = [_frames(name, fields, key, kind) for key, kind in keys]
    face = [None if kind else _of(fields, "face_feats").get(key) for key, kind in keys]
    body = [_of(fields, f"{kind or 'body_'}feats").get(key) for key, kind in keys]
    spoken = [_utterances(fields, label, seen) for label, seen in zip(truth, frames, strict=True)]
    film = PersonFilm(
        face=_embeddings(name, face),
        body=_embeddings(name, body),
        voice=_embeddings(name, spoken),
        shot=_shots(frames),
        cannot_link=co_occurring(frames),
        name=name,
    )
    return Labelled(film, person)


def _of(fields: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _frames(name: str, fields: Mapping[str, Any], key: object, kind: str) -> IntArray:
    for field in ("back",) if kind else ("face", "body"):
        rows = _of(fields, field).get(key)
        if rows is not None:
            return np.unique(np.atleast_2d(np.asarray(rows, np.float64))[:, 0].astype(np.int64))
    raise DataError(f"{name}: track {key!r} has no frames", _HINT)


def _utterances(fields: Mapping[str, Any], label: str, seen: IntArray) -> Any:
    said = _of(fields, "Voice").get(label)
    if not isinstance(said, dict) or not len(said.get("features", ())):
        return None
    when = np.asarray(said["frames"], np.float64).reshape(len(said["features"]), -1)
    during = (when[:, 0] <= seen[-1]) & (when[:, -1] >= seen[0])
    return np.asarray(said["features"], np.float32)[during]


def _embeddings(name: str, parts: Sequence[Any]) -> Embeddings:
    try:
        rows = [
            np.zeros((0, 0), np.float32)
            if part is None or not np.size(part)
            else np.atleast_2d(np.asarray(part, np.float32))
            for part in parts
        ]
        width = max((part.shape[1] for part in rows), default=0) or 1
        values: FloatArray = np.concatenate(
            [np.zeros((0, width), np.float32), *(part for part in rows if len(part))]
        )
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} has features of several widths: {error}", _HINT) from error
    index = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
    return Embeddings(values, index, normalised=False)


def _shots(frames: Sequence[IntArray]) -> IntArray:
    """(T,) a shot each: VPCD does not say them, so a new one begins where no track goes on."""
    order = sorted(range(len(frames)), key=lambda t: (int(frames[t][0]), int(frames[t][-1])))
    shots = np.zeros(len(frames), np.int64)
    shot, until = -1, -1
    for track in order:
        if int(frames[track][0]) > until:
            shot += 1
        until = max(until, int(frames[track][-1]))
        shots[track] = shot
    return shots


def exchanged(film: PersonFilm, ratio: float, seed: int) -> PersonFilm:
    """RAD-Net V-B2: a share of the tracks swap their bodies, as where two stand too close."""
    body = film.body
    rng = np.random.default_rng(seed)
    owner = np.arange(film.n_tracks)
    some = np.flatnonzero((rng.random(film.n_tracks) < ratio) & np.isin(owner, body.track_index))
    owner[some] = np.roll(rng.permutation(some), 1)[np.argsort(np.argsort(some))]
    rows = [np.flatnonzero(body.track_index == of) for of in owner]
    index = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
    values = body.values[np.concatenate([np.zeros(0, np.int64), *rows])]
    return replace(film, body=replace(body, values=values, track_index=index))


@dataclass(frozen=True, slots=True)
class Row:
    """Mean scores of a system over the films of one programme."""

    programme: str
    system: str
    wcp: float
    nmi: float
    cp: float
    cr: float
    clusters: float
    """Found over true."""


def compare(
    programmes: Mapping[str, Sequence[Labelled]],
    config: RadNetConfig,
    muhpc: MuHpcConfig,
    seed: int,
    *,
    ablation: bool,
    noise: float,
    test: Sequence[str],
    on_epoch: Callable[[int, float], None] | None = None,
) -> Iterator[Row]:
    """Each programme in turn: systems that learn see only the others.

    Args:
        programmes: Films by programme.
        config: Of RAD-Net.
        muhpc: Of MuHPC and B-ReID.
        seed: Of training and noise.
        ablation: RAD-Net also with faces alone, with body and with voice.
        noise: Share of tracks whose bodies are exchanged, in every film.
        test: Programmes to be tested; all where empty.
        on_epoch: Told how training goes.

    Raises:
        DataError: There is only one programme.
    """
    if len(programmes) < 2:
        raise DataError("there is only one programme: nothing is left to learn from")
    noisy = {
        name: [replace(one, film=exchanged(one.film, noise, seed)) for one in films]
        for name, films in programmes.items()
    }
    sets = [("face",), ("face", "body"), ("face", "voice")] if ablation else []
    for name in test or noisy:
        learn = [one for other, films in noisy.items() if other != name for one in films]
        for modalities in (*sets, config.modalities):
            net = train(learn, replace(config, modalities=modalities), seed, on_epoch)
            label = (
                "radnet" if modalities == config.modalities else f"radnet {'+'.join(modalities)}"
            )
            yield _row(name, label, net, noisy[name], seed)
        for method in (MuHpc(muhpc), BReId(muhpc)):
            yield _row(name, method.name, method, noisy[name], seed)


def _row(
    programme: str, system: str, method: PersonMethod, films: Sequence[Labelled], seed: int
) -> Row:
    scores = []
    for one in films:
        labels = method(one.film, seed).labels.copy()
        alone = labels == UNKNOWN  # nobody's: each its own, as an assignment must say something
        labels[alone] = labels.max(initial=-1) + 1 + np.arange(int(alone.sum()))
        of_people = character(one.person, labels)
        found = len(np.unique(labels)) / len(np.unique(one.person))
        scores.append(
            (
                wcp(one.person, labels),
                nmi(one.person, labels),
                of_people.precision,
                of_people.recall,
                found,
            )
        )
    return Row(programme, system, *(float(value) for value in np.mean(scores, axis=0)))


def read_folder(folder: Path) -> dict[str, tuple[Labelled, ...]]:
    """The films of every programme in a folder.

    Raises:
        DataError: There is none, or one of them is something else.
    """
    files = sorted(folder.glob("*.pkl"))
    if not files:
        raise DataError(f"there is no .pkl in {folder}", _HINT)
    return {file.stem: read_persons(file) for file in files}
