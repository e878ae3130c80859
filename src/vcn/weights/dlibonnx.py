"""dlib's face recognition ResNet as an ONNX model: for one picture, torch is slow to load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from vcn.types import FloatArray, IntArray
from vcn.weights.dlibfile import EMBEDDING, ConvLayer, read_dlib

_OPSET, _IR = 13, 8
_Named = tuple[str, list[int | str]]
"""Name and shape.  An axis with a name may have any length."""


def dlib_onnx(path: Path, side: int) -> bytes:
    """The net of dlib's file, from "x" (n, 3, side, side) to "y" (n, 128).

    Args:
        path: As for `read_dlib`.
        side: Of a crop in pixels.

    Raises:
        PackError: As `read_dlib`.
    """
    layers = read_dlib(path)
    net = _Net()
    x, size = net.conv("x", side, layers.stem)
    x = net.add("MaxPool", [net.add("Relu", [x])], kernel_shape=[3, 3], strides=[2, 2])
    size, channels = (size - 3) // 2 + 1, len(layers.stem.biases)
    for first, second in layers.blocks:
        out, width = net.conv(x, size, first)
        out, width = net.conv(net.add("Relu", [out]), width, second)
        filters = len(second.biases)
        if first.stride > 1:
            x = net.add("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
            # dlib's add_prev takes the larger shape; whatever is missing counts as zero.
            short, size = size // 2, max(size // 2, width)
            out = net.padded(out, 0, size - width)
            x = net.padded(x, filters - channels, size - short)
        x, channels = net.add("Relu", [net.add("Add", [out, x])]), filters
    pooled = net.add("ReduceMean", [x], axes=[2, 3], keepdims=0)
    net.add("MatMul", [pooled, net.weight(layers.last)], "y")
    return net.model(("x", ["n", 3, side, side]), ("y", ["n", EMBEDDING]))


class _Net:
    """A graph to which nodes and weights are added in place: 22 MB are not copied twice more."""

    def __init__(self) -> None:
        self._model = ModelProto(ir_version=_IR)
        self._model.graph.name = "dlib"
        self._model.opset_import.add(domain="", version=_OPSET)

    def weight(self, values: FloatArray | IntArray) -> str:
        tensors = self._model.graph.initializer
        name = f"w{len(tensors)}"
        kind = helper.np_dtype_to_tensor_dtype(values.dtype)
        tensors.add(name=name, data_type=kind, dims=values.shape, raw_data=values.tobytes())
        return name

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        nodes = self._model.graph.node
        output = output or f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def conv(self, x: str, side: int, layer: ConvLayer) -> tuple[str, int]:
        """The layer, and the side of what comes out."""
        size, pad = layer.weights.shape[-1], layer.pad
        inputs = [x, self.weight(layer.weights), self.weight(layer.biases)]
        out = self.add("Conv", inputs, strides=[layer.stride] * 2, pads=[pad] * 4)
        return out, (side + 2 * pad - size) // layer.stride + 1

    def padded(self, x: str, channels: int, pixels: int) -> str:
        """Zeros at the end of C, H and W."""
        if channels == pixels == 0:
            return x
        ends = np.array([0, 0, 0, 0, 0, channels, pixels, pixels])
        return self.add("Pad", [x, self.weight(ends)])

    def model(self, given: _Named, made: _Named) -> bytes:
        graph = self._model.graph
        for ends, (name, shape) in ((graph.input, given), (graph.output, made)):
            ends.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return bytes(self._model.SerializeToString())
