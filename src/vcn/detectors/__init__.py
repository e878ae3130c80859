"""Face detectors behind one protocol; one third-party layout a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcn.detectors.base import Detections, Detector

if TYPE_CHECKING:
    from vcn.config import DetectConfig
    from vcn.weights.packs import DetectorSpec

__all__ = ["Detections", "Detector", "load_detector"]


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
