"""A face model in onnxruntime, for one picture: loading torch would take longer than all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vcn.errors import PackError
from vcn.runtime.devices import onnx_session
from vcn.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

QUICK = ("dlib-resnet", "onnx")
"""Kinds of face models that need no torch."""


def embed_quickly(crops: ImageArray, spec: FaceModelSpec) -> FloatArray:
    """What `stages.embed` gives, but for the last digits.

    Args:
        crops: (N, S, S, 3) RGB, aligned.
        spec: Of a kind that is one of `QUICK`.

    Returns:
        (N, D), not normalised.

    Raises:
        PackError: The file is not what `spec` says.
    """
    session = onnx_session(_model(spec), "cpu", spec.path.name)
    pixels = crops[..., ::-1] if spec.channels == "BGR" else crops
    mean, std = np.array(spec.mean, np.float32), np.array(spec.std, np.float32)
    rows = np.ascontiguousarray(((pixels - mean) / std).transpose(0, 3, 1, 2), np.float32)
    (given,) = session.get_inputs()
    try:
        # A model that was exported for one picture takes one.
        made = [np.asarray(session.run(None, {given.name: row[None]})[0]) for row in rows]
    except Exception as error:  # onnxruntime's exceptions have no common base
        text = (str(error).splitlines() or [""])[0]
        raise PackError(f"the face model {spec.path} failed: {text}") from error
    out = np.concatenate(made) if made else np.zeros((0, spec.embedding_dim), np.float32)
    if out.shape != (len(crops), spec.embedding_dim):
        raise PackError(f"{spec.path.name} makes {out.shape}, not {spec.embedding_dim} numbers")
    return out.astype(np.float32)


def _model(spec: FaceModelSpec) -> bytes:
    if spec.kind == "dlib-resnet":
        from vcn.weights.dlibonnx import dlib_onnx

        return dlib_onnx(spec.path, spec.input_size)
    from vcn.weights.onnxfile import for_inference, load

    return for_inference(load(spec.path))
