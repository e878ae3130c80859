"""Photographs of known people, from which films are simulated."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from vcn.errors import DataError
from vcn.types import ImageArray, IntArray


@dataclass(frozen=True, slots=True)
class Photos:
    """Photographs of known people, on the 112-pixel ArcFace template."""

    images: ImageArray
    """(P, 112, 112, 3) RGB."""
    person: IntArray
    """(P,) not decreasing; position of the person in `names`."""
    names: tuple[str, ...]
    digest: str
    """Names these photographs in the cache."""

    @classmethod
    def of_person(cls, name: str, images: ImageArray) -> Photos:
        """(P, 112, 112, 3) pictures of one person."""
        digest = hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()
        return cls(images, np.zeros(len(images), np.int64), (name,), digest)


def joined(parts: Sequence[Photos]) -> Photos:
    """The photographs of several collections, each of other people."""
    first = np.cumsum([0, *(len(part.names) for part in parts)])[:-1]
    return Photos(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.person + n for part, n in zip(parts, first, strict=True)]),
        tuple(name for part in parts for name in part.names),
        hashlib.sha256("".join(part.digest for part in parts).encode()).hexdigest(),
    )


def load_photos(faces_dir: Path, people: Sequence[str] | None = None) -> Photos:
    """Read DIR/person/*.jpg, once: every film of a benchmark is made of the same photographs.

    Args:
        faces_dir: One folder a person.
        people: Names of folders to use; None: all.

    Raises:
        DataError: There is no such folder, or a picture is not 112 x 112.
    """
    return _load(faces_dir, None if people is None else tuple(sorted(people)))


@cache
def _load(faces_dir: Path, people: tuple[str, ...] | None) -> Photos:
    import cv2

    found = sorted(path.name for path in faces_dir.glob("*") if path.is_dir())
    names = found if people is None else list(people)
    missing = sorted(set(names) - set(found))
    if missing or not names:
        raise DataError(
            f"no photographs of {', '.join(missing) or 'anyone'} in {faces_dir}",
            "It needs one folder of 112x112 aligned pictures for each person",
        )
    images, person = [], []
    digest = hashlib.sha256()
    for index, name in enumerate(names):
        for path in sorted((faces_dir / name).glob("*.jpg")):
            data = path.read_bytes()
            digest.update(hashlib.sha256(data).digest())
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            if image is None or image.shape != (112, 112, 3):
                raise DataError(f"{path} is not a 112x112 picture")
            images.append(np.asarray(image[..., ::-1], np.uint8))
            person.append(index)
        if not person or person[-1] != index:
            raise DataError(f"no .jpg in {faces_dir / name}")
    return Photos(np.stack(images), np.array(person, np.int64), tuple(names), digest.hexdigest())
