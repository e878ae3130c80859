"""A detector of people, face or not: an ONNX model of a pack in the layout of YOLOv8's exports."""

from __future__ import annotations

import cv2
import numpy as np

from vcn.config import FigureConfig
from vcn.detectors.geometry import suppress
from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import FloatArray, ImageArray
from vcn.weights.packs import PersonSpec

_GREY = 114
"""What YOLO models are trained to see around a picture."""


class PersonDetector:
    """Pictures in, boxes of people out.

    Args:
        spec: From a pack whose files were verified.
        config: Thresholds.
        device: Of onnxruntime: "cpu" or "cuda:N".

    Raises:
        PackError: The file is not a model of this layout.
    """

    def __init__(self, spec: PersonSpec, config: FigureConfig, device: str) -> None:
        self._config, self._path = config, spec.path
        self._session = devices.onnx_session(spec.path.read_bytes(), device, spec.path.name)
        (given, *others) = self._session.get_inputs()
        _, channels, height, width = (*given.shape, None, None, None, None)[:4]
        if others or channels != 3 or not (isinstance(height, int) and isinstance(width, int)):
            raise PackError(
                f"the person detector {spec.path} takes {given.shape}",
                "It must take one picture, (1, 3, height, width) of fixed size.",
            )
        self._input, self._size = given.name, (width, height)

    def detect(self, image: ImageArray) -> tuple[FloatArray, FloatArray]:
        """Find people in a picture (H, W, 3) in RGB.

        Returns:
            (n, 4) boxes in its pixels, inside it; (n,) scores, best first.

        Raises:
            PackError: The model fails, or its output is of another layout.
        """
        height, width = image.shape[:2]
        scale = min(self._size[0] / width, self._size[1] / height)
        content = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.full((self._size[1], self._size[0], 3), _GREY, np.uint8)
        picture[: content[1], : content[0]] = cv2.resize(
            image, content, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        )
        blob = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / 255
        try:
            found = np.asarray(self._session.run(None, {self._input: blob})[0], np.float32)
        except Exception as error:  # onnxruntime's exceptions have no common base
            text = (str(error).splitlines() or [""])[0]
            raise PackError(f"the person detector {self._path} failed: {text}") from error
        if found.ndim != 3 or found.shape[0] != 1 or found.shape[1] < 5:
            raise PackError(
                f"the person detector {self._path} gave {found.shape}",
                "It must give (1, 4 + classes, boxes), as YOLOv8's exports do.",
            )
        centre, size, score = found[0, :2].T, found[0, 2:4].T, found[0, 4]
        step = np.array(content, np.float64) / np.array([width, height], np.float64)
        xyxy = np.concatenate([(centre - size / 2) / step, (centre + size / 2) / step], axis=1)
        keep = np.isfinite(xyxy).all(axis=1) & (score >= self._config.min_score)
        xyxy = np.clip(xyxy[keep], 0, [width, height, width, height]).astype(np.float32)
        score = np.clip(score[keep], 0, 1).astype(np.float32)
        some = (xyxy[:, 2:] - xyxy[:, :2] >= 1).all(axis=1)
        xyxy, score = xyxy[some], score[some]
        best = suppress(xyxy, score, self._config.suppress)
        return xyxy[best], score[best]
