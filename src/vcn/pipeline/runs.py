"""A film's shots in several runs, each of them searched elsewhere, and put together again.

Shots hang together by little: what is found in one does not depend on another. So the pass over
the film can be made several times, each looking for faces in a run of the shots only: the
cuts, the times, and when small faces are looked for, every pass sees for itself, as it decodes
the film from its beginning to the end of its run. What it finds is what one pass finds there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.pipeline.scanned import write_pictures
from vcn.runtime.store import Artefact, Draft

_ARRAYS = (
    *("crop_inside", "crop_frame", "crop_measures", "crop_landmarks", "crop_regular"),
    *("box_change", "box_since", "box_frame", "box_xyxy", "box_score", "box_observed"),
    *("thumbnail_frame", "track_shot", "track_length", "mouth_frame", "mouth_motion"),
)
_PICTURES = ("crops", "crop_around", "thumbnails")
_OF_THE_FILM = (
    *("pts", "shot_start"),
    *("setup_edge", "setup_points", "setup_descriptors", "setup_pictures"),
)
"""What the pass knows that goes through to the end."""


@dataclass(frozen=True, slots=True)
class RunOfShots:
    """The shots that begin in a part of a film."""

    number: int
    of: int
    seconds: float
    """Length of the film, as its container says."""

    def has(self, begin: float) -> bool:
        """Whether a shot that begins then is one of them."""
        return not self.is_over(begin) and (
            self.number == 0 or begin >= self.seconds * self.number / self.of
        )

    def is_over(self, begin: float) -> bool:
        """Whether it is one of a later run."""
        return not self.last and begin >= self.seconds * (self.number + 1) / self.of

    @property
    def last(self) -> bool:
        """Whether it goes on to the end of the film."""
        return self.number == self.of - 1


def put_together(parts: Sequence[Artefact], draft: Draft) -> None:
    """Write what one pass would have written.

    Args:
        parts: Of each run, in order.
        draft: Where to write.

    Raises:
        DataError: One is damaged.
    """
    last = parts[-1]
    for name in _OF_THE_FILM:
        draft.put_array(name, last.array(name))
    for name in _ARRAYS:
        draft.put_array(name, np.concatenate([part.array(name) for part in parts]))
    tracks = np.cumsum([0, *(len(part.array("track_length")) for part in parts)])
    owners = [part.array("crop_track") + at for part, at in zip(parts, tracks, strict=False)]
    draft.put_array("crop_track", np.concatenate(owners))
    draft.put_record("given", [one for part in parts for one in part.record("given")])
    record = last.record("scan")
    searched = sum(part.record("scan")["n_searched"] for part in parts)
    draft.put_record("scan", {**record, "n_searched": searched})
    for name in (*_PICTURES, *(["crop_bodies"] if record["bodies"] else [])):
        _join_pictures(parts, name, draft.path / f"{name}.npy")


def _join_pictures(parts: Sequence[Artefact], name: str, target: Path) -> None:
    arrays = [part.array(name, mapped=True) for part in parts]

    def pictures() -> Iterator[bytes]:
        for array in arrays:
            for picture in array:
                yield picture.tobytes()

    shape = (sum(len(array) for array in arrays), *arrays[0].shape[1:])
    write_pictures(target, pictures(), shape)
