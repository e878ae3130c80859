"""ONNX files: what goes in and comes out, and the layouts that vcn knows.

The only file that reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vcn.errors import PackError

if TYPE_CHECKING:
    import onnx

_TRAINABLE_OPSET = 11
"""onnx2torch does not know some older forms of operations."""

Shape = tuple[int | None, ...]
"""Lengths of the axes; None: any."""

_KNOWN = (
    "known layouts: CenterFace (1, 2, 2 and 10 planes at a quarter of the size), insightface "
    "RetinaFace/SCRFD (9 or 15 outputs with landmarks), Pytorch_Retinaface (loc, conf, landms), "
    "YuNet (cls, obj, bbox and kps for 3 strides)"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and shapes of a model's inputs and outputs, in file order."""

    path: Path
    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    first_operations: tuple[str, ...] = ()
    """The kinds of the first few nodes."""

    @property
    def normalises(self) -> bool:
        """True when the model subtracts the mean and scales by itself.

        Source: insightface, ``model_zoo/arcface_onnx.py``.
        """
        return {"Sub", "Mul"} <= set(self.first_operations)

    def detector_kind(self) -> str:
        """Which of `vcn.weights.packs.DETECTOR_KINDS` the outputs look like.

        Raises:
            PackError: None of them.
        """
        shapes = [shape for _, shape in self.outputs]
        last = [shape[-1] if shape else None for shape in shapes]
        names = {name for name, _ in self.outputs}
        if len(self.inputs) == 1 and len(self.inputs[0][1]) == 4:
            if [len(shape) for shape in shapes] == [4] * 4:
                if [shape[1] for shape in shapes] == [1, 2, 2, 10]:
                    return "centerface"
            elif {"cls_8", "obj_8", "bbox_8", "kps_8"} <= names and len(shapes) == 12:
                return "yunet"
            elif len(shapes) == 3 and sorted(n or 0 for n in last) == [2, 4, 10]:
                return "retinaface-pytorch"
            elif len(shapes) in (9, 15):
                levels = len(shapes) // 3
                wanted = [1] * levels + [4] * levels + [10] * levels
                if all(got in (None, want) for got, want in zip(last, wanted, strict=True)):
                    # SCRFD and RetinaFace write the same outputs; 5 levels came with the latter.
                    return "scrfd" if levels == 3 else "retinaface-insightface"
        raise PackError(f"the outputs of {self.path} are not those of a known detector", _KNOWN)

    def face_model_shape(self) -> tuple[int, int]:
        """Side of the input in pixels, and embedding width.

        Raises:
            PackError: The model does not map one (N, 3, S, S) input to one (N, D) output.
        """
        if len(self.inputs) == 1 and len(self.outputs) == 1:
            _, given = self.inputs[0]
            _, made = self.outputs[0]
            if len(given) == 4 and given[1] == 3 and given[2] == given[3]:
                # Exporters leave the size open; ArcFace's 112 is then the field's standard.
                side = given[2] or 112
                if len(made) == 2 and made[1] is not None:
                    return side, made[1]
        raise PackError(
            f"{self.path} is not a face-ID model",
            "it must take one (N, 3, S, S) input and give one (N, D) embedding",
        )


def load(path: Path) -> onnx.ModelProto:
    """Read a model, with any weights that lie in files beside it.

    Raises:
        PackError: It cannot be read or is not ONNX.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(str(path))
    except (OSError, DecodeError, ValueError, onnx.checker.ValidationError) as error:
        raise PackError(f"cannot read the ONNX file {path}: {error}") from error
    if not model.graph.node:
        raise PackError(f"{path} is not an ONNX model")
    return model


def read_signature(path: Path) -> Signature:
    """Inputs and outputs of a model file.

    Raises:
        PackError: As `load`.
    """
    return signature_of(load(path), path)


def signature_of(model: onnx.ModelProto, path: Path) -> Signature:
    """Inputs and outputs of a model that was read from `path`."""
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    return Signature(
        path,
        tuple((v.name, _shape(v)) for v in graph.input if v.name not in weights),
        tuple((v.name, _shape(v)) for v in graph.output),
        tuple(node.op_type for node in graph.node[:8] if node.op_type != "Constant"),
    )


def for_inference(model: onnx.ModelProto, *, free_axes: bool = False) -> bytes:
    """The model as a runtime takes it best.

    Weights that old exporters also list as inputs could be overridden by a caller, so
    onnxruntime may not fold or reorder them: CenterFace takes 70 ms instead of 36.

    Args:
        model: Is changed.
        free_axes: Let the batch, height and width of inputs and outputs vary. Only for a
            model that is convolutional throughout.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)
    if free_axes:
        del graph.value_info[:]
        for names, values in (("bhw", graph.input), ("buv", graph.output)):
            for value in values:
                dims = value.type.tensor_type.shape.dim
                for axis, name in zip((0, 2, 3), names, strict=True):
                    dims[axis].dim_param = name
    return bytes(model.SerializeToString())


def for_training(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model for any number of pictures at once, in operations of a recent opset.

    Exporters write the batch of 1 that they were shown into the input and into reshapes;
    with more pictures such a reshape would silently mix them.

    Args:
        model: Is changed.
    """
    import onnx
    from onnx import numpy_helper, version_converter

    if next((o.version for o in model.opset_import if not o.domain), 0) < _TRAINABLE_OPSET:
        model = version_converter.convert_version(model, _TRAINABLE_OPSET)
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
    for node in graph.node:
        if node.op_type == "Reshape" and node.input[1] in constants:
            shape = numpy_helper.to_array(constants[node.input[1]]).copy()
            if len(shape) and shape[0] == 1:
                shape[0] = 0  # "as the input has it"
                name = f"{node.output[0]}_any_batch"
                graph.initializer.append(numpy_helper.from_array(shape, name))
                node.input[1] = name
    weights = {tensor.name for tensor in graph.initializer}
    for value in graph.input:
        if value.name not in weights:
            value.type.tensor_type.shape.dim[0].dim_param = "n"
    for value in graph.output:
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    del graph.value_info[:]
    assert isinstance(model, onnx.ModelProto)  # for mypy: convert_version is not typed
    return model


def _shape(value: onnx.ValueInfoProto) -> Shape:
    return tuple(
        d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None
        for d in value.type.tensor_type.shape.dim
    )
