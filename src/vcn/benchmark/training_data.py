"""Films to learn from: a folder of features with the names of people, or without."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vcn.benchmark.layouts import read_bcl_folder
from vcn.benchmark.sources import NOBODY, read_features
from vcn.errors import DataError
from vcn.methods.trackset import TrackSet, TrainingFilm, join

_HINT = "It needs .npz films as vcn harvest writes them, or the BBT/Buffy layout (docs/train.md)"


def read_training(folder: Path) -> TrackSet:
    """Read all films of a folder.

    Args:
        folder: Of .npz films (`vcn.benchmark.sources.read_features`; one name is one
            person in all of them), or of the layout of BBT and Buffy.

    Raises:
        DataError: There is no film, or one of them is not valid.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}", _HINT)
    films = [read_training_film(path) for path in sorted(folder.glob("*.npz"))]
    films += [
        TrainingFilm(film, names) for film, names in read_bcl_folder(folder, required=not films)
    ]
    return join(films)


def read_training_film(path: Path) -> TrainingFilm:
    """One .npz film and the names in it.

    Raises:
        DataError: It is not one.
    """
    film = read_features(path).film
    with np.load(path, allow_pickle=False) as data:
        names = data["labels"].astype(np.str_).tolist()
    return TrainingFilm(film, tuple("" if name.lower() in NOBODY else name for name in names))
