"""Torch checkpoints: read without running what is in them, and recognised by their keys.

A checkpoint is a pickle, and a pickle can run any code. Torch's own files are opened
with ``weights_only``; the plain pickles of numpy arrays that VGGFace2's converters
published, by an unpickler that knows numpy arrays and nothing else. A file that wants
more is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from vcn.errors import PackError
from vcn.weights.plainpickle import PickledArray, read_pickle

if TYPE_CHECKING:
    import torch
    from torch import nn

P = ParamSpec("P")
Net = TypeVar("Net", bound="nn.Module")
StateDict = dict[str, "torch.Tensor"]

_LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How torch's files began before 1.6: the pickled number 0x1950a86a20f9469cfc6c."""

_SIGNS = (
    ("farl", "visual.class_embedding", ""),
    ("ir101", "model.input_layer.0.weight", "model.output_layer.3.weight"),
    ("iresnet", "layer1.0.prelu.weight", "fc.weight"),
    ("resnet50", "layer1.0.conv3.weight", ""),
)
"""Of each published layout (see nets/, one file for each): a key that only it has, and
the weights of the last layer where the width of the embedding is not the layout's own."""

_HINT = "publish it as a state dict of tensors, saved by torch.save"


def load_state_dict(path: Path) -> StateDict:
    """The tensors of a checkpoint, by their published names; weights stay on disk until used.

    Args:
        path: A state dict as torch.save writes it, alone or under the key
            ``state_dict`` (Lightning) or ``model_state`` (Resemblyzer), or a plain pickle
            of numpy arrays.

    Raises:
        PackError: The file cannot be read, holds something else than tensors, or wants
            to run code.
    """
    content = load_content(path)
    for key in ("state_dict", "model_state"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    return _tensors(content, path)


def load_content(path: Path) -> Any:
    """What a checkpoint holds, tensors and plain values, however nested.

    Raises:
        PackError: The file cannot be read, or wants to run code.
    """
    try:
        return _read(path)
    except PackError:
        raise
    except (OSError, EOFError) as error:
        raise PackError(f"cannot read {path}: {error}") from error
    except Exception as error:
        # Neither pickle nor torch promises which exceptions a damaged file raises.
        raise PackError(
            f"{path} is not a checkpoint that can be read safely: {_reason(error)}", _HINT
        ) from error


def face_model_kind(path: Path) -> tuple[str, int | None]:
    """Which of `packs.FACE_MODEL_KINDS` a checkpoint is, and how wide its embeddings are.

    Returns:
        The kind, and the width; None: the layout has one width only.

    Raises:
        PackError: As `load_state_dict`, or none of them.
    """
    state = load_state_dict(path)
    for kind, key, last in _SIGNS:
        if key in state:
            return kind, state[last].shape[0] if last in state else None
    raise PackError(
        f"{path} is not a face model that vcn knows",
        "known: ONNX, and torch's IResNet (arcface_torch), IR-50/IR-101 (AdaFace), "
        "ResNet-50 (VGGFace2), FaRL (visual.*), each under its published names",
    )


def fill(net: nn.Module, state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Copy `state` into `net`, which must have just these names and shapes.

    The counters of batch normalisation, which converters leave out, start at 0.

    Raises:
        PackError: A tensor is missing, unknown or has another shape.
    """
    import torch

    wanted = net.state_dict()
    found = dict(state)
    for name, tensor in wanted.items():
        if name.endswith(".num_batches_tracked") and name not in found:
            found[name] = torch.zeros_like(tensor)
    missing = sorted(wanted.keys() - found.keys())
    unknown = sorted(found.keys() - wanted.keys())
    if missing or unknown:
        what = f"has no {missing[0]}" if missing else f"has {unknown[0]}, which is not known"
        raise PackError(f"{path} {what}", "it is not the layout that the pack names")
    for name, tensor in wanted.items():
        if found[name].shape != tensor.shape:
            raise PackError(
                f"{path}: {name} has shape {tuple(found[name].shape)}, "
                f"expected {tuple(tensor.shape)}",
                "it is not the layout that the pack names",
            )
    net.load_state_dict(found)


def empty(build: Callable[P, Net], *args: P.args, **kwargs: P.kwargs) -> Net:
    """`build(...)` without the seconds that random weights would take: `fill` it next."""
    import torch

    with torch.device("meta"):
        net = build(*args, **kwargs)
    return net.to_empty(device="cpu")


def _read(path: Path) -> Any:
    import torch

    with path.open("rb") as stream:
        start = stream.read(len(_LEGACY_MAGIC))
    zipped = zipfile.is_zipfile(path)
    if zipped or start == _LEGACY_MAGIC:
        # A checkpoint with an optimiser is several times its model: mapped, not read.
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    with path.open("rb") as stream:
        return read_pickle(stream)


def _tensors(content: object, path: Path) -> StateDict:
    import torch

    if not isinstance(content, Mapping) or not content:
        raise PackError(f"{path} holds no state dict", _HINT)
    state: StateDict = {}
    for name, value in content.items():
        if isinstance(value, PickledArray):
            try:
                value = torch.from_numpy(value.array())
            except (TypeError, ValueError) as error:
                raise PackError(f"{path}: {name!r} is not an array: {error}", _HINT) from error
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise PackError(f"{path} holds {type(value).__name__} under {name!r}", _HINT)
        # DataParallel puts `module.` before every name.
        state[name.removeprefix("module.")] = value
    return state


def _reason(error: Exception) -> str:
    """One line; torch's own, where a file wants more than tensors, tells how to run its code."""
    wanted = re.search(r"\bGLOBAL (\S+)", str(error))
    return f"it wants {wanted[1]}" if wanted else _first_line(error)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
