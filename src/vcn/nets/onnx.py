"""Any ONNX face-ID model as a trainable torch module, by onnx2torch.

The only file that imports onnx2torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, fx, nn

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.weights import onnxfile

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec


class OnnxFaceModel(FaceModel):
    """An ONNX face model, split at its last linear layer.

    Where the file's last layer with weights (a matrix product or a convolution) is the
    only way from the input to the embedding, `features` ends before it. Where it is not,
    `features` is the whole model and `last` does nothing.

    Args:
        spec: From a pack.

    Raises:
        PackError: The file is not a face model, holds an operation that onnx2torch does
            not know, or does not give what `spec` says.
    """

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        from onnx2torch import convert  # noqa: TID251

        model = onnxfile.load(spec.path)
        onnxfile.signature_of(model, spec.path).face_model_shape()
        try:
            module = convert(onnxfile.for_training(model))
        except Exception as error:  # onnx2torch raises whatever its parts raise
            text = (str(error).splitlines() or [type(error).__name__])[0]
            raise PackError(f"{spec.path.name} cannot become a torch module: {text}") from error
        _make_trainable(module)
        module.eval()
        # A batch of 2: a model that holds its batch of 1 somewhere inside shows itself.
        probe = torch.zeros(2, 3, spec.input_size, spec.input_size)
        self.body, self.tail, self._shape = _split(module, probe)
        try:
            with torch.inference_mode():
                got = tuple(self.forward(probe).shape)
        except (RuntimeError, ValueError) as error:
            text = (str(error).splitlines() or [type(error).__name__])[0]
            raise PackError(f"{spec.path.name} does not run as a torch module: {text}") from error
        if got != (2, spec.embedding_dim):
            raise PackError(
                f"{spec.path.name} makes {got} of two crops, not (2, {spec.embedding_dim})"
            )
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) preprocessed crops to (N, P) activations before the last layer."""
        activations: Tensor = self.body(x)
        return activations.flatten(1)

    def last(self, features: Tensor) -> Tensor:
        """(N, P) activations before the last layer to (N, D) embeddings."""
        embedding: Tensor = self.tail(features.reshape(-1, *self._shape))
        return embedding


def _make_trainable(module: fx.GraphModule) -> None:
    """Turn weights that onnx2torch keeps as constants (MatMul, PRelu) into parameters."""
    holder = module.get_submodule("initializers")
    for name, value in list(holder.named_buffers(recurse=False)):
        if value.is_floating_point() and value.numel() > 1:
            delattr(holder, name)
            holder.register_parameter(name, nn.Parameter(value.clone()))


def _split(module: fx.GraphModule, probe: Tensor) -> tuple[nn.Module, nn.Module, tuple[int, ...]]:
    """The part before the last linear layer, the rest, and the shape of a row between."""
    cut = _cut(module)
    if cut is None:
        return module, nn.Identity(), (-1,)
    body, tail = _ending_at(module, cut), _starting_at(module, cut)
    try:
        with torch.inference_mode():
            shape = tuple(body(probe).shape[1:])
    except (RuntimeError, ValueError) as error:
        text = (str(error).splitlines() or [type(error).__name__])[0]
        raise PackError(f"the face model does not run as a torch module: {text}") from error
    return body, tail, shape


def _cut(module: fx.GraphModule) -> fx.Node | None:
    """The value that goes into the last linear layer, if all of the output depends on it."""
    nodes = list(module.graph.nodes)
    linear = next((node for node in reversed(nodes) if _is_linear(module, node)), None)
    if linear is None:
        return None
    cut = linear.args[0]
    assert isinstance(cut, fx.Node)  # for mypy: a layer's first argument is its input
    if cut.op == "placeholder":
        return None
    # Walk back from the output around the cut: the input must not come into sight.
    pending, seen = [nodes[-1]], {cut}
    while pending:
        node = pending.pop()
        if node.op == "placeholder":
            return None
        fresh = [n for n in node.all_input_nodes if n not in seen]
        seen.update(fresh)
        pending.extend(fresh)
    return cut


def _is_linear(module: fx.GraphModule, node: fx.Node) -> bool:
    if node.op != "call_module":
        return False
    layer = module.get_submodule(str(node.target))
    if isinstance(layer, nn.Linear | nn.Conv2d):
        return True
    inputs = node.all_input_nodes
    product = type(layer).__name__ in ("OnnxMatMul", "OnnxGemm")
    return product and bool(inputs) and all(n.op == "get_attr" for n in inputs[1:])


def _copy(module: fx.GraphModule, cut: fx.Node) -> tuple[fx.Graph, fx.Node]:
    """The module's graph again, and `cut` in it."""
    graph = fx.Graph(owning_module=module)
    copies: dict[fx.Node, fx.Node] = {}
    result = graph.graph_copy(module.graph, copies)
    graph.output(result)
    return graph, copies[cut]


def _ending_at(module: fx.GraphModule, cut: fx.Node) -> fx.GraphModule:
    """The part of `module` from its input to `cut`."""
    graph, end = _copy(module, cut)
    output = next(node for node in reversed(graph.nodes) if node.op == "output")
    output.args = (end,)
    graph.eliminate_dead_code()
    return fx.GraphModule(module, graph)


def _starting_at(module: fx.GraphModule, cut: fx.Node) -> fx.GraphModule:
    """The part of `module` from `cut` to its output."""
    graph, start = _copy(module, cut)
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    with graph.inserting_before(inputs[0]):
        given = graph.placeholder("features")
    start.replace_all_uses_with(given)
    graph.eliminate_dead_code()
    for node in inputs:
        graph.erase_node(node)
    return fx.GraphModule(module, graph)
