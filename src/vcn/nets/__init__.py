"""Face-ID backbones as torch modules, and the student/teacher pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcn.nets.base import FaceModel
    from vcn.weights.packs import FaceModelSpec


def load_face_model(spec: FaceModelSpec, device: str = "cpu") -> FaceModel:
    """Read a face-ID model; it comes in evaluation mode, on `device`.

    Args:
        spec: From a pack whose files were verified (`vcn.weights.packs.Pack.verify`).
        device: A torch device (`vcn.runtime.devices.resolve_device`).

    Raises:
        PackError: The file is not what `spec` says.
    """
    return face_model_class(spec.kind)(spec).to(device).eval()


def face_model_class(kind: str) -> type[FaceModel]:
    """The class of a kind of face-ID model: what it is before any weights are read.

    Raises:
        PackError: There is no such kind.
    """
    if kind == "dlib-resnet":
        from vcn.nets.dlib_resnet import DlibResNet

        return DlibResNet
    if kind == "onnx":
        from vcn.nets.onnx import OnnxFaceModel

        return OnnxFaceModel
    if kind == "iresnet":
        from vcn.nets.iresnet import IResNet

        return IResNet
    if kind == "ir101":
        from vcn.nets.adaface_ir import AdaFaceIR

        return AdaFaceIR
    if kind == "resnet50":
        from vcn.nets.resnet50_vggface2 import VGGFace2ResNet50

        return VGGFace2ResNet50
    if kind == "farl":
        from vcn.nets.vit_farl import FarlViT

        return FarlViT
    from vcn.errors import PackError

    raise PackError(f"vcn has no loader for the face model kind '{kind}'")
