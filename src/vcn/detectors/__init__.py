"""Face detectors behind one protocol; one third-party layout a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vcn.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from vcn.config import DetectConfig
    from vcn.weights.packs import DetectorSpec


class Detections(NamedTuple):
    """The faces of one picture, best first."""

    xyxy: FloatArray
    """(n, 4) pixels of the picture that was given, clipped to it."""
    landmarks: FloatArray
    """(n, 5, 2) x, y of: the eye at the left of the picture, the other eye, nose tip, the mouth
    corners in the same order; pixels of the picture."""
    score: FloatArray
    """(n,) in [0, 1]."""


class Detector(Protocol):
    """Finds faces. `threshold` and the working size are given at construction."""

    batched: bool
    """True when the model takes several pictures of one size at once."""

    def detect(self, images: Sequence[ImageArray]) -> list[Detections]:
        """Detect faces in (H, W, 3) RGB pictures of one size; one result for each."""
        ...


def load_detector(spec: DetectorSpec, config: DetectConfig, device: str = "cpu") -> Detector:
    """Make a detector.

    Args:
        spec: From a pack whose files were verified (`vcn.weights.packs.Pack.verify`).
        config: `low_threshold` is the floor of what is reported.
        device: Of onnxruntime (`vcn.runtime.devices.Device.onnx`): "cpu" or "cuda:N".

    Raises:
        PackError: The file is not what `spec` says.
        DeviceError: `device` did not load.
    """
    if spec.kind == "centerface":
        from vcn.detectors.centerface import CenterFace

        return CenterFace(spec, config, device)
    if spec.kind == "retinaface-pytorch":
        from vcn.detectors.retinaface_pytorch import RetinaFacePytorch

        return RetinaFacePytorch(spec, config, device)
    if spec.kind == "yunet":
        from vcn.detectors.yunet import YuNet

        return YuNet(spec, config, device)
    if spec.kind in ("retinaface-insightface", "scrfd"):
        from vcn.detectors.insightface import InsightFaceDetector

        return InsightFaceDetector(spec, config, device)
    from vcn.errors import PackError

    raise PackError(f"vcn has no detector of the kind '{spec.kind}'")
