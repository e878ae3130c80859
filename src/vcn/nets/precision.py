"""How many digits a whole model is trained with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from vcn.config import Precision


def uses_bfloat16(device: torch.device, precision: Precision) -> bool:
    """Whether passes through a model are in bfloat16, its weights staying in float32.

    Its range is that of float32, so no loss needs scaling. `auto`: on a GPU or a
    CPU that multiplies bfloat16 itself; others only imitate it, slowly.
    """
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


@contextmanager
def mixed(device: torch.device, bfloat16: bool) -> Iterator[None]:
    """Passes as `uses_bfloat16` says."""
    with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
        yield


def without_slow_layers(module: nn.Module) -> None:
    """Let layers that a CPU computes slowly in bfloat16 keep to float32.

    oneDNN has no fast gradient of the input of a strided depthwise convolution in bfloat16:
    three such layers took 9.7 of 21 ms that MobileFaceNet took for a picture.

    Args:
        module: Such layers in it are replaced by ones with the same weights.
    """
    for name, layer in list(module.named_modules()):
        if type(layer) is nn.Conv2d and layer.groups > 1 and max(layer.stride) > 1:
            module.set_submodule(name, _Float32(layer), strict=True)


class _Float32(nn.Conv2d):
    """A convolution in float32, whatever is around it."""

    def __init__(self, layer: nn.Conv2d) -> None:
        nn.Module.__init__(self)
        self.__dict__.update(layer.__dict__)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())
