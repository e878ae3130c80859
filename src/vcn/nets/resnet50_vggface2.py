"""ResNet-50 as VGGFace2 is published for torch (cydonia999/VGGFace2-pytorch).

Layout: its ``models/resnet.py``, which is Caffe's ResNet-50: the stride of a bottleneck
is in its first 1x1 convolution, and the max pooling rounds up without padding. The
published file ``resnet50_ft_weight.pkl`` is a pickle of numpy arrays. Input is BGR minus
(91.4953, 103.8827, 131.0912), not scaled (``datasets/vgg_face2.py``). Code written anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from vcn.errors import PackError
from vcn.nets.base import FaceModel
from vcn.weights.torchfile import empty, fill, load_state_dict

if TYPE_CHECKING:
    from vcn.weights.packs import FaceModelSpec

_WIDTH_OUT = 2048


class _Bottleneck(nn.Module):
    def __init__(self, n_in: int, width: int, stride: int, *, project: bool) -> None:
        super().__init__()
        n_out = 4 * width
        self.conv1 = nn.Conv2d(n_in, width, 1, stride, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, n_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.downsample = (
            nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))
            if project
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        return functional.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet50Layout(nn.Module):
    """The modules under their published names, without the classifier ``fc``."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _level(64, 64, 3, 1)
        self.layer2 = _level(256, 128, 4, 2)
        self.layer3 = _level(512, 256, 6, 2)
        self.layer4 = _level(1024, 512, 3, 2)


def _level(n_in: int, width: int, depth: int, stride: int) -> nn.Sequential:
    first = _Bottleneck(n_in, width, stride, project=True)
    others = [_Bottleneck(4 * width, width, 1, project=False) for _ in range(depth - 1)]
    return nn.Sequential(first, *others)


class VGGFace2ResNet50(FaceModel):
    """The embedding is the globally averaged last level (``pool5/7x7_s1``), 2048 wide.

    Averaging is therefore the last linear layer, and P = 2048*7*7.
    """

    def __init__(self, spec: FaceModelSpec) -> None:
        super().__init__(spec)
        if spec.input_size != 224 or spec.embedding_dim != _WIDTH_OUT:
            raise PackError(
                f"{spec.path}: VGGFace2's ResNet-50 takes 224 pixels and gives {_WIDTH_OUT} values"
            )
        state = {
            name: tensor
            for name, tensor in load_state_dict(spec.path).items()
            if not name.startswith("fc.")  # 8631 people of the training set
        }
        self.net = empty(ResNet50Layout)
        fill(self.net, state, spec.path)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, 224, 224) to (N, 100352)."""
        net = self.net
        x = functional.relu(net.bn1(net.conv1(x)))  # (N, 64, 112, 112)
        x = functional.max_pool2d(x, 3, 2, ceil_mode=True)  # (N, 64, 56, 56)
        for level in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = level(x)
        # (N, 2048, 7, 7)
        return x.flatten(1)

    def last(self, features: Tensor) -> Tensor:
        """(N, 100352) to (N, 2048)."""
        return features.reshape(len(features), _WIDTH_OUT, -1).mean(2)
