"""A detector that is one ONNX session and a decoder of its outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vcn.config import DetectConfig
from vcn.detectors.base import Detections
from vcn.detectors.geometry import clean, suppress, working_size
from vcn.errors import PackError
from vcn.runtime import devices
from vcn.types import FloatArray, ImageArray
from vcn.weights import onnxfile
from vcn.weights.packs import DetectorSpec

Outputs = Sequence[NDArray[np.float32]]
"""The model's outputs in file order; the first axis of each is the batch."""


def check_layout(spec: DetectorSpec, signature: onnxfile.Signature) -> None:
    """Raise PackError unless the model's outputs are those of the spec's kind."""
    kind = signature.detector_kind()
    same = {"retinaface-insightface", "scrfd"}  # one layout, two classes
    if kind != spec.kind and not {kind, spec.kind} <= same:
        raise PackError(f"{spec.path} is a detector of the kind {kind}, not {spec.kind}")


class SessionDetector(ABC):
    """Pictures in, faces out; a subclass says what the model's outputs mean.

    Args:
        spec: From a pack whose files were verified.
        config: Threshold and working size.
        device: Of onnxruntime: "cpu" or "cuda:N".

    Raises:
        PackError: The file is not a model of this layout.
        DeviceError: `device` did not load.
    """

    free_axes: ClassVar[bool] = False
    """The model is convolutional throughout: any batch, height and width will do."""
    mean: ClassVar[tuple[float, float, float]] = (0.0, 0.0, 0.0)
    """Subtracted from each channel, in the order the model takes."""
    bgr: ClassVar[bool] = False
    """The model takes BGR."""
    overlap: ClassVar[float]
    """Suppression threshold that the model was published with."""

    def __init__(self, spec: DetectorSpec, config: DetectConfig, device: str) -> None:
        model = onnxfile.load(spec.path)
        check_layout(spec, onnxfile.signature_of(model, spec.path))
        runnable = onnxfile.for_inference(model, free_axes=self.free_axes)
        self._floor = config.low_threshold
        self._max_side = config.max_side
        self._session = devices.onnx_session(runnable, device, spec.path.name)
        self._path = spec.path
        (given,) = self._session.get_inputs()
        self._input = given.name
        self.batched = not isinstance(given.shape[0], int)
        fixed = given.shape[2:4]
        self._fixed = (fixed[1], fixed[0]) if all(isinstance(n, int) for n in fixed) else None

    @abstractmethod
    def decode(
        self, outputs: Outputs, width: int, height: int
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What the outputs say about one picture.

        Args:
            outputs: The model's outputs for one picture, without the batch axis.
            width: Of the picture the model was given, as `height`.
            height: In pixels.

        Returns:
            (n, 4) boxes, (n, 5, 2) landmarks, (n,) scores of what exceeds the floor, in
            pixels of the picture the model was given.
        """

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        """Detect faces in (H, W, 3) RGB pictures of one size; one result for each."""
        if not images:
            return []
        height, width = images[0].shape[:2]
        size, content = self._sizes(width, height)
        scale: FloatArray = np.array([content[0] / width, content[1] / height], dtype=np.float32)
        pictures = np.stack([self._picture(image, size, content) for image in images])
        step = len(pictures) if self.batched else 1
        found = []
        for start in range(0, len(pictures), step):
            batch = pictures[start : start + step]
            outputs = self._run(batch)
            for i in range(len(batch)):
                # A damaged model may say infinite or NaN; `clean` drops those boxes.
                with np.errstate(over="ignore", invalid="ignore"):
                    xyxy, landmarks, score = self.decode([o[i] for o in outputs], *size)
                    keep = suppress(xyxy, score, self.overlap)
                found.append(
                    clean(
                        (xyxy[keep].reshape(-1, 2, 2) / scale).reshape(-1, 4),
                        landmarks[keep] / scale,
                        score[keep],
                        width,
                        height,
                    )
                )
        return found

    def _run(self, batch: FloatArray) -> Outputs:
        try:
            outputs: Outputs = self._session.run(None, {self._input: batch})
        except Exception as error:  # onnxruntime's exceptions have no common base
            text = (str(error).splitlines() or [""])[0]
            raise PackError(f"the detector {self._path} failed: {text}") from error
        return outputs

    def _sizes(self, width: int, height: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(width, height) of the model's input, and of the picture inside it."""
        if self._fixed is None:
            size = working_size(width, height, self._max_side)
            return size, size
        scale = min(self._fixed[0] / width, self._fixed[1] / height)
        return self._fixed, (max(1, round(width * scale)), max(1, round(height * scale)))

    def _picture(
        self, image: ImageArray, size: tuple[int, int], content: tuple[int, int]
    ) -> FloatArray:
        """(3, h, w) as the model takes it; the rest of a fixed input is black."""
        if content != (image.shape[1], image.shape[0]):
            image = cv2.resize(image, content, interpolation=cv2.INTER_LINEAR)
        if content != size:
            right, bottom = size[0] - content[0], size[1] - content[1]
            image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        blob: FloatArray = cv2.dnn.blobFromImage(image, 1.0, size, self.mean, swapRB=self.bgr)[0]
        return blob
