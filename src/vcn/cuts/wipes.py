"""Wipes: a straight boundary goes over the picture, and behind it is another one.

What a wipe changes, it changes where the boundary is at that time, and nowhere else; motion,
a dissolve and a fade change all of the picture all of the time. So of the change from each
frame to one a little later, squared, the share is measured that lies in the strip over which
a boundary of even speed passes meanwhile, in one of eight directions.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from vcn.types import FloatArray

_DIRECTIONS = 8
_LAG = 0.12
"""Of the length: frames so far apart are compared. A boundary passes one to two points then."""
_SOFT = 0.05
"""Of the way: how wide a boundary may be, besides the width of a point."""
_STRIP = 0.5
"""Of the change of a point, from which it lies in the strip."""
_SHARE = 0.5
"""Of all that changes, in the strip. Of 20 wipes of a generated film 19 have .65 and more, what
is no wipe at most .37 (tests/support/transitions.py, seed 0); an even change has .12."""
_LEAST_SHARE = 0.3
"""The same in each quarter of the time: .34 and more in 19 of the 20, .16 at most elsewhere."""


def is_swept(frames: FloatArray, width: int) -> bool:
    """Whether a straight boundary goes over the picture from the first frame to the last.

    Args:
        frames: (n + 1, P, 3) small pictures, row by row.
        width: Points in a row.
    """
    length = len(frames) - 1
    lag = max(1, round(_LAG * length))
    change = ((frames[lag:] - frames[:-lag]) ** 2).sum(axis=2)  # (m, P)
    strips = _strips(length, lag, width, frames.shape[1] // width)  # (8, m, P)
    inside = (strips * change).sum(axis=2)  # (8, m)
    total = change.sum(axis=1)  # (m,)
    best = inside[int(inside.sum(axis=1).argmax())]
    if best.sum() < _SHARE * total.sum():
        return False
    quarters = np.array_split(np.stack([best, total]), 4, axis=1)
    return all(part[0].sum() >= _LEAST_SHARE * part[1].sum() > 0 for part in quarters if part.size)


@cache
def _strips(length: int, lag: int, width: int, height: int) -> FloatArray:
    """(8, length + 1 - lag, P) 1 where the boundary passes between two frames, else 0."""
    angle = (2 * np.pi / _DIRECTIONS * np.arange(_DIRECTIONS))[:, None]
    across, down = np.cos(angle), np.sin(angle)
    y, x = np.mgrid[0:height, 0:width]
    span = np.abs(across) + np.abs(down)
    place = across * ((x.ravel() + 0.5) / width - 0.5) + down * ((y.ravel() + 0.5) / height - 0.5)
    along = place / span + 0.5  # (8, P): 0 where it begins, 1 where it ends
    point = (np.abs(across) / width + np.abs(down) / height) / span + _SOFT
    time = (np.arange(length + 1) / length)[:, None]
    done = np.clip((time - along[:, None]) / point[:, None] + 0.5, 0, 1)
    return np.asarray(done[:, lag:] - done[:, :-lag] > _STRIP, np.float32)
