"""What is drawn on one frame: boxes with names, or faces made unrecognisable."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from vcn.config.render import RenderConfig
from vcn.export.colours import colour_of
from vcn.render.labels import label
from vcn.types import FloatArray, ImageArray


class Names:
    """The labels of people, drawn once."""

    def __init__(
        self, name_of: Callable[[int], str], fallback: Callable[[int], str], height: int
    ) -> None:
        self._name_of, self._fallback, self._height = name_of, fallback, height
        self._pictures: dict[int, ImageArray] = {}
        self.unwritten: list[str] = []
        """Names that no font here can write."""

    def __call__(self, person: int) -> ImageArray:
        """(h, w, 3) RGB."""
        if person not in self._pictures:
            name, rgb = self._name_of(person), colour_of(person).rgb
            picture = label(name, self._height, rgb)
            if picture is None:
                self.unwritten.append(name)
                picture = label(self._fallback(person), self._height, rgb)
            assert picture is not None
            self._pictures[person] = picture
        return self._pictures[person]


def draw_box(
    image: ImageArray, xyxy: FloatArray, person: int, names: Names, config: RenderConfig
) -> None:
    """Draw a box and the name above it, below it where there is no room."""
    height, width = image.shape[:2]
    line = max(round(height * config.line_share), 1)
    x1, y1, x2, y2 = (round(float(value)) for value in xyxy)
    cv2.rectangle(image, (x1, y1), (x2 - 1, y2 - 1), colour_of(person).rgb, line)
    name = names(person)[:height, :width]
    top = y1 - name.shape[0] if y1 >= name.shape[0] else y2
    top = int(np.clip(top, 0, height - name.shape[0]))
    left = int(np.clip(x1, 0, width - name.shape[1]))
    image[top : top + name.shape[0], left : left + name.shape[1]] = name


def blur_face(image: ImageArray, xyxy: FloatArray, config: RenderConfig) -> None:
    """Leave a few means of a face: what was there cannot be made from them again."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in xyxy)
    dx, dy = (x2 - x1) * config.blur_margin, (y2 - y1) * config.blur_margin
    left, right = np.clip([int(x1 - dx), int(np.ceil(x2 + dx))], 0, width).tolist()
    top, bottom = np.clip([int(y1 - dy), int(np.ceil(y2 + dy))], 0, height).tolist()
    if right > left and bottom > top:
        face = image[top:bottom, left:right]
        cells = (config.blur_cells, config.blur_cells)
        few = cv2.resize(face, cells, interpolation=cv2.INTER_AREA)
        face[:] = cv2.resize(few, face.shape[1::-1], interpolation=cv2.INTER_LINEAR)
