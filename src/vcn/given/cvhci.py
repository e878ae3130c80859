"""The face tracks that were published with The Big Bang Theory and Buffy (KIT, CVHCI).

Two files hold the same tracks. No specimen of either was at hand; both layouts are as programs
that read the published files take them:

- `bbt_s01e01.tracks`, text: two lines of header, then a line a frame with the frame, its
  seconds, the number of faces n, and n times `track left top width height`.
- `bbt_s01e01_facetracks.mat`, MATLAB 5: a struct array with a track an element, and the fields
  `x y w h frames trackerId` (`timestamps` and names are not needed).

Frames count from 0: with them, the seconds of the published tools' files are frame / rate.
Tracks of one id are one track, whatever its gaps: the labels (`.ids`) are by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vcn.errors import DataError
from vcn.given.model import Box

TEXT = "CVHCI_"
"""How every text file of the family begins."""
MATLAB = b"MATLAB "
_FIELDS = ("x", "y", "w", "h", "frames", "trackerId")
_N_HEADER = 2
_PER_FACE = 5
_HINT = "See docs/annotate.md for the layout that vcn knows."


def read_text(path: Path, text: str) -> Iterator[Box]:
    """The boxes of a `.tracks` file.

    Raises:
        DataError: It is another file of the family, or a row is not as described above.
    """
    if re.match(r"CVHCI_TRACKLABELS", text):
        raise DataError(
            f"{path} says whose tracks they are, not where (CVHCI_TRACKLABELS)",
            "Give the .tracks file here, and this one to `vcn evaluate --gt`.",
        )
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells or (number <= _N_HEADER and _row(cells) is None):
            continue
        row = _row(cells)
        if row is None:
            raise DataError(
                f"{path}, row {number}: no row of BBT/Buffy tracks "
                "(frame seconds n, then n times: track left top width height)",
                _HINT,
            )
        for track, left, top, width, height in row[1]:
            yield _name(path, track), row[0], (left, top, left + width, top + height)


def _row(cells: list[str]) -> tuple[int, list[list[float]]] | None:
    """The frame of a row and the five numbers of each face; None where it is none."""
    try:
        faces = np.array([float(cell) for cell in cells[3:]]).reshape(int(cells[2]), _PER_FACE)
        return int(cells[0]), faces.tolist()
    except (ValueError, IndexError):
        return None


def read_matlab(path: Path) -> Iterator[Box]:
    """The boxes of a `facetracks.mat`.

    Raises:
        DataError: It cannot be read, or holds no struct array of tracks.
    """
    from scipy.io import loadmat  # here: it takes long to load

    try:
        content: dict[str, Any] = loadmat(path, squeeze_me=True)
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        raise DataError(f"{path} cannot be read as MATLAB 5: {_short(error)}", _HINT) from error
    found = [
        value
        for value in content.values()
        if isinstance(value, np.ndarray) and set(_FIELDS) <= set(value.dtype.names or ())
    ]
    if len(found) != 1:
        raise DataError(f"{path} holds no tracks with {' '.join(_FIELDS)}", _HINT)
    for place, track in enumerate(np.atleast_1d(found[0])):
        try:
            x, y, w, h, frame = (
                np.atleast_1d(track[name]).astype(np.float64).ravel() for name in _FIELDS[:5]
            )
            rows = np.stack([x, y, x + w, y + h], axis=1)
            who = _name(path, float(np.atleast_1d(track["trackerId"]).ravel()[0]))
            numbers = frame.astype(np.int64)
            if len(numbers) != len(rows):
                raise ValueError("frames and boxes differ in number")
        except (ValueError, TypeError, IndexError) as error:
            raise DataError(f"{path}, track {place + 1}: {_short(error)}", _HINT) from error
        for at, (left, top, right, bottom) in zip(numbers.tolist(), rows.tolist(), strict=True):
            yield who, at, (left, top, right, bottom)


def _name(path: Path, track: float) -> str:
    if not np.isfinite(track) or track != int(track):
        raise DataError(f"{path}: {track:g} is no number of a track", _HINT)
    return str(int(track))


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:80]
