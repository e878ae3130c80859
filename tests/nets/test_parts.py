"""Class and patch tokens have heads of their own (VCN 3.4), in every place that meets heads."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from short_film import write_short_film
from tiny_model import TinyModel, tiny_film, tiny_method
from tiny_vit import TINY, write_tiny_vit
from torch import Tensor

from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.nets import load_face_model
from vcn.nets.heads import Heads
from vcn.nets.vit_farl import FarlViT
from vcn.stages.adapt import HeadAdapter
from vcn.stages.adapt_full import FullAdapter
from vcn.types import Embeddings
from vcn.weights.checkpoint import Checkpoint, Origin, Snapshot, load_checkpoint, save_checkpoint
from vcn.weights.packs import FaceModelSpec

Run = Callable[..., tuple[int, str, str]]
N_HEADS, N_PARTS, WIDTH = 2, 2, TINY["OUTPUT"]
MODES = ("head", "full")


@pytest.fixture
def vit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FarlViT:
    path = write_tiny_vit(tmp_path / "farl.pth", monkeypatch, **TINY)
    template = ((4.0, 4.0), (8.0, 4.0), (6.0, 6.0), (4.0, 9.0), (8.0, 9.0))
    spec = FaceModelSpec(
        "farl", path, TINY["SIZE"], (128.0,) * 3, (64.0,) * 3, "RGB", template, 2 * WIDTH
    )
    model = load_face_model(spec)
    assert isinstance(model, FarlViT)
    return model


@pytest.fixture
def film(vit: FarlViT) -> TrackFilm:
    return tiny_film(vit)


def adapter_for(mode: str, film: TrackFilm, model: FarlViT) -> HeadAdapter | FullAdapter:
    """Trained for a few epochs."""
    config = tiny_method(mode).adapt
    adapter = (
        FullAdapter(film.embeddings, film.crops, film.n_tracks, config, model, 0)
        if mode == "full" and film.crops is not None
        else HeadAdapter(film.embeddings, film.n_tracks, config, 0)
    )
    ok = np.ones(len(film.embeddings), np.bool_)
    adapter.fit(3, ok, np.array([[0, 3], [3, 0]]))
    return adapter


def literal_network(heads: Heads, number: int, x: Tensor) -> Tensor:
    """(B, W) through one network, a layer at a time."""
    for layer in range(3):
        weight = heads.get_parameter(f"weight{layer}")[number]
        x = x @ weight + heads.get_parameter(f"bias{layer}")[number]
        x = torch.nn.functional.gelu(x) if layer < 2 else x
    return x


def both_branches(
    adapter: HeadAdapter | FullAdapter, film: TrackFilm, model: FarlViT
) -> Iterator[tuple[Heads, list[Tensor]]]:
    """Of the teacher and the student: heads, and both kinds of token as they meet them."""
    assert film.crops is not None
    images = torch.from_numpy(np.array(film.crops.images))
    values = torch.from_numpy(np.array(film.embeddings.values))
    for branch in (adapter.teacher, adapter.student):
        full = isinstance(adapter, FullAdapter)
        heads, base = (branch.heads, branch.base) if full else (branch, model)
        first, patches = base.tokens(base.preprocess(images))  # (N, 24), (N, 4, 24)
        inputs = []
        for token, part in zip(
            (first, patches.mean(dim=1)), values.split(WIDTH, dim=1), strict=True
        ):
            embedding = token @ base.net.proj
            inputs.append((embedding - part.mean(dim=0)) / part.std(dim=0, correction=0))
        yield heads, inputs


def test_the_parts_of_an_embedding_never_meet_in_a_head() -> None:
    generator = torch.Generator().manual_seed(0)
    heads = Heads(3, 8, generator, n_parts=2)
    x = torch.randn(5, 8, generator=generator, requires_grad=True)
    out = heads(x)
    assert out.shape == (6, 5, 4)
    for number in range(6):
        half = slice(0, 4) if number % 2 == 0 else slice(4, 8)
        torch.testing.assert_close(out[number], literal_network(heads, number, x[:, half]))
        (grad,) = torch.autograd.grad(out[number].sum(), x, retain_graph=True)
        met = grad.abs().sum(dim=0) > 0
        assert met[half].all()
        assert int(met.sum()) == 4
    torch.testing.assert_close(heads.first(out), torch.cat((out[0], out[1]), dim=1))


def test_one_part_is_a_head_of_the_whole_width() -> None:
    whole = Heads(3, 8, torch.Generator().manual_seed(0))
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(1))
    out = whole(x)
    assert out.shape == (3, 5, 8)
    for number in range(3):
        torch.testing.assert_close(out[number], literal_network(whole, number, x))


@pytest.mark.parametrize("mode", MODES)
def test_the_metric_is_that_of_heads_on_class_and_on_patch_tokens(
    mode: str, vit: FarlViT, film: TrackFilm
) -> None:
    """Eq. 2 of each pair of crops by a double loop over networks, from the tokens on."""
    adapter = adapter_for(mode, film, vit)
    ok = np.ones(len(film.embeddings), np.bool_)
    config = tiny_method().adapt
    with torch.no_grad():
        (teacher, taught), (student, said) = both_branches(adapter, film, vit)
        losses = []
        for number in range(N_HEADS * N_PARTS):
            t = literal_network(teacher, number, taught[number % N_PARTS])
            s = literal_network(student, number, said[number % N_PARTS])
            p = torch.softmax((t - adapter.centre[number]) / config.teacher_temperature, dim=1)
            q = torch.log_softmax(s / config.student_temperature, dim=1)
            losses.append(-(p @ q.T))  # (N, N)
        loss = torch.stack(losses).mean(dim=0)
        outputs = [literal_network(student, number, said[number]) for number in range(N_PARTS)]
    loss = (loss + loss.T) / 2
    n_crops = 4
    blocks = loss.reshape(film.n_tracks, n_crops, film.n_tracks, n_crops).mean(dim=(1, 3))
    found = adapter.profiles(ok)
    np.testing.assert_allclose(found.loss(), blocks.numpy(), rtol=2e-3, atol=2e-3)
    own = loss.diagonal().reshape(film.n_tracks, n_crops).mean(dim=1)
    np.testing.assert_allclose(found.diagonal, own.numpy(), rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(
        adapter.student_outputs(), torch.cat(outputs, dim=1).numpy(), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("mode", MODES)
def test_ser_fiq_drops_before_the_last_layer_of_each_part(
    mode: str, vit: FarlViT, film: TrackFilm
) -> None:
    adapter = adapter_for(mode, film, vit)
    ((hidden, weight, bias), *others) = next(adapter.last_layers())
    assert len(others) == tiny_method().adapt.n_heads - 1
    whole = (hidden @ weight.T + bias).detach()
    np.testing.assert_allclose(whole.numpy(), adapter.student_outputs(), rtol=1e-4, atol=1e-5)
    dropped = hidden.clone()
    dropped[:, 0] = 0  # of the class token's head
    moved = (dropped @ weight.T + bias - whole).abs().amax(dim=0) > 0
    assert moved[:WIDTH].all()
    assert not moved[WIDTH:].any()


def test_the_loss_of_the_patch_tokens_trains_the_base_model_too(
    vit: FarlViT, film: TrackFilm
) -> None:
    """The gradient of the two losses is the sum of their gradients."""
    assert film.crops is not None
    config = replace(tiny_method().adapt, head_epochs=0)
    grads = []
    for silent in (None, 0, 1):
        adapter = FullAdapter(film.embeddings, film.crops, film.n_tracks, config, vit, 0)
        if silent is not None:  # a last layer of zeros passes nothing on to the model
            with torch.no_grad():
                adapter.student.heads.get_parameter("weight2")[silent::N_PARTS] = 0
        adapter._step(torch.arange(8), torch.arange(8, 16))
        assert adapter.student.base.net.conv1.weight.grad is not None
        grads.append(adapter.student.base.net.conv1.weight.grad)
    both, patches, first = grads
    assert patches.abs().max() > 0
    assert first.abs().max() > 0
    torch.testing.assert_close(both, patches + first, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_a_checkpoint_keeps_the_parts_and_a_run_goes_on_from_it(
    mode: str, vit: FarlViT, film: TrackFilm, tmp_path: Path
) -> None:
    method = tiny_method(mode)
    snapshots: list[Snapshot] = []
    run = method.run(film, 0, model=vit, on_snapshot=snapshots.append)
    assert run.mode == mode
    assert run.metric is not None
    assert run.metric.centre.shape == (N_HEADS, N_PARTS * WIDTH)
    prefix = "heads." if mode == "full" else ""
    assert run.metric.student[f"{prefix}weight0"].shape == (N_HEADS * N_PARTS, WIDTH, WIDTH)
    middle = snapshots[3]  # within the second iteration
    assert len(middle.log) == 1
    config = {"adapt": {"iterations": 3}}
    origin = Origin("", "", "", "", "", 0, config, {})
    path = tmp_path / "c.safetensors"
    save_checkpoint(Checkpoint(origin, middle), path)
    again = method.run(film, 0, model=vit, start=load_checkpoint(path).snapshot)
    assert again.metric is not None
    np.testing.assert_array_equal(again.metric.centre, run.metric.centre)
    for name, value in run.metric.student.items():
        np.testing.assert_array_equal(again.metric.student[name], value)
    taken = method.run(film, 0, model=vit, metric=run.metric)
    np.testing.assert_array_equal(taken.clustering.labels, run.clustering.labels)


def test_a_metric_of_other_parts_is_refused(vit: FarlViT, film: TrackFilm) -> None:
    method = tiny_method("head")
    metric = method.run(film, 0).metric
    joined = replace(film, embeddings=replace(film.embeddings, n_parts=1))
    with pytest.raises(DataError, match="another shape"):
        method.run(joined, 0, metric=metric)


def test_parts_divide_the_embedding() -> None:
    assert tiny_film(TinyModel()).embeddings.n_parts == 1
    with pytest.raises(DataError, match="9 values are not 2 equal parts"):
        Embeddings(np.ones((1, 9)), np.zeros(1), normalised=False, n_parts=2)


def test_finetune_and_cluster_on_the_command_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures and the width of the pack farl-p16, with one thin layer."""
    model = write_tiny_vit(tmp_path / "farl.pth", monkeypatch, WIDTH=24, HEADS=3, LAYERS=1)
    film = write_short_film(tmp_path / "film.mp4", seconds=0.4, shots=(1, 3))
    out, clusters = tmp_path / "c.safetensors", tmp_path / "clusters.json"
    common = ("--face-model", model, "--progress", "none", "--work-dir", tmp_path / "work")
    for _ in range(2):  # the second time with embeddings from the work folder
        code, _, stderr = run(
            "finetune", film, "-o", out, "--adapt", "head", "--iterations", "1",
            "--first-epochs", "1", *common,
        )  # fmt: skip
        assert code == 0, stderr
        metric = load_checkpoint(out).snapshot.metric
        assert metric.centre.shape == (8, 1024)
        assert metric.student["weight0"].shape == (16, 512, 512)
    code, _, stderr = run(
        "cluster", film, "-o", clusters, "--checkpoint", out, "--no-report", *common
    )
    assert code == 0, stderr
    assert json.loads(clusters.read_text())["manifest"]["adapt_mode"] == "checkpoint"
    assert math.isfinite(load_checkpoint(out).snapshot.log[0].loss)
