"""Photographs of people with names: DIR/Tom Hanks/*.jpg, DIR/Tom Hanks.jpg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.config import CastConfig, DetectConfig
from vcn.corrections.entries import clean_name, folded
from vcn.detectors import Detector
from vcn.errors import DataError, InputError
from vcn.season.photo import faces_in
from vcn.stages.crops import similarity, thumbnail, warp
from vcn.types import FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Photograph:
    """The face of a photograph."""

    crop: ImageArray
    """(S, S, 3) RGB on the face model's template."""
    picture: ImageArray
    """(side, side, 3) RGB, for people to look at."""
    size: float
    """Side of the face in pixels."""


def find_photographs(folder: Path, config: CastConfig) -> dict[str, list[Path]]:
    """The photographs of each name, both in order; names that differ by case are one.

    Raises:
        InputError: There is no such folder, or no photograph in it.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is no folder", "Give a folder with NAME.jpg or NAME/*.jpg, or a .people file"
        )
    found: dict[str, list[Path]] = {}
    called: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [one for one in files if _is_photograph(one, config)]
        try:
            name = clean_name(path.name if path.is_dir() else path.stem)
        except DataError as error:
            raise InputError(f"{path}: {error.what}", error.hint) from error
        if files and name:
            found.setdefault(called.setdefault(folded(name), name), []).extend(files)
    if not found:
        kinds = ", ".join(config.suffixes)
        raise InputError(
            f"there is no photograph in {folder} ({kinds})",
            "Put NAME.jpg, or a folder NAME with photographs, in it",
        )
    return found


def _is_photograph(path: Path, config: CastConfig) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in config.suffixes and not hidden and path.is_file()


def face_in(
    image: ImageArray,
    detector: Detector,
    detect: DetectConfig,
    template: FloatArray,
    size: int,
    config: CastConfig,
) -> Photograph:
    """The face that a photograph is of.

    Args:
        image: (H, W, 3) RGB.
        detector: Finds faces.
        detect: From which score a face is one.
        template: (5, 2) of the face model.
        size: Side of its crops.
        config: What a photograph of several faces is of.

    Raises:
        InputError: There is no face in it, or it is not clear which one is meant.
    """
    image, found, sides = faces_in(image, detector, detect, config.room)
    if len(sides) == 0:
        raise InputError("no face is found in it")
    order = np.argsort(-sides, kind="stable")
    largest = int(order[0])
    if len(order) > 1 and sides[order[1]] * config.dominant > sides[largest]:
        raise InputError(f"it shows {len(order)} faces, and none of them is clearly the largest")
    matrix = similarity(found.landmarks[largest], template)
    return Photograph(
        warp(image, matrix, size),
        thumbnail(image, found.xyxy[largest], config.side),
        float(sides[largest]),
    )


def each(photographs: Mapping[str, list[Path]]) -> Iterator[tuple[int, Path]]:
    """Number of the name, and photograph."""
    for number, paths in enumerate(photographs.values()):
        for path in paths:
            yield number, path
