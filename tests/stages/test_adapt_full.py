"""Full mode: what is trained when, and the loss against a literal double loop."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from tiny_model import TinyModel, tiny_film, tiny_method

from vcn.benchmark.suite import entries
from vcn.config import AdaptConfig, RunConfig
from vcn.equations.ssl_loss import ssl_loss
from vcn.errors import UsageError
from vcn.methods import TrackFilm
from vcn.nets import load_face_model
from vcn.pipeline.setup import adapt_mode
from vcn.runtime.devices import resolve_device
from vcn.stages import adapt_full
from vcn.stages.adapt import HeadAdapter
from vcn.stages.adapt_full import FullAdapter
from vcn.stages.embed import embed
from vcn.types import Crops, Embeddings
from vcn.weights.packs import load_pack

NO_MATCHES = np.empty((0, 2), np.int64)


def adapter_for(film: TrackFilm, model: TinyModel, seed: int = 0, **changes: Any) -> FullAdapter:
    config = replace(tiny_method().adapt, **changes)
    assert film.crops is not None
    return FullAdapter(film.embeddings, film.crops, film.n_tracks, config, model, seed)


def all_crops(film: TrackFilm) -> np.ndarray:
    return np.ones(len(film.embeddings), np.bool_)


def weights_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def differ(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> set[str]:
    return {name for name, value in first.items() if not torch.equal(value, second[name])}


def test_the_loss_and_its_gradient_are_those_of_the_double_loop() -> None:
    model = TinyModel()
    film = tiny_film(model)
    adapter = adapter_for(
        film, model, head_epochs=0, teacher_temperature=0.07, student_temperature=0.5
    )
    with torch.no_grad():  # a teacher that is another model than the student
        for value in adapter.teacher.base.parameters():
            value += 0.05 * torch.randn(value.shape, generator=torch.Generator().manual_seed(1))
    first, second = torch.tensor([0, 5, 9]), torch.tensor([2, 6, 14])
    chance = adapter._trainer.generator.get_state()
    wide, close = adapter._views(torch.cat((first, second)))
    adapter._trainer.generator.set_state(chance)

    def outputs(branch: adapt_full.Branch, image: torch.Tensor) -> torch.Tensor:
        return branch(branch.base.preprocess(image[None]))[:, 0]  # (H, D)

    # The centre begins with the batch, after the teacher has moved.
    centre = torch.stack([outputs(adapter.teacher, view) for view in wide]).mean(0)[:, None]
    losses = []
    for one, other in [(pair, pair + 3) for pair in range(3)] + [(p + 3, p) for p in range(3)]:
        for glob in wide[2 * one : 2 * one + 2]:
            for view in (*wide[2 * other : 2 * other + 2], *close[4 * other : 4 * other + 4]):
                taught, said = outputs(adapter.teacher, glob), outputs(adapter.student, view)
                losses.append(ssl_loss(taught, said, centre[:, 0], 0.07, 0.5))  # (H,)
    every = torch.stack(losses)  # (72, H)
    assert len(every) == 6 * 2 * 6
    every.mean(dim=0).sum().backward()
    wanted = {name: p.grad.clone() for name, p in adapter.student.named_parameters()}
    adapter.student.zero_grad()
    mean = adapter._step(first, second)
    torch.testing.assert_close(mean, every.mean().detach(), rtol=1e-5, atol=1e-6)
    for name, parameter in adapter.student.named_parameters():
        torch.testing.assert_close(parameter.grad, wanted[name], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(adapter.centre, centre, rtol=1e-5, atol=1e-5)


def test_the_centre_is_a_plain_mean_that_becomes_a_rolling_one() -> None:
    model = TinyModel()
    adapter = adapter_for(tiny_film(model), model, centre_momentum=0.75)
    means = torch.randn(7, 2, 1, 8, generator=torch.Generator().manual_seed(0))
    for number, mean in enumerate(means, 1):
        before = adapter.centre
        adapter._move_centre(mean)
        plain = means[:number].mean(dim=0)
        wanted = plain if number <= 4 else 0.75 * before + 0.25 * mean
        torch.testing.assert_close(adapter.centre, wanted)
    adapter._end_epoch()
    adapter._move_centre(means[0])
    torch.testing.assert_close(adapter.centre, means[0])


def test_small_passes_give_the_gradient_of_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = TinyModel()
    film = tiny_film(model)
    grads = []
    for images in (5, 1000):
        monkeypatch.setattr(adapt_full, "_CPU_IMAGES", images)
        adapter = adapter_for(film, model, head_epochs=0)
        adapter._step(torch.arange(8), torch.arange(8, 16))
        grads.append([p.grad for p in adapter.student.parameters()])
    for few, many in zip(*grads, strict=True):
        torch.testing.assert_close(few, many, rtol=1e-3, atol=1e-6)


def test_mixed_precision_changes_only_the_last_digits() -> None:
    # The path that a GPU takes, on a CPU.
    model = TinyModel()
    film = tiny_film(model)
    losses = []
    for precision in ("float32", "bfloat16"):
        adapter = adapter_for(film, model, first_epochs=4, precision=precision)
        losses.append(adapter.fit(4, all_crops(film), NO_MATCHES))
        assert {value.dtype for value in adapter.student.parameters()} == {torch.float32}
        assert adapter.student_outputs().dtype == np.float32
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_first_the_heads_then_all_weights_and_never_the_running_statistics() -> None:
    model = TinyModel()
    film = tiny_film(model)
    before = weights_of(model)
    adapter = adapter_for(film, model)
    start = weights_of(adapter.student)
    states = []

    def keep(*_: object) -> None:
        states.append(weights_of(adapter.student))

    adapter.fit(3, all_crops(film), NO_MATCHES, keep)
    heads = {name for name in start if name.startswith("heads.")}
    base = {f"base.{name}" for name, _ in model.named_parameters()}
    assert differ(start, states[0]) == heads  # head_epochs = 1
    assert differ(states[0], states[1]) == heads | base
    assert differ(before, weights_of(model)) == set()  # what was given stays as it is
    assert not adapter.student.training
    assert not any(p.requires_grad for p in adapter.teacher.parameters())


def test_the_teacher_is_the_moving_average_of_the_student() -> None:
    model = TinyModel()
    film = tiny_film(model)
    adapter = adapter_for(film, model, head_epochs=0, teacher_momentum=0.75)
    start = weights_of(adapter.teacher)
    adapter.fit(1, all_crops(film), NO_MATCHES)
    for name, value in adapter.teacher.state_dict().items():
        if value.is_floating_point():
            wanted = 0.75 * start[name] + 0.25 * adapter.student.state_dict()[name]
            torch.testing.assert_close(value, wanted)


def test_training_lowers_the_loss_and_a_seed_repeats_it() -> None:
    model = TinyModel()
    film = tiny_film(model)
    losses: dict[str, list[float]] = {}
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        said: list[float] = []
        adapter_for(film, model, seed, first_epochs=12).fit(
            12, all_crops(film), NO_MATCHES, lambda _, loss, said=said: said.append(loss)
        )
        losses[name] = said
    assert losses["one"] == losses["again"]
    assert losses["one"] != losses["other"]
    assert losses["one"][-1] < losses["one"][0]


def test_after_training_the_crops_are_seen_by_both_branches() -> None:
    model = TinyModel()
    film = tiny_film(model)
    adapter = adapter_for(film, model)
    ok = all_crops(film)
    before = adapter.profiles(ok)
    adapter.fit(3, ok, np.array([[0, 3], [3, 0]]))
    after = adapter.profiles(ok)
    assert before.p.shape == after.p.shape == (6, 2 * 8)
    assert not np.array_equal(before.q, after.q)
    images = torch.from_numpy(np.array(film.crops.images))
    with torch.no_grad():
        said = adapter.student(adapter.student.base.preprocess(images))[0].numpy()
    np.testing.assert_allclose(adapter.student_outputs(), said, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("spoil", ["nan", "zero", "one crop", "no crop"])
def test_a_poor_film_has_nothing_to_train_on_and_no_warning(spoil: str) -> None:
    model = TinyModel()
    film = tiny_film(model, n_tracks=2, n_crops=1)
    values = np.array(film.embeddings.values)
    ok = all_crops(film)
    if spoil in ("nan", "zero"):  # Embeddings allows no NaN; embed() makes it zero
        values[:] = 0
    elif spoil == "one crop":
        ok[0] = False
    else:
        ok[:] = False
    embeddings = Embeddings(values, film.embeddings.track_index, normalised=False)
    adapter = adapter_for(replace(film, embeddings=embeddings), model)
    assert math.isnan(adapter.fit(2, ok, NO_MATCHES))
    assert np.isfinite(adapter.profiles(ok).q).all()


def test_the_method_runs_in_full_mode_and_says_so() -> None:
    model = TinyModel()
    film = tiny_film(model)
    method = tiny_method()
    run = method.run(film, 0, model=model)
    assert run.mode == "full"
    assert run.metric is not None
    assert any(name.startswith("base.") for name in run.metric.student)
    assert [entry.epochs for entry in run.iterations] == [3, 2, 2]
    again = method.run(film, 0, metric=run.metric, model=model)
    assert np.array_equal(again.clustering.labels, run.clustering.labels)
    # Without the pictures or the model only the heads can be trained.
    assert method.run(film, 0).mode == "head"
    assert method.run(replace(film, crops=None), 0, model=model).mode == "head"


def test_iterations_of_heads_are_those_of_head_mode_and_leave_the_model_alone() -> None:
    """Only then is the whole model trained: with 2 such iterations, in the third."""
    model = TinyModel()
    film = tiny_film(model)
    matches = np.array([[0, 3], [3, 0]])
    adapter = adapter_for(film, model, head_iterations=2, full_batch=16, batch=16)
    heads = HeadAdapter(film.embeddings, film.n_tracks, adapter._config, 0)
    start, states = weights_of(adapter.student), []
    for epochs in (3, 2):  # first_epochs, epochs
        said, alone = [], []
        for each, losses in ((adapter, said), (heads, alone)):
            each.fit(epochs, all_crops(film), matches, lambda _, x, losses=losses: losses.append(x))
        assert said == alone
        states.append(weights_of(adapter.student))
    assert all(
        torch.equal(states[1][f"heads.{n}"], v) for n, v in weights_of(heads.student).items()
    )
    for name, value in weights_of(heads.teacher).items():
        assert torch.equal(adapter.teacher.state_dict()[f"heads.{name}"], value)
    np.testing.assert_array_equal(
        adapter.profiles(all_crops(film)).q, heads.profiles(all_crops(film)).q
    )
    base = {f"base.{name}" for name, _ in model.named_parameters()}
    assert not differ(start, states[1]) & base
    adapter.fit(2, all_crops(film), matches)
    assert base <= differ(start, weights_of(adapter.student))


def test_an_epoch_of_the_whole_model_has_its_own_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    film = tiny_film(model := TinyModel(), 12)  # 48 crops
    for name in ("_step_of_heads", "_pass"):
        whole = getattr(FullAdapter, name)

        def counted(self: FullAdapter, *given: Any, name: str = name, whole: Any = whole) -> Any:
            seen.append(len(given[0]) if name == "_step_of_heads" else 0)
            return whole(self, *given)

        monkeypatch.setattr(FullAdapter, name, counted)
    adapter = adapter_for(film, model, head_iterations=1, epoch_crops=40, full_crops=20)
    adapter.fit(3, all_crops(film), NO_MATCHES)
    assert sum(seen) == 3 * 40
    seen.clear()
    firsts: list[int] = []
    step = FullAdapter._step

    def stepping(self: FullAdapter, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        firsts.append(len(first))
        return step(self, first, second)

    monkeypatch.setattr(FullAdapter, "_step", stepping)
    adapter.fit(2, all_crops(film), NO_MATCHES)
    assert sum(firsts) == 2 * 20
    assert sum(seen) == 0


def test_full_mode_that_would_never_train_the_model_is_an_error() -> None:
    config = replace(AdaptConfig(), mode="full", iterations=4)
    with pytest.raises(UsageError, match="in 4 iterations full mode would train the heads alone"):
        adapt_mode(config, resolve_device("cpu"))
    run = replace(RunConfig(), adapt=config)
    with pytest.raises(UsageError, match="the heads alone"):
        entries(["vcn-full"], None, run)
    assert adapt_mode(replace(config, mode="head"), resolve_device("cpu")) == "head"
    assert adapt_mode(replace(config, iterations=5), resolve_device("cpu")) == "full"
    entries(["vcn-paper-full"], None, run)  # it has no such iterations


def test_the_time_of_a_film_follows_its_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(
        FullAdapter, "_step", lambda self, first, _: steps.append(len(first)) or self.centre.sum()
    )
    visited = {}
    for n_tracks in (3, 12, 200):
        model = TinyModel()
        film = tiny_film(model, n_tracks)
        steps.clear()
        adapter_for(film, model, full_crops=300, head_epochs=3).fit(1, all_crops(film), NO_MATCHES)
        visited[n_tracks] = sum(steps)
    assert visited == {3: 12, 12: 48, 200: 300}


def adapter_of(face_model: Path | None, images: np.ndarray | None, **changes: Any) -> FullAdapter:
    """A real face model and one crop a track; without images, two of noise."""
    spec = load_pack("open", face_model=face_model).face_model
    assert spec is not None
    model, side = load_face_model(spec), spec.input_size
    if images is None:
        images = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    ones, index = np.ones(n := len(images), np.float32), np.arange(len(images))
    crops = Crops(images, index, index, 50 * ones, ones, ones)
    config = replace(AdaptConfig(), mode="full", n_heads=2, head_epochs=0, local_views=1)
    config = replace(config, head_iterations=0, **changes)
    return FullAdapter(embed(crops, model, lambda _: None), crops, n, config, model, 0)


def test_the_open_pack_is_trained() -> None:
    adapter = adapter_of(None, None)
    before = weights_of(adapter.student)
    assert math.isfinite(adapter.fit(1, np.ones(2, np.bool_), np.array([[0, 1], [1, 0]])))
    moved = differ(before, weights_of(adapter.student))
    assert {"base.stem.weight", "base.fc.weight", "heads.weight0"} <= moved


def test_mobilefacenet_in_bfloat16_is_trained_nearly_as_in_float32(shared_data: Path) -> None:
    names = (f"person_{p:02d}/{i:03d}.jpg" for i in (0, 1) for p in range(6))
    files = (shared_data / "faces" / name for name in names)
    faces = np.stack([cv2.imread(str(file))[..., ::-1] for file in files])
    losses, gradients = [], []
    for precision in ("float32", "bfloat16"):
        model = shared_data / "weights" / "mfn_photo_analyze.onnx"
        adapter = adapter_of(model, faces, precision=precision)
        losses.append(adapter._step(torch.arange(6), torch.arange(6, 12)))
        gradient = [p.grad.flatten() for p in adapter.student.base.parameters()]
        gradients.append(torch.cat(gradient).double())
        layers = [m for m in adapter.student.base.modules() if isinstance(m, torch.nn.Conv2d)]
        kept = [layer for layer in layers if type(layer) is not torch.nn.Conv2d]
        assert len(kept) == (3 if precision == "bfloat16" else 0)
    assert losses[0] != losses[1]
    torch.testing.assert_close(losses[0], losses[1], rtol=0.02, atol=0)
    assert 0.97 < torch.cosine_similarity(*gradients, dim=0) < 1
