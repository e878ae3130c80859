"""Face-ID backbones as torch modules, and the student/teacher pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcn.nets.base import FaceModel
    from vcn.packs import FaceModelSpec


def load_face_model(spec: FaceModelSpec, device: str = "cpu") -> FaceModel:
    """Read a face-ID model; it comes in evaluation mode, on `device`.

    Args:
        spec: From a pack whose files were verified (`vcn.packs.Pack.verify`).
        device: A torch device (`vcn.devices.resolve_device`).

    Raises:
        PackError: The file is not what `spec` says.
    """
    model: FaceModel
    if spec.kind == "dlib-resnet":
        from vcn.nets.dlib_resnet import DlibResNet

        model = DlibResNet(spec)
    elif spec.kind == "onnx":
        from vcn.nets.onnx import OnnxFaceModel

        model = OnnxFaceModel(spec)
    elif spec.kind == "iresnet":
        from vcn.nets.iresnet import IResNet

        model = IResNet(spec)
    elif spec.kind == "ir101":
        from vcn.nets.adaface_ir import AdaFaceIR

        model = AdaFaceIR(spec)
    elif spec.kind == "resnet50":
        from vcn.nets.resnet50_vggface2 import VGGFace2ResNet50

        model = VGGFace2ResNet50(spec)
    elif spec.kind == "farl":
        from vcn.nets.vit_farl import FarlViT

        model = FarlViT(spec)
    else:
        from vcn.errors import PackError

        raise PackError(f"vcn has no loader for the face model kind '{spec.kind}'")
    return model.to(device).eval()
