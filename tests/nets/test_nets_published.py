"""The published backbones: their names and shapes, their arithmetic, and fine-tuning.

No published weights are here. Files are made in the published layouts, written down
below as lists of names and shapes; the real loading code reads them, and its output is
compared with forward passes written from the published code (functional, or
torchvision's and timm's modules), not with ours.
"""

from __future__ import annotations

import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vcn.errors import PackError
from vcn.nets import load_face_model
from vcn.nets.base import FaceModel
from vcn.weights.packs import FaceModelSpec, load_pack
from vcn.weights.torchfile import face_model_kind, load_state_dict

Shapes = dict[str, tuple[int, ...]]
State = dict[str, Tensor]

DEPTHS = {"r50": (3, 4, 14, 3), "r100": (3, 13, 30, 3)}


def norm(name: str, width: int, *, affine: bool = True) -> Shapes:
    shapes: Shapes = {f"{name}.running_mean": (width,), f"{name}.running_var": (width,)}
    if affine:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    return shapes | {f"{name}.num_batches_tracked": ()}


def iresnet_shapes(depths: tuple[int, ...]) -> Shapes:
    """insightface, recognition/arcface_torch/backbones/iresnet.py."""
    shapes: Shapes = {"conv1.weight": (64, 3, 3, 3), "prelu.weight": (64,)} | norm("bn1", 64)
    n_in = 64
    for level, (depth, width) in enumerate(zip(depths, (64, 128, 256, 512), strict=True), 1):
        for i in range(depth):
            at = f"layer{level}.{i}"
            shapes |= norm(f"{at}.bn1", n_in) | norm(f"{at}.bn2", width) | norm(f"{at}.bn3", width)
            shapes[f"{at}.conv1.weight"] = (width, n_in, 3, 3)
            shapes[f"{at}.prelu.weight"] = (width,)
            shapes[f"{at}.conv2.weight"] = (width, width, 3, 3)
            if i == 0:
                shapes[f"{at}.downsample.0.weight"] = (width, n_in, 1, 1)
                shapes |= norm(f"{at}.downsample.1", width)
            n_in = width
    shapes |= norm("bn2", 512) | norm("features", 512)
    return shapes | {"fc.weight": (512, 25088), "fc.bias": (512,)}


def ir_shapes(depths: tuple[int, ...]) -> Shapes:
    """mk-minchul/AdaFace, net.py, with the `model.` of its Lightning checkpoints."""
    shapes: Shapes = {"input_layer.0.weight": (64, 3, 3, 3), "input_layer.2.weight": (64,)}
    shapes |= norm("input_layer.1", 64)
    n_in, at = 64, 0
    for depth, width in zip(depths, (64, 128, 256, 512), strict=True):
        for _ in range(depth):
            if n_in != width:
                shapes[f"body.{at}.shortcut_layer.0.weight"] = (width, n_in, 1, 1)
                shapes |= norm(f"body.{at}.shortcut_layer.1", width)
            shapes |= norm(f"body.{at}.res_layer.0", n_in)
            shapes[f"body.{at}.res_layer.1.weight"] = (width, n_in, 3, 3)
            shapes |= norm(f"body.{at}.res_layer.2", width)
            shapes[f"body.{at}.res_layer.3.weight"] = (width,)
            shapes[f"body.{at}.res_layer.4.weight"] = (width, width, 3, 3)
            shapes |= norm(f"body.{at}.res_layer.5", width)
            n_in, at = width, at + 1
    shapes |= norm("output_layer.0", 512) | norm("output_layer.4", 512, affine=False)
    shapes |= {"output_layer.3.weight": (512, 25088), "output_layer.3.bias": (512,)}
    return {f"model.{name}": shape for name, shape in shapes.items()}


def farl_shapes() -> Shapes:
    """FacePerceiver/FaRL, farl/network/farl/model.py: CLIP's names."""
    shapes: Shapes = {
        "class_embedding": (768,),
        "positional_embedding": (197, 768),
        "proj": (768, 512),
        "conv1.weight": (768, 3, 16, 16),
    }
    for name in ("ln_pre", "ln_post"):
        shapes |= {f"{name}.weight": (768,), f"{name}.bias": (768,)}
    for i in range(12):
        at = f"transformer.resblocks.{i}"
        shapes |= {f"{at}.attn.in_proj_weight": (2304, 768), f"{at}.attn.in_proj_bias": (2304,)}
        shapes |= {f"{at}.attn.out_proj.weight": (768, 768), f"{at}.attn.out_proj.bias": (768,)}
        shapes |= {f"{at}.mlp.c_fc.weight": (3072, 768), f"{at}.mlp.c_fc.bias": (3072,)}
        shapes |= {f"{at}.mlp.c_proj.weight": (768, 3072), f"{at}.mlp.c_proj.bias": (768,)}
        for part in ("ln_1", "ln_2"):
            shapes |= {f"{at}.{part}.weight": (768,), f"{at}.{part}.bias": (768,)}
    return {f"visual.{name}": shape for name, shape in shapes.items()}


def random_state(shapes: Shapes) -> State:
    """Weights under which activations neither vanish nor grow."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
            continue
        values = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            values = 0.75 + 0.5 * torch.rand(shape, generator=generator)
        elif len(shape) == 1:  # norms, biases, PReLU slopes
            one = name.endswith("weight") and "prelu" not in name and "res_layer.3." not in name
            values = 0.1 * values + (1.0 if one else 0.25)
        elif len(shape) > 1:
            fan_in = values[0].numel() if len(shape) == 4 else shape[-1]
            values = values * (0.7 / fan_in) ** 0.5
        state[name] = values
    return state


def bn(x: Tensor, state: State, name: str) -> Tensor:
    return F.batch_norm(
        x,
        state[f"{name}.running_mean"],
        state[f"{name}.running_var"],
        state.get(f"{name}.weight"),
        state.get(f"{name}.bias"),
    )


def iresnet_forward(state: State, x: Tensor) -> Tensor:
    x = F.conv2d(x, state["conv1.weight"], padding=1)
    x = F.prelu(bn(x, state, "bn1"), state["prelu.weight"])
    for level in range(1, 5):
        i = 0
        while f"layer{level}.{i}.conv1.weight" in state:
            at, stride = f"layer{level}.{i}", 2 if i == 0 else 1
            y = F.conv2d(bn(x, state, f"{at}.bn1"), state[f"{at}.conv1.weight"], padding=1)
            y = F.prelu(bn(y, state, f"{at}.bn2"), state[f"{at}.prelu.weight"])
            y = F.conv2d(y, state[f"{at}.conv2.weight"], stride=stride, padding=1)
            y = bn(y, state, f"{at}.bn3")
            if i == 0:
                x = F.conv2d(x, state[f"{at}.downsample.0.weight"], stride=stride)
                x = bn(x, state, f"{at}.downsample.1")
            x, i = x + y, i + 1
    x = F.linear(bn(x, state, "bn2").flatten(1), state["fc.weight"], state["fc.bias"])
    return bn(x, state, "features")


def ir_forward(state: State, x: Tensor) -> Tensor:
    state = {name.removeprefix("model."): tensor for name, tensor in state.items()}
    x = F.conv2d(x, state["input_layer.0.weight"], padding=1)
    x = F.prelu(bn(x, state, "input_layer.1"), state["input_layer.2.weight"])
    for at, first in enumerate(i == 0 for depth in DEPTHS["r100"] for i in range(depth)):
        name, stride = f"body.{at}", 2 if first else 1
        y = bn(x, state, f"{name}.res_layer.0")
        y = F.conv2d(y, state[f"{name}.res_layer.1.weight"], padding=1)
        y = F.prelu(bn(y, state, f"{name}.res_layer.2"), state[f"{name}.res_layer.3.weight"])
        y = F.conv2d(y, state[f"{name}.res_layer.4.weight"], stride=stride, padding=1)
        y = bn(y, state, f"{name}.res_layer.5")
        if f"{name}.shortcut_layer.0.weight" in state:
            x = F.conv2d(x, state[f"{name}.shortcut_layer.0.weight"], stride=stride)
            x = bn(x, state, f"{name}.shortcut_layer.1")
        else:
            x = x[:, :, ::stride, ::stride]  # max pooling of 1x1
        x = x + y
    x = bn(x, state, "output_layer.0").flatten(1)
    x = F.linear(x, state["output_layer.3.weight"], state["output_layer.3.bias"])
    return bn(x, state, "output_layer.4")


def caffe_resnet50() -> nn.Module:
    """torchvision's ResNet-50 with the strides and the pooling of Caffe's."""
    torchvision = pytest.importorskip("torchvision")
    model = torchvision.models.resnet50(num_classes=8631)
    model.maxpool = nn.MaxPool2d(3, 2, padding=0, ceil_mode=True)
    for level in (model.layer2, model.layer3, model.layer4):
        level[0].conv1.stride, level[0].conv2.stride = (2, 2), (1, 1)
    return model.eval()


def caffe_shapes() -> Shapes:
    with torch.device("meta"):
        return {name: tuple(t.shape) for name, t in caffe_resnet50().state_dict().items()}


def resnet50_forward(state: State, x: Tensor) -> Tensor:
    model = caffe_resnet50()
    model.load_state_dict(state)
    model.fc = nn.Identity()
    return model(x)


def farl_forward(state: State, x: Tensor) -> Tensor:
    """timm's CLIP ViT-B/16, filled by timm's own reading of CLIP's names."""
    timm = pytest.importorskip("timm")
    from timm.models.vision_transformer import checkpoint_filter_fn

    model = timm.create_model("vit_base_patch16_clip_quickgelu_224", num_classes=512).eval()
    model.load_state_dict(checkpoint_filter_fn(dict(state), model), strict=False)
    tokens = model.forward_features(x)  # (N, 197, 768), normalised
    proj = state["visual.proj"]
    return torch.cat([tokens[:, 0] @ proj, tokens[:, 1:].mean(1) @ proj], dim=1)


@dataclass(frozen=True)
class Layout:
    kind: str
    shapes: Callable[[], Shapes]
    forward: Callable[[State, Tensor], Tensor]
    parameters: int
    """Of the published model, without what is not used for embeddings."""
    first: str
    """Name of the first layer's weights in our module."""
    features: int


LAYOUTS = {
    # 65.2 M and 43.6 M: arcface_torch's README and the papers' tables.
    "iresnet100": Layout(
        "iresnet",
        lambda: iresnet_shapes(DEPTHS["r100"]),
        iresnet_forward,
        65_156_160,
        "net.conv1.weight",
        25088,
    ),
    "iresnet50": Layout(
        "iresnet",
        lambda: iresnet_shapes(DEPTHS["r50"]),
        iresnet_forward,
        43_590_848,
        "net.conv1.weight",
        25088,
    ),
    "ir101": Layout(
        "ir101",
        lambda: ir_shapes(DEPTHS["r100"]),
        ir_forward,
        65_150_912,
        "net.input_layer.0.weight",
        25088,
    ),
    "resnet50": Layout(
        "resnet50",
        caffe_shapes,
        resnet50_forward,
        23_508_032,
        "net.conv1.weight",
        2048 * 49,
    ),
    "farl": Layout("farl", farl_shapes, farl_forward, 86_192_640, "net.conv1.weight", 2 * 768),
}
PACK_OF = {"ir101": "adaface-r101", "resnet50": "vggface2-r50", "farl": "farl-p16"}
"""iresnet has no pack of its own: its crops are those of antelopev2."""


def spec_for(kind: str, path: Path) -> FaceModelSpec:
    spec = load_pack(PACK_OF.get(kind, "antelopev2")).face_model
    assert spec is not None
    return FaceModelSpec(
        kind,
        path,
        spec.input_size,
        spec.mean,
        spec.std,
        spec.channels,
        spec.template,
        spec.embedding_dim,
        None if kind == "onnx" else spec.impostor_cosine,  # which nobody measured
    )


def save(state: State, kind: str, path: Path) -> Path:
    """Write a file as the publishers did."""
    if kind == "ir101":
        # Lightning's checkpoint: a classifier, counters and hyperparameters beside the model.
        whole = state | {"head.kernel": torch.zeros(512, 10), "head.t": torch.ones(1)}
        torch.save({"epoch": 26, "state_dict": whole, "hyper_parameters": {"m": 0.4}}, path)
    elif kind == "farl":
        # The whole of CLIP and the decoder of masked-image training.
        more = {"text_projection": torch.zeros(512, 512), "logit_scale": torch.ones(())}
        more |= {"visual.mask_token": torch.zeros(768), "visual.ln_lm.weight": torch.ones(768)}
        more["visual.lm_transformer.resblocks.0.ln_1.weight"] = torch.ones(768)
        torch.save({"state_dict": state | more}, path)
    elif kind == "resnet50":
        # Protocol 2 of numpy arrays, without counters: as MMdnn-like converters wrote it.
        arrays = {n: t.numpy() for n, t in state.items() if not n.endswith("batches_tracked")}
        with path.open("wb") as stream:
            pickle.dump(arrays, stream, protocol=2)
    else:
        torch.save(state, path)
    return path


@dataclass(frozen=True)
class Case:
    layout: Layout
    state: State
    path: Path
    model: FaceModel


@pytest.fixture(scope="module", params=list(LAYOUTS))
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """One layout after the other, so that only one big model is there at a time."""
    layout = LAYOUTS[request.param]
    state = random_state(layout.shapes())
    path = save(state, layout.kind, tmp_path_factory.mktemp("weights") / f"{request.param}.pth")
    yield Case(layout, state, path, load_face_model(spec_for(layout.kind, path)))
    path.unlink()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randint(0, 256, (2, 224, 224, 3), generator=torch.Generator().manual_seed(1)).to(
        torch.uint8
    )


def test_layout_is_read_and_computes_what_was_published(case: Case, images: Tensor) -> None:
    model = case.model
    images = images[:, : model.input_size, : model.input_size]
    n = sum(p.numel() for name, p in model.named_parameters() if not name.startswith("net.fc_"))
    assert n == case.layout.parameters
    with torch.inference_mode():
        x = model.preprocess(images)
        features = model.features(x)
        got = model(x)
        want = case.layout.forward(case.state, x)
    assert features.shape == (2, case.layout.features)
    assert got.shape == (2, model.embedding_dim)
    assert 1e-3 < want.std() < 1e3  # the weights are neither dead nor exploding
    assert (got[0] - got[1]).abs().max() > 1e-3
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4 * float(want.abs().max()))


def test_fine_tuning_reaches_the_first_layer(case: Case, images: Tensor) -> None:
    model = case.model.train()
    x = model.preprocess(images[:, : model.input_size, : model.input_size])
    first = dict(model.named_parameters())[case.layout.first]
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
    before = first.detach().clone()
    model(x).square().mean().backward()
    assert first.grad is not None
    assert float(first.grad.abs().max()) > 0
    assert all(p.grad is not None for p in model.parameters())
    optimiser.step()
    assert not torch.equal(before, first)


def test_layout_is_recognised(case: Case) -> None:
    assert face_model_kind(case.path)[0] == case.layout.kind
    pack = load_pack("open", face_model=case.path)
    assert pack.face_model == spec_for(case.layout.kind, case.path)
    assert pack.detector == load_pack("open").detector
    assert not pack.commercial  # nobody knows
    assert not pack.research_only
    pack.verify()


class Exported(nn.Module):
    """A face model as insightface exports it: one tensor to one tensor."""

    def __init__(self, model: FaceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


@pytest.mark.parametrize(
    ("depths", "size"),
    [
        pytest.param((1, 1, 1, 1), None, id="small"),
        pytest.param(DEPTHS["r100"], 260_665_334, id="r100", marks=pytest.mark.slow),
    ],
)
def test_arcface_in_onnx_becomes_trainable(
    depths: tuple[int, int, int, int], size: int | None, tmp_path: Path, images: Tensor
) -> None:
    """Exported as glintr100.onnx is, its batch open; r100 has the same size to 33 KB."""
    onnxruntime = pytest.importorskip("onnxruntime")
    images = images[:, :112, :112]
    weights = tmp_path / "backbone.pth"
    torch.save(random_state(iresnet_shapes(depths)), weights)
    model = load_face_model(spec_for("iresnet", weights))
    path = tmp_path / "arcface.onnx"
    with warnings.catch_warnings():
        # The exporter of glintr100's time; its successor needs one package more.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Exported(model).eval(),
            (torch.zeros(1, 3, 112, 112),),
            str(path),
            dynamo=False,
            opset_version=11,
            input_names=["input.1"],
            output_names=["embedding"],
            dynamic_axes={"input.1": {0: "None"}},
        )
    assert size is None or abs(path.stat().st_size - size) < 50_000
    with torch.inference_mode():
        x = model.preprocess(images)
        origin = F.normalize(model(x))
    del model

    spec = load_pack("antelopev2", face_model=path).face_model
    assert spec == spec_for("onnx", path)
    converted = load_face_model(spec)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    want = F.normalize(torch.from_numpy(session.run(None, {"input.1": x.numpy()})[0]))
    del session
    with torch.inference_mode():
        features = converted.features(x)
        got = F.normalize(converted(x))
    assert features.shape == (2, 25088)  # split before the last layer, as IResNet is
    assert (got - want).abs().max() < 1e-4
    assert (got - origin).abs().max() < 1e-4

    converted.train()
    converted(converted.preprocess(images)).square().mean().backward()
    convolutions = [p for p in converted.parameters() if p.shape == (64, 3, 3, 3)]
    assert len(convolutions) == 1  # the first layer
    assert convolutions[0].grad is not None
    assert float(convolutions[0].grad.abs().max()) > 0


def test_wrong_layouts_are_refused(tmp_path: Path) -> None:
    shapes = iresnet_shapes((1, 1, 1, 1))
    good = random_state(shapes)
    path = tmp_path / "w.pth"

    torch.save({n: t for n, t in good.items() if n != "layer2.0.bn2.bias"}, path)
    with pytest.raises(PackError, match=r"has no layer2\.0\.bn2\.bias"):
        load_face_model(spec_for("iresnet", path))
    torch.save(good | {"more.weight": torch.ones(1)}, path)
    with pytest.raises(PackError, match=r"has more\.weight, which is not known"):
        load_face_model(spec_for("iresnet", path))
    torch.save(good | {"fc.bias": torch.ones(128)}, path)
    with pytest.raises(PackError, match=r"fc\.bias has shape \(128,\), expected \(512,\)"):
        load_face_model(spec_for("iresnet", path))
    for kind in ("ir101", "resnet50", "farl"):
        torch.save(good, path)
        with pytest.raises(PackError):
            load_face_model(spec_for(kind, path))
    torch.save({"weight": torch.ones(1)}, path)
    with pytest.raises(PackError, match="not a face model that vcn knows"):
        face_model_kind(path)


class Evil:
    """A pickle that runs a command when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("how", ["torch", "legacy", "plain", "nested", "entry"])
def test_a_pickle_that_wants_more_is_refused(how: str, tmp_path: Path) -> None:
    path, marker = tmp_path / "evil.pth", tmp_path / "it-ran"
    content: object = {"w": Evil(marker)}
    if how == "torch":
        torch.save(content, path)
    elif how == "legacy":
        torch.save(content, path, _use_new_zipfile_serialization=False)
    elif how == "nested":
        import numpy as np

        array = np.empty(1, object)
        array[0] = Evil(marker)
        path.write_bytes(pickle.dumps({"w": array}))
    elif how == "entry":
        path.write_bytes(b"cbuiltins\neval\n(S'1'\ntR.")
    else:
        path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(PackError, match="not a checkpoint that can be read safely"):
        load_state_dict(path)
    assert not marker.exists()


def test_what_is_not_a_state_dict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    with pytest.raises(PackError, match="cannot read"):
        load_state_dict(path)
    path.write_bytes(b"")
    with pytest.raises(PackError):
        load_state_dict(path)
    path.write_bytes(b"\x80\x02no pickle")
    with pytest.raises(PackError, match="not a checkpoint"):
        load_state_dict(path)
    torch.save([torch.ones(1)], path)
    with pytest.raises(PackError, match="no state dict"):
        load_state_dict(path)
    torch.save({"lr": 0.1}, path)
    with pytest.raises(PackError, match="holds float under 'lr'"):
        load_state_dict(path)
    # TorchScript is a program, not weights.
    torch.save({"w": torch.ones(1)}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PackError, match="not a checkpoint"):
        load_state_dict(path)


def test_state_dicts_of_all_kinds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    state = {"module.a": torch.arange(3.0), "module.b": torch.tensor(2)}
    for content in (state, {"state_dict": state}):
        for zipped in (True, False):
            torch.save(content, path, _use_new_zipfile_serialization=zipped)
            got = load_state_dict(path)
            assert set(got) == {"a", "b"}
            assert torch.equal(got["a"], torch.arange(3.0))
    import numpy as np

    # Plain pickles of arrays: in every protocol, big-endian, in Fortran's order, and as
    # Python 2 wrote them.
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    for protocol in range(5):
        for given in (array, array.astype(">f4"), np.asfortranarray(array), array.astype("i8")):
            path.write_bytes(pickle.dumps(OrderedDict(a=given), protocol=protocol))
            got = load_state_dict(path)["a"]
            assert got.dtype == (torch.int64 if given.dtype.kind == "i" else torch.float32)
            assert torch.equal(got.float(), torch.from_numpy(array))
    path.write_bytes(PYTHON_2)
    assert torch.equal(load_state_dict(path)["a"], torch.tensor([1.0, -2.0]))
    path.write_bytes(pickle.dumps({"a": np.ones(2, np.complex64)}, protocol=2))
    with pytest.raises(PackError, match="something else than numbers"):
        load_state_dict(path)
    path.write_bytes(PYTHON_2.replace(b"(K\x01K\x02\x85", b"(K\x01K\x03\x85"))  # more than it has
    with pytest.raises(PackError, match="'a' is not an array"):
        load_state_dict(path)


PYTHON_2 = (
    b"\x80\x02}U\x01acnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    b"(K\x01K\x02\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xff"
    b"J\xff\xff\xff\xffK\x00tb\x89U\x08\x00\x00\x80?\x00\x00\x00\xc0tbs."
)
"""{"a": array([1, -2], float32)} as Python 2 and its numpy wrote it: bytes are strings."""
