"""RetinaFace as Pytorch_Retinaface exports it: loc, conf and landms over prior boxes.

Source: RetinaFace (Deng et al. 2019, arXiv 1905.00641); the layout is that of
Pytorch_Retinaface (``layers/functions/prior_box.py``, ``utils/box_utils.py``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np

from vcn.detectors.session import Outputs, SessionDetector
from vcn.errors import PackError
from vcn.types import FloatArray

_LEVELS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
"""(stride, sides of the prior boxes) in pixels."""
_CENTRE_VARIANCE = 0.1
_SIZE_VARIANCE = 0.2


class RetinaFacePytorch(SessionDetector):
    """RetinaFace on BGR pictures less the mean of ImageNet's channels."""

    mean: ClassVar[tuple[float, float, float]] = (104.0, 117.0, 123.0)
    bgr: ClassVar[bool] = True
    overlap: ClassVar[float] = 0.4

    def decode(
        self, outputs: Outputs, width: int, height: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Boxes of the priors whose face probability exceeds the floor."""
        by_width = {output.shape[-1]: output for output in outputs}
        priors = _priors(width, height)  # (P, 4) centre and size
        try:
            loc, conf, landms = by_width[4], by_width[2], by_width[10]
        except KeyError as error:
            raise PackError(f"{self._path} does not give loc, conf and landms") from error
        if not len(loc) == len(conf) == len(landms) == len(priors):
            raise PackError(f"{self._path} has {len(loc)} prior boxes, not {len(priors)}")
        index = np.flatnonzero(conf[:, 1] > self._floor)
        prior, loc, score = priors[index], loc[index], conf[index, 1]
        centre = prior[:, :2] + loc[:, :2] * _CENTRE_VARIANCE * prior[:, 2:]
        half = prior[:, 2:] * np.exp(loc[:, 2:] * _SIZE_VARIANCE) / 2
        shift = landms[index].reshape(-1, 5, 2) * _CENTRE_VARIANCE
        landmarks = prior[:, None, :2] + shift * prior[:, None, 2:]
        return np.hstack([centre - half, centre + half]), landmarks, score


@lru_cache(maxsize=4)
def _priors(width: int, height: int) -> FloatArray:
    """(P, 4) centre x, centre y, width, height in pixels, in the order of the outputs."""
    parts = []
    for stride, sides in _LEVELS:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x, side = np.meshgrid(
            (np.arange(rows) + 0.5) * stride,
            (np.arange(columns) + 0.5) * stride,
            np.array(sides),
            indexing="ij",
        )
        parts.append(np.stack([x, y, side, side], axis=-1).reshape(-1, 4))
    return np.concatenate(parts).astype(np.float32)
