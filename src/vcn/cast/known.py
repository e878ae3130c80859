"""People with names: what they look like to one face model, in one file (cast.people)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcn.corrections.entries import clean_name, folded
from vcn.errors import DataError, PackError
from vcn.season.looks import Looks
from vcn.types import BoolArray
from vcn.weights.sealed import Kind, read_sealed, write_sealed

SUFFIX = ".people"
_FORM = "vcn-people-1"
_KIND = Kind(
    _FORM,
    "file of people",
    "is no file of people",
    "is no file of people of this version of vcn",
    "Make it again with `vcn people export` or `vcn cluster --cast DIR`",
)


@dataclass(frozen=True, slots=True)
class Known:
    """P people with names, in L looks."""

    names: tuple[str, ...]
    """(P,) no two the same."""
    looks: Looks
    """Every person has one or more."""
    photograph: BoolArray
    """(L,) looks of photographs, not of a film."""
    pictures: tuple[tuple[bytes, ...], ...]
    """(P,) a few JPEG pictures of each."""
    pack: str
    face_model: str
    """SHA-256 of the file of the face model: its looks cannot be compared with another's."""
    source: str
    """Where they come from, for people to read."""

    def check_model(self, pack: str, face_model: str, path: Path, film: str) -> None:
        """Refuse to compare faces of two models.

        Raises:
            PackError: They were seen by another model; with the command that fixes it.
        """
        if self.face_model != face_model:
            raise PackError(
                f"the people of {path} were seen by the pack {self.pack}, this film is by {pack}: "
                "faces of two models cannot be compared",
                f"Run vcn cluster {film} --pack {self.pack} --cast {path}",
            )


def people_path(clusters: Path) -> Path:
    """The known people that belong to a result: film.clusters.json, film.cast.people."""
    stem = clusters.name.removesuffix(".json").removesuffix(".clusters")
    return clusters.with_name(f"{stem}.cast{SUFFIX}")


def write_known(known: Known, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    flat = [picture for own in known.pictures for picture in own]
    looks = known.looks
    arrays: dict[str, NDArray[Any]] = {
        "means": looks.means.astype(np.float32),
        "person": looks.person,
        "count": looks.count,
        "size": looks.size,
        "photograph": known.photograph,
        "pictures": np.frombuffer(b"".join(flat), np.uint8),
        "picture_bytes": np.array([len(picture) for picture in flat], np.int64),
        "picture_count": np.array([len(own) for own in known.pictures], np.int64),
    }
    record = {
        "format": _FORM,
        "pack": known.pack,
        "face_model": known.face_model,
        "source": known.source,
        "people": list(known.names),
    }
    write_sealed(path, record, arrays, beside=False)


def read_known(path: Path) -> Known:
    """Read a file of people.

    Raises:
        DataError: It is missing, damaged, or something else.
    """
    record, arrays = read_sealed(path, _KIND)
    try:
        names = tuple(clean_name(name) for name in record["people"])
        looks = Looks(*(arrays[name] for name in ("means", "person", "count", "size")))
        sizes, counts = arrays["picture_bytes"].tolist(), arrays["picture_count"].tolist()
        known = Known(
            names,
            looks,
            arrays["photograph"],
            _pictures(arrays["pictures"].tobytes(), sizes, counts),
            *(str(record[key]) for key in ("pack", "face_model", "source")),
        )
        right = (
            len({folded(name) for name in names}) == len(names) == len(known.pictures)
            and looks.means.ndim == 2
            and len({len(looks.means), *map(len, arrays_of(known))}) == 1
            and np.array_equal(np.unique(looks.person), np.arange(len(names)))
            and bool(np.isfinite(looks.means).all())
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} {_KIND.foreign}: {error!r}", _KIND.hint) from error
    if not right:
        raise DataError(f"{path} {_KIND.foreign}: it contradicts itself", _KIND.hint)
    return known


def arrays_of(known: Known) -> tuple[NDArray[Any], ...]:
    """The arrays with one row a look, beside the means."""
    looks = known.looks
    return looks.person, looks.count, looks.size, known.photograph


def _pictures(
    data: bytes, sizes: Sequence[int], counts: Sequence[int]
) -> tuple[tuple[bytes, ...], ...]:
    if sum(sizes) != len(data) or sum(counts) != len(sizes) or min([0, *sizes, *counts]) < 0:
        raise ValueError("its pictures are not whole")
    edges = np.concatenate([[0], np.cumsum(sizes)]).astype(int).tolist()
    flat = [data[a:b] for a, b in pairwise(edges)]
    ends = np.cumsum([0, *counts]).tolist()
    return tuple(tuple(flat[a:b]) for a, b in pairwise(ends))
