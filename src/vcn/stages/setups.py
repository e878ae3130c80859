"""The first and the last picture of each shot, by which set-ups are known again.

A set-up is a camera that stays where it is: shot and reverse shot come back to it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vcn.config import ThreadConfig
from vcn.runtime.store import Artefact, Draft
from vcn.types import SetUps
from vcn.video import Frame

_DESCRIPTOR = 32
"""Bytes of an ORB descriptor."""


class SetUpWriter:
    """Collects the pictures of shots while the film goes by; on disk, as films are long."""

    def __init__(self, folder: Path, config: ThreadConfig) -> None:
        self._folder = folder
        self._config = config
        self._orb = cv2.ORB.create(config.features, fastThreshold=7)
        self._counts: list[int] = []
        self._shape: tuple[int, ...] = (0, config.picture_width, 3)
        for name in ("points", "descriptors", "pictures"):
            self._file(name).write_bytes(b"")

    def _file(self, name: str) -> Path:
        return self._folder / f"setup_{name}.raw"

    def add(self, frame: Frame) -> None:
        """The first picture of a shot, then its last."""
        grey = cv2.cvtColor(frame.small(self._config.width), cv2.COLOR_RGB2GRAY)
        points, descriptors = self._orb.detectAndCompute(grey, None)
        at = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
        found = np.zeros((0, _DESCRIPTOR), np.uint8) if descriptors is None else descriptors
        picture = frame.small(self._config.picture_width)
        if self._counts and picture.shape != self._shape:  # the film changes its size
            picture = cv2.resize(picture, (self._shape[1], self._shape[0]))
        self._shape = picture.shape
        self._counts.append(len(at))
        for name, values in (("points", at), ("descriptors", found), ("pictures", picture)):
            with self._file(name).open("ab") as file:
                file.write(values.tobytes())

    def finish(self, draft: Draft) -> None:
        """Write what was collected as arrays of the artefact."""
        draft.put_array("setup_edge", np.cumsum([0, *self._counts], dtype=np.int64))
        total, n = sum(self._counts), len(self._counts)
        for name, dtype, shape in (
            ("points", np.float32, (total, 2)),
            ("descriptors", np.uint8, (total, _DESCRIPTOR)),
            ("pictures", np.uint8, (n, *self._shape)),
        ):
            values = np.fromfile(self._file(name), dtype)
            draft.put_array(f"setup_{name}", values.reshape(shape))
            self._file(name).unlink()


def load_setups(artefact: Artefact) -> SetUps:
    """Read back what `SetUpWriter` wrote; the large arrays stay on disk."""
    return SetUps(
        artefact.array("setup_edge"),
        artefact.array("setup_points", mapped=True),
        artefact.array("setup_descriptors", mapped=True),
        artefact.array("setup_pictures", mapped=True),
    )
