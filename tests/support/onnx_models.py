"""Tiny ONNX models in the layouts that detectors and face models are published in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Collects nodes and weights of one graph."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, values: NDArray[Any]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def node(self, op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        out = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
        return out

    def conv(self, x: str, c_in: int, c_out: int, side: int, stride: int, **more: Any) -> str:
        shape = (c_out, c_in, side, side)
        scale = 1 / np.sqrt(c_in * side * side)
        w = self.random.normal(0, scale, shape).astype(np.float32)
        b = self.random.normal(0, 0.1, c_out).astype(np.float32)
        pad = [side // 2 if side > stride else 0] * 4
        return self.node(
            *("Conv", x, self.weight(w), self.weight(b)),
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=pad,
            **more,
        )

    def save(
        self,
        path: Path,
        shape: list[int | str],
        outputs: dict[str, list[int | str]],
        opset: int = 11,
    ) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "tiny",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
        return path


def insightface_detector(path: Path, *, levels: int = 3, batch_axis: bool = False) -> Path:
    """insightface's RetinaFace/SCRFD: for each level a score, a box and 5 points an anchor.

    3 levels have 2 anchors a cell (SCRFD, 9 outputs), 5 have 1 (RetinaFace, 15 outputs).
    """
    b, anchors = Builder(3), 2 if levels == 3 else 1
    names: dict[str, list[tuple[str, int]]] = {"score": [], "bbox": [], "kps": []}
    for level in range(levels):
        stride = 8 * 2**level
        x = b.node("Relu", b.conv("x", 3, 8, stride, stride))
        for kind, width in (("score", 1), ("bbox", 4), ("kps", 10)):
            raw = b.conv(x, 8, anchors * width, 1, 1)
            raw = b.node("Transpose", raw, perm=[0, 2, 3, 1])
            shape = [1, -1, width] if batch_axis else [-1, width]
            raw = b.node("Reshape", raw, b.weight(np.array(shape, np.int64)))
            if kind == "score":
                raw = b.node("Sigmoid", raw)
            elif kind == "bbox":  # distances to the sides are positive
                raw = b.node("Exp", raw)
            names[kind].append((raw, width))
    outputs: dict[str, list[int | str]] = {}
    for kind in names.values():
        for name, width in kind:
            outputs[name] = [1, f"n_{name}", width] if batch_axis else [f"n_{name}", width]
    return b.save(path, [1, 3, "h", "w"], outputs)


def yunet_detector(path: Path, side: int = 64) -> Path:
    """YuNet's 12 outputs, with the names that OpenCV looks for."""
    b = Builder(5)
    outputs: dict[str, list[int | str]] = {}
    for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            x = b.node("Relu", b.conv("x", 3, 8, stride, stride))
            raw = b.conv(b.node("Mul", x, b.weight(np.float32([0.02]))), 8, width, 1, 1)
            raw = b.node("Transpose", raw, perm=[0, 2, 3, 1])
            raw = b.node("Reshape", raw, b.weight(np.array([1, -1, width], np.int64)))
            name = f"{kind}_{stride}"
            b.node("Sigmoid" if width == 1 else "Identity", raw, out=name)
            outputs[name] = [1, (side // stride) ** 2, width]
    return b.save(path, [1, 3, side, side], outputs)


def arcface_model(
    path: Path, *, side: int = 16, width: int = 6, head: str = "gemm", opset: int = 11
) -> Path:
    """ArcFace as insightface exports it: normalisation, PRelu, BN, then the head.

    Args:
        path: Where to write it.
        side: Of the input.
        width: Of the embedding.
        head: "gemm" (flatten, Gemm, BN), "matmul" (MatMul), "normalised" (Gemm and a
            division by the length), "conv" (1x1 convolution and a reshape to [1, -1]),
            "residual" (Gemm whose result is added to its input: cannot be split there).
        opset: Of the file.
    """
    b = Builder(7)
    x = b.node("Sub", "x", b.weight(np.float32(127.5)))
    x = b.node("Mul", x, b.weight(np.float32(1 / 128)))
    x = b.conv(x, 3, 8, 3, 2)
    x = b.node("PRelu", x, b.weight(b.random.normal(0.2, 0.1, (8, 1, 1)).astype(np.float32)))
    x = _batch_norm(b, x, 8)
    x = b.node("Relu", b.conv(x, 8, width, 3, 2))
    if head == "conv":
        x = b.conv(b.node("GlobalAveragePool", x), width, width, 1, 1)
        b.node("Reshape", x, b.weight(np.array([1, -1], np.int64)), out="y")
        return b.save(path, [1, 3, side, side], {"y": [1, width]}, opset)
    if head == "residual":
        x = b.node("Flatten", b.node("GlobalAveragePool", x), axis=1)
        n = width
    else:
        x, n = b.node("Flatten", x, axis=1), width * (side // 4) ** 2
    w = b.weight(b.random.normal(0, 0.1, (width, n)).astype(np.float32))
    bias = b.weight(b.random.normal(0, 0.1, width).astype(np.float32))
    if head == "matmul":
        w = b.weight(b.random.normal(0, 0.1, (n, width)).astype(np.float32))
        b.node("MatMul", x, w, out="y")
    elif head == "normalised":
        y = b.node("Gemm", x, w, bias, transB=1)
        b.node("Div", y, b.node("ReduceL2", y, axes=[1], keepdims=1), out="y")
    elif head == "residual":
        b.node("Add", x, b.node("Gemm", x, w, bias, transB=1), out="y")
    else:
        b.node("Identity", _batch_norm(b, b.node("Gemm", x, w, bias, transB=1), width), out="y")
    return b.save(path, ["n", 3, side, side], {"y": ["n", width]}, opset)


def _batch_norm(b: Builder, x: str, n: int) -> str:
    values = [
        b.random.uniform(0.5, 1.5, n),
        b.random.normal(0, 0.3, n),
        b.random.normal(0, 0.3, n),
        b.random.uniform(0.5, 1.5, n),
    ]
    return b.node("BatchNormalization", x, *(b.weight(v.astype(np.float32)) for v in values))
