"""The layouts in which the data of the papers is published, read as named films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcn.errors import DataError
from vcn.evaluate.truth import TrackTruth, read_truth
from vcn.methods import TrackFilm
from vcn.types import Embeddings, IntArray
from vcn.weights.plainpickle import load_pickle

BCL_HINT = (
    "It needs ids/NAME.ids and features/NAME/TRACK.npy, as in features.tar.gz of "
    "www.cs.toronto.edu/~makarand/downloads/bcl_iccv2019"
)
VPCD_HINT = "It needs PROGRAMME.pkl of VPCD: www.robots.ox.ac.uk/~abrown/VPCD.tar.gz"


class NamedFilm(NamedTuple):
    """A film, and who is in each of its tracks."""

    film: TrackFilm
    people: tuple[str, ...]
    """(T,)"""


def read_bcl(features_dir: Path, ids: Path) -> NamedFilm:
    """Read an episode of BBT or Buffy as its authors lay it out (BCL, `evaluate.py`).

    Args:
        features_dir: One `TRACK.npy` (n, D) a track.
        ids: `CVHCI_TRACKLABELS_V1`: a header, then track number and name a line. Background
            people have names of their own ("unknown_e03_10"). Tracks that share a frame are
            read from NAME.pairs beside it, two track numbers a line, where it is there: a
            layout of our own, the tracks are published in another.

    Raises:
        DataError: A file is missing or not as described.
    """
    labelled = read_truth(ids, leave_out=())
    if not isinstance(labelled, TrackTruth):
        raise DataError(f"{ids} does not label tracks")
    names = dict(zip(labelled.track.tolist(), labelled.identity, strict=True))
    features, index = [], []
    people: list[str] = []
    position: dict[int, int] = {}
    for path in sorted(features_dir.glob("*.npy"), key=lambda path: path.stem.zfill(9)):
        if not path.stem.isdigit() or int(path.stem) not in names:
            raise DataError(f"{path} is not a track of {ids}")
        position[int(path.stem)] = len(people)
        values = _rows(path)
        features.append(values)
        index.append(np.full(len(values), len(people)))
        people.append(names[int(path.stem)])
    if not features:
        raise DataError(f"no .npy in {features_dir}", BCL_HINT)
    if len({values.shape[1] for values in features}) > 1:
        raise DataError(f"the tracks in {features_dir} have features of different widths")
    film = TrackFilm(
        embeddings=Embeddings(np.concatenate(features), np.concatenate(index), normalised=False),
        n_tracks=len(people),
        cannot_link=_pairs(ids.with_suffix(".pairs"), position),
        name=ids.stem,
    )
    return NamedFilm(film, tuple(people))


def read_bcl_folder(folder: Path, *, required: bool) -> Iterator[NamedFilm]:
    """All episodes below a folder: NAME.ids anywhere, features in a folder NAME.

    Args:
        folder: The authors' `data`, or one with both beside each other.
        required: To have none is an error.

    Raises:
        DataError: An episode is not as described, or is missing.
    """
    ids = sorted(folder.rglob("*.ids"))
    if required and not ids:
        raise DataError(f"there are no films in {folder}", BCL_HINT)
    for path in ids:
        found = [
            candidate
            for candidate in (
                path.parent / path.stem,
                path.parent / "features" / path.stem,
                path.parent.parent / "features" / path.stem,
            )
            if candidate.is_dir()
        ]
        if not found:
            raise DataError(f"there are no features of {path}", BCL_HINT)
        yield read_bcl(found[0], path)


def read_vpcd(path: Path) -> tuple[NamedFilm, ...]:
    """Read the faces of a programme of VPCD: a film an episode.

    Its readme was not at hand. Both orders are read: episode, then field, then track, and
    field, then episode, then track; `face_feats` holds (256,) or (n, 256) features of a
    track, `GT` its person.

    Args:
        path: PROGRAMME.pkl, a pickle of plain data; code in it is not run.

    Raises:
        DataError: It is something else.
    """
    content = load_pickle(path)
    if isinstance(content, dict) and isinstance(content.get("face_feats"), dict):
        content = {
            episode: {field: content[field].get(episode) for field in ("face_feats", "GT")}
            for episode in content["face_feats"]
            if isinstance(content.get("GT"), dict)
        }
    episodes = content if isinstance(content, dict) else {}
    films = tuple(
        _vpcd_episode(path, f"{path.stem}/{name}", fields)
        for name, fields in episodes.items()
        if isinstance(fields, dict) and fields.get("face_feats")
    )
    if not films:
        raise DataError(f"{path} holds no episode with face_feats and GT", VPCD_HINT)
    return films


def _vpcd_episode(path: Path, name: str, fields: dict[Any, Any]) -> NamedFilm:
    features, people = fields["face_feats"], fields.get("GT")
    if not isinstance(features, dict) or not isinstance(people, dict):
        raise DataError(f"{path}, {name}: face_feats and GT must be dictionaries", VPCD_HINT)
    values: list[NDArray[np.float32]] = []
    index: list[NDArray[np.int64]] = []
    names: list[str] = []
    for track, rows in features.items():
        if track not in people:
            raise DataError(f"{path}, {name}: GT does not say who track {track!r} is")
        try:
            array = np.atleast_2d(np.asarray(rows, np.float32))
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}, {name}: track {track!r} has no features") from error
        if array.ndim != 2 or (values and array.shape[1] != values[0].shape[1]):
            raise DataError(f"{path}, {name}: track {track!r} has features of another width")
        values.append(array)
        index.append(np.full(len(array), len(names)))
        names.append(str(people[track]))
    film = TrackFilm(
        embeddings=Embeddings(np.concatenate(values), np.concatenate(index), normalised=False),
        n_tracks=len(names),
        name=name,
    )
    return NamedFilm(film, tuple(names))


def _rows(path: Path) -> NDArray[np.float32]:
    try:
        values = np.atleast_2d(np.load(path, allow_pickle=False))
        if values.ndim != 2 or not len(values) or values.dtype.kind not in "fiu":
            raise ValueError(f"an array of shape {values.shape} and type {values.dtype}")
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} does not hold the features of a track: {error}") from error
    if not np.isfinite(values).all():
        raise DataError(f"{path} holds features that are not finite")
    return values.astype(np.float32)


def _pairs(path: Path, position: dict[int, int]) -> IntArray | None:
    """(M, 2) tracks that share a frame, by position; None: not known."""
    if not path.is_file():
        return None
    pairs = []
    for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.replace(",", " ").split()
        if not words:
            continue
        if len(words) != 2 or not all(word.isdigit() for word in words):
            raise DataError(f"{path}, row {row}: two track numbers are needed")
        a, b = (position.get(int(word), -1) for word in words)
        if a >= 0 and b >= 0:
            pairs.append((a, b))
    return np.array(pairs, np.int64).reshape(-1, 2)
