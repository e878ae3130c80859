"""Where films of the benchmark come from: simulated, or a user's features or pictures.

A source gives a film and its truth. The truth of a track is a number of a person, or
-1 where it is not known: such tracks are clustered, but not scored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vcn.benchmark.degrade import to_template
from vcn.benchmark.films import Embedder, film_name, simulate
from vcn.benchmark.photos import load_photos
from vcn.config import EvaluateConfig
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.scores import bcubed
from vcn.stages.crops import sharpness
from vcn.types import UNKNOWN, Crops, Embeddings, FloatArray, ImageArray, IntArray

NOBODY = ("", "-1", *EvaluateConfig().leave_out)
"""Names in labels that mean that the person is not known."""


class LabelledFaces(NamedTuple):
    """All N faces of truth whose person is known."""

    person: IntArray
    """(N,)."""
    track: IntArray
    """(N,) the track that a face is in, -1 = in none."""
    left_out: IntArray
    """(M,) the same of what is no face, or of nobody known."""

    def b3_f(self, labels: IntArray) -> float:
        """B-cubed F over all faces, so that finding more of them can never look like a loss.

        Args:
            labels: (T,) people of the tracks; an unknown track is a cluster of its own, and so
                is a face that is in no track.
        """
        named = as_singletons(labels)
        lost = named.max(initial=-1) + 1 + np.arange(len(self.track))
        seen = self.track >= 0
        found = np.where(seen, np.append(named, 0)[self.track], lost)
        return float(bcubed(self.person, found).f)


class LabelledFilm(NamedTuple):
    """A film and the truth about its tracks."""

    film: TrackFilm
    truth: IntArray
    """(T,) person of each track; -1: not known."""
    faces: LabelledFaces | None = None
    """None: truth is of tracks, not of faces in pictures."""


def as_singletons(labels: IntArray) -> IntArray:
    """Labels in which each unknown track is a cluster of its own."""
    out = labels.copy()
    unknown = np.flatnonzero(out == UNKNOWN)
    out[unknown] = out.max(initial=-1) + 1 + np.arange(len(unknown))
    return out


class Source(Protocol):
    """A film of the benchmark."""

    @property
    def name(self) -> str:
        """As in tables."""
        ...

    @property
    def level(self) -> str:
        """The group of films that it is averaged with."""
        ...

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:
        """The film; sources that draw nothing give the same one for each seed."""
        ...


@dataclass(frozen=True, slots=True)
class Simulated:
    """A film of photographs; another one for each seed."""

    faces_dir: Path
    level: str
    n_tracks: int
    embed: Embedder
    people: tuple[str, ...] | None = None
    cache_dir: Path | None = None

    @property
    def name(self) -> str:
        """Level, tracks and, where they were chosen, people."""
        return film_name(self.level, self.n_tracks, self.people)

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:
        """Simulate the film."""
        film, truth = simulate(
            load_photos(self.faces_dir, self.people),
            self.level,
            self.n_tracks,
            seed,
            self.embed,
            name=self.name,
            with_crops=with_crops,
            cache_dir=self.cache_dir,
        )
        return LabelledFilm(film, truth)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A film that is there: the same for each seed."""

    labelled: LabelledFilm
    level: str = "own"

    @property
    def name(self) -> str:
        """The film's name."""
        return self.labelled.film.name

    def load(self, seed: int, *, with_crops: bool) -> LabelledFilm:  # noqa: ARG002
        """The film, with its crops where it has any."""
        return self.labelled


def read_features(path: Path) -> LabelledFilm:
    """Read a film of features.

    Args:
        path: .npz with `features` (N, D); `track_index` (N,) from 0; `labels` (T,), one
            name or number a track, where -1 or "unknown" is not scored; and, where they
            are known, `cannot_link` (M, 2) tracks that share a frame, `impostor_cosine`,
            one number (see `TrackFilm`), `images`
            (N, S, S, 3) the crops on the face model's template, and `size`, `sharpness`,
            `score` (N,) of each crop.

    Raises:
        DataError: The file is not that.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path} as .npz: {error}") from error
    missing = [name for name in ("features", "track_index", "labels") if name not in arrays]
    if missing:
        raise DataError(f"{path} has no array {missing[0]!r}")
    try:
        return _film_of(arrays, path.stem)
    except DataError as error:
        raise DataError(f"{path}: {error.what}", error.hint) from error


def _film_of(arrays: dict[str, NDArray[Any]], name: str) -> LabelledFilm:
    labels = arrays["labels"]
    if labels.ndim != 1:
        raise DataError(f"labels must have shape (T,), got {labels.shape}")
    n_crops = _check(arrays, "features", "fiu", (None, None))
    _check(arrays, "track_index", "iu", (n_crops,))
    if "cannot_link" in arrays and arrays["cannot_link"].size:
        _check(arrays, "cannot_link", "iu", (None, 2))
        if (arrays["cannot_link"][:, 0] == arrays["cannot_link"][:, 1]).any():
            raise DataError("cannot_link must hold pairs of two tracks")
    if "images" in arrays:
        side = arrays["images"].shape[1] if arrays["images"].ndim > 1 else 1
        _check(arrays, "images", "u", (n_crops, side, side, 3))
        for column in {"size", "sharpness", "score"} & set(arrays):
            _check(arrays, column, "fiu", (n_crops,))
    order = np.argsort(arrays["track_index"], kind="stable")
    index = arrays["track_index"][order]
    links = arrays.get("cannot_link")
    film = TrackFilm(
        embeddings=Embeddings(arrays["features"][order], index, normalised=False),
        n_tracks=len(labels),
        crops=_crops(arrays, order, index) if "images" in arrays else None,
        cannot_link=links if links is not None and links.size else None,
        impostor_cosine=_number(arrays, "impostor_cosine"),
        name=name,
    )
    return LabelledFilm(film, numbered(labels.astype(str)))


def _check(
    arrays: dict[str, NDArray[Any]], name: str, kinds: str, shape: tuple[int | None, ...]
) -> int:
    """The number of rows; None in the shape: any number from 1 (of rows: from 0).

    Raises:
        DataError: The array has another shape, or holds something else.
    """
    array = arrays[name]
    if array.dtype.kind not in kinds:
        whole = "whole " if "f" not in kinds else ""
        raise DataError(f"{name} must hold {whole}numbers, got {array.dtype}")
    fits = array.ndim == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits or 0 in array.shape[1:]:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        comma = "," if len(shape) == 1 else ""
        raise DataError(f"{name} must have shape ({wanted}{comma}), got {array.shape}")
    return len(array)


def _number(arrays: dict[str, NDArray[Any]], name: str) -> float | None:
    if name not in arrays:
        return None
    if arrays[name].size != 1 or arrays[name].dtype.kind not in "fiu":
        raise DataError(f"{name} must be one number")
    value = float(np.asarray(arrays[name], np.float64).reshape(()))
    if not np.isfinite(value):
        raise DataError(f"{name} must be finite")
    return value


def _crops(arrays: dict[str, NDArray[Any]], order: IntArray, index: IntArray) -> Crops:
    images = np.asarray(arrays["images"], np.uint8)[order]
    n = len(images)

    def column(name: str, otherwise: FloatArray) -> FloatArray:
        return np.asarray(arrays[name], np.float32)[order] if name in arrays else otherwise

    return Crops(
        images=images,
        track_index=index,
        frame=np.arange(n),
        size=column("size", np.full(n, images.shape[1], np.float32)),
        sharpness=column("sharpness", _sharpness(images)),
        score=column("score", np.ones(n, np.float32)),
    )


def read_folder(folder: Path, embed: Embedder) -> LabelledFilm:
    """Read a folder of tracks: DIR/person/track/*.jpg, or DIR/track/*.jpg + labels.csv.

    Pictures are square, aligned to the ArcFace template, of any size; .png serves too.
    labels.csv has the columns `track` (name of the folder) and `person`.

    Args:
        folder: The folder.
        embed: The face model.

    Raises:
        DataError: There are no tracks, or a picture is not square.
    """
    labels_file = folder / "labels.csv"
    if labels_file.is_file():
        with labels_file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        if not rows or not {"track", "person"} <= set(rows[0]):
            raise DataError(f"{labels_file} needs the columns track and person")
        tracks = [(folder / row["track"], row["person"]) for row in rows]
    else:
        tracks = [
            (track, person.name)
            for person in sorted(path for path in folder.glob("*") if path.is_dir())
            for track in sorted(path for path in person.glob("*") if path.is_dir())
        ]
    if not tracks:
        raise DataError(f"no tracks in {folder}", "It needs DIR/person/track/*.jpg")
    images, sizes, index = [], [], []
    for position, (path, _) in enumerate(tracks):
        files = sorted([*path.glob("*.jpg"), *path.glob("*.png")])
        if not files:
            raise DataError(f"no pictures in {path}")
        for file in files:
            image = _read_square(file)
            images.append(to_template(image, embed.template, embed.size))
            sizes.append(image.shape[0])
            index.append(position)
    stack = np.stack(images)
    film = TrackFilm(
        embeddings=Embeddings(
            embed(stack), np.array(index), normalised=False, n_parts=embed.n_parts
        ),
        n_tracks=len(tracks),
        crops=Crops(
            images=stack,
            track_index=np.array(index),
            frame=np.arange(len(index)),
            size=np.array(sizes, np.float32),
            sharpness=_sharpness(images),
            score=np.ones(len(index), np.float32),
        ),
        impostor_cosine=embed.impostor_cosine,
        name=folder.name,
    )
    return LabelledFilm(film, numbered([person for _, person in tracks]))


def numbered(names: Sequence[str] | NDArray[np.str_]) -> IntArray:
    """Numbers for names, in the order of the names; -1 for `NOBODY`."""
    values = np.asarray(names, dtype=np.str_)
    nobody = np.isin(np.char.lower(values), NOBODY)
    labels = np.full(len(values), UNKNOWN, np.int64)
    labels[~nobody] = np.unique(values[~nobody], return_inverse=True)[1]
    return labels


def _sharpness(images: Iterable[ImageArray]) -> FloatArray:
    return np.array([sharpness(image) for image in images], np.float32)


def _read_square(path: Path) -> ImageArray:
    import cv2

    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None or image.shape[0] != image.shape[1]:
        raise DataError(f"{path} is not a square picture")
    return np.ascontiguousarray(image[..., ::-1])
