"""RetinaFace and SCRFD through insightface's own model classes.

The only file that imports insightface. The session is ours: insightface's way to it
may download, and its provider list is not the one the user asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vcn.config import DetectConfig
from vcn.detectors.base import Detections
from vcn.detectors.geometry import clean, working_size
from vcn.detectors.session import check_layout
from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import ImageArray
from vcn.weights import onnxfile
from vcn.weights.packs import DetectorSpec


class InsightFaceDetector:
    """A detector of the RetinaFace/SCRFD family, one picture at a time.

    Args:
        spec: From a pack whose files were verified.
        config: Threshold and working size.
        device: Of onnxruntime: "cpu" or "cuda:N".

    Raises:
        PackError: The file is not a model of this layout.
        DeviceError: `device` did not load.
    """

    batched = False  # insightface's classes take one picture

    def __init__(self, spec: DetectorSpec, config: DetectConfig, device: str) -> None:
        from insightface.model_zoo.retinaface import RetinaFace
        from insightface.model_zoo.scrfd import SCRFD

        model = onnxfile.load(spec.path)
        check_layout(spec, onnxfile.signature_of(model, spec.path))
        session = devices.onnx_session(onnxfile.for_inference(model), device, spec.path.name)
        # Only SCRFD's class knows outputs that carry a batch axis.
        ranked = any(len(output.shape) == 3 for output in session.get_outputs())
        family = SCRFD if spec.kind == "scrfd" or ranked else RetinaFace
        self._model = family(model_file=str(spec.path), session=session)
        self._model.prepare(0, det_thresh=config.low_threshold)
        self._fixed = self._model.static_input_size
        # Its anchors are counted by division, so the picture must divide by every stride.
        self._multiple = max(self._model._feat_stride_fpn)
        self._max_side = config.max_side
        self._path = spec.path

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        """Detect faces in (H, W, 3) RGB pictures of one size; one result for each."""
        return [self._one(image) for image in images]

    def _one(self, image: ImageArray) -> Detections:
        height, width = image.shape[:2]
        size = self._fixed or working_size(width, height, self._max_side, self._multiple)
        # insightface scales the shorter side to 0 when a picture is a mere line: widen it.
        least = -(-max(width, height) // min(size))
        right, bottom = max(0, least - width), max(0, least - height)
        picture = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if right or bottom:
            picture = cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        try:
            # A damaged model may say infinite or NaN; `clean` drops those boxes.
            with np.errstate(over="ignore", invalid="ignore"):
                boxes, points = self._model.detect(picture, input_size=size)
        except Exception as error:  # onnxruntime's exceptions have no common base
            text = (str(error).splitlines() or [""])[0]
            raise PackError(f"the detector {self._path} failed: {text}") from error
        boxes = np.asarray(boxes, dtype=np.float32).reshape(-1, 5)
        landmarks = np.asarray(points, dtype=np.float32).reshape(-1, 5, 2)
        return clean(boxes[:, :4], landmarks, boxes[:, 4], width, height)
