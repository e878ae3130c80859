"""Half precision on a CPU: where it is used, how near it stays, and what it leaves out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vcn.nets.precision import mixed, uses_bfloat16, without_slow_layers


def mobile() -> nn.Sequential:
    """As MobileFaceNet begins: depthwise layers, two of them strided."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU6(),
            nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.ReLU6(), nn.Conv2d(16, 32, 1), nn.ReLU6(),
            nn.Conv2d(32, 32, 3, 2, 1, groups=32), nn.ReLU6(), nn.Conv2d(32, 16, 1),
            nn.Conv2d(16, 16, 3, (1, 2), 1, groups=16), nn.Flatten(), nn.Linear(512, 8),
        )  # fmt: skip


def passed(module: nn.Module, bfloat16: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """What it says of four pictures, and the gradient of all its weights."""
    chance = torch.Generator().manual_seed(1)
    pictures, wanted = (torch.randn(4, *shape, generator=chance) for shape in ((3, 32, 32), (8,)))
    module.zero_grad()
    with mixed(torch.device("cpu"), bfloat16):
        said = module(pictures)
    (said.float() * wanted).sum().backward()
    return said.detach().float(), torch.cat([p.grad.flatten() for p in module.parameters()])


@pytest.mark.parametrize("has", [False, True])
def test_auto_asks_the_processor(has: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert uses_bfloat16(cpu, "auto") is has
    assert uses_bfloat16(gpu, "auto") is has
    for device in (cpu, gpu):
        assert uses_bfloat16(device, "bfloat16")
        assert not uses_bfloat16(device, "float32")


def test_strided_depthwise_layers_keep_to_float32_and_nothing_else_does() -> None:
    module = mobile()
    without_slow_layers(module)
    made: dict[str, torch.dtype] = {}
    for name, layer in module.named_children():
        layer.register_forward_hook(lambda *given, name=name: made.update({name: given[2].dtype}))
    passed(module, bfloat16=True)
    convolutions = {name for name, layer in module.named_children() if hasattr(layer, "groups")}
    assert {name for name in convolutions if made[name] is torch.float32} == {"6", "9"}
    assert {made[name] for name in convolutions - {"6", "9"}} == {torch.bfloat16}


def test_layers_that_are_replaced_are_the_same_layers() -> None:
    module = mobile()
    said, gradient = passed(module, bfloat16=False)
    weights = dict(module.named_parameters())
    without_slow_layers(module)
    after = dict(module.named_parameters())
    assert list(after) == list(weights)
    assert all(after[name] is weights[name] for name in weights)
    again, gradient_again = passed(module, bfloat16=False)
    assert torch.equal(again, said)
    assert torch.equal(gradient_again, gradient)


def test_bfloat16_keeps_the_direction_of_the_gradient() -> None:
    module = mobile()
    said, gradient = passed(module, bfloat16=False)
    without_slow_layers(module)
    half, half_gradient = passed(module, bfloat16=True)
    assert not torch.equal(half, said)
    torch.testing.assert_close(half, said, rtol=0.02, atol=0.02 * float(said.abs().max()))
    likeness = torch.cosine_similarity(half_gradient, gradient, dim=0)
    assert 0.995 < likeness < 1 - 1e-7
