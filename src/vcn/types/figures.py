"""People who are seen and whose face is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import UNKNOWN, FloatArray, IntArray, frozen, set_fields


@dataclass(frozen=True, slots=True)
class Bodies:
    """The people of the pictures that were searched for them: M, in order of frames."""

    frame: IntArray
    """(M,)."""
    until: IntArray
    """(M,) the frame at which the next search, or the end of the shot, takes its place."""
    shot: IntArray
    """(M,)."""
    xyxy: FloatArray
    """(M, 4) displayed pixels."""
    feature: FloatArray
    """(M, B) of the body model."""

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a result says of people without a visible face: U spans of shots, in order."""

    shot: IntArray
    """(U,)."""
    start: IntArray
    """(U,) first frame."""
    stop: IntArray
    """(U,) one past the last frame."""
    xyxy: FloatArray
    """(U, 4) the person's box in the first frame."""
    track: IntArray
    """(U,) the track of the same body while it shows its face, or -1."""
    person: IntArray
    """(U,) who it is: the person of that face, or whoever has such a body; or -1."""
    probability: FloatArray
    """(U,) that it is so; where nobody is named, of the best candidate."""

    def __post_init__(self) -> None:
        n = len(self.start)
        ints = {
            name: frozen(getattr(self, name), name, (n,), np.int64)
            for name in ("shot", "start", "stop", "track", "person")
        }
        if n and (
            (ints["stop"] <= ints["start"]).any()
            or min(ints["track"].min(), ints["person"].min()) < UNKNOWN
        ):
            raise DataError("figures need start < stop, and tracks and people from -1")
        set_fields(
            self,
            **ints,
            xyxy=frozen(self.xyxy, "xyxy", (n, 4), np.float32),
            probability=frozen(self.probability, "probability", (n,), np.float32),
        )

    def __len__(self) -> int:
        return len(self.start)

    def frames_of(self, person: int) -> IntArray:
        """Distinct frames that show a person's body without the face."""
        spans = [
            np.arange(self.start[u], self.stop[u]) for u in np.flatnonzero(self.person == person)
        ]
        return np.unique(np.concatenate([np.empty(0, np.int64), *spans]))
