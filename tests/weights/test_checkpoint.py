"""Checkpoints: going on from one is never having stopped; a bad file is one line."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_model import TinyModel, tiny_film, tiny_method

from vcn.errors import DataError, OutputError
from vcn.methods.vcn import VcnRun
from vcn.runtime.whole import check_writable
from vcn.weights.checkpoint import (
    FORMAT,
    Checkpoint,
    Origin,
    Snapshot,
    load_checkpoint,
    save_checkpoint,
)
from vcn.weights.sealed import digest, seal

ORIGIN = Origin(
    film="xxh3:1",
    film_name="film.mp4",
    crops="c",
    pack="open",
    face_model="f" * 64,
    seed=0,
    config={"adapt": {"iterations": 3, "save_epochs": 1, "local_scale": (0.4, 0.6)}},
    versions={"vcn": "0"},
)


def run_of(mode: str, start: Snapshot | None = None, kept: list[Snapshot] | None = None) -> VcnRun:
    model = TinyModel()
    return tiny_method(mode).run(
        tiny_film(model),
        0,
        model=model if mode == "full" else None,
        start=start,
        on_snapshot=None if kept is None else kept.append,
    )


@pytest.fixture(scope="module", params=["head", "full"])
def whole(request: pytest.FixtureRequest) -> tuple[str, VcnRun, list[Snapshot]]:
    """A run that was not interrupted, and all that could have been saved on the way."""
    kept: list[Snapshot] = []
    return request.param, run_of(request.param, kept=kept), kept


@pytest.fixture(scope="module")
def some(whole: tuple[str, VcnRun, list[Snapshot]]) -> Checkpoint:
    """A checkpoint in the middle of an iteration."""
    return Checkpoint(ORIGIN, whole[2][5])


def same_arrays(first: Any, second: Any) -> bool:
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and np.array_equal(first[name], second[name])
        for name in first
    )


def assert_same_metric(first: Any, second: Any) -> None:
    assert same_arrays(first.student, second.student)
    assert same_arrays(first.teacher, second.teacher)
    assert np.array_equal(first.centre, second.centre)


def test_what_is_saved_is_what_is_loaded(some: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    save_checkpoint(some, path)
    loaded = load_checkpoint(path)
    assert_same_metric(loaded.snapshot.metric, some.snapshot.metric)
    assert same_arrays(loaded.snapshot.training, some.snapshot.training)
    assert any(name.startswith("optimiser.") for name in loaded.snapshot.training)
    assert loaded.snapshot.quality.reason == some.snapshot.quality.reason
    assert np.array_equal(loaded.snapshot.matches, some.snapshot.matches)
    assert repr(loaded.snapshot.log) == repr(some.snapshot.log)  # NaN too
    assert not loaded.finished
    beside = json.loads((tmp_path / "c.json").read_text())
    assert beside["format"] == FORMAT
    assert beside["origin"]["film_name"] == "film.mp4"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "c.safetensors"]


def test_going_on_is_never_having_stopped(
    whole: tuple[str, VcnRun, list[Snapshot]], tmp_path: Path
) -> None:
    mode, wanted, kept = whole
    # 3, 2 and 2 epochs, and the end of each iteration
    assert len(kept) == 3 + 2 + 2 + 3
    path = tmp_path / "c.safetensors"
    for point in (0, 1, 3, 5, 6, 8, 9):
        save_checkpoint(Checkpoint(ORIGIN, kept[point]), path)
        later: list[Snapshot] = []
        got = run_of(mode, load_checkpoint(path).snapshot, later)
        assert len(later) == len(kept) - 1 - point
        assert repr(got.iterations) == repr(wanted.iterations)
        assert np.array_equal(got.clustering.labels, wanted.clustering.labels)
        assert np.array_equal(got.quality.track_score, wanted.quality.track_score)
        assert_same_metric(got.metric, wanted.metric)
        if later:
            assert same_arrays(later[-1].training, kept[-1].training)


def test_more_iterations_can_be_asked_for(whole: tuple[str, VcnRun, list[Snapshot]]) -> None:
    mode, wanted, kept = whole
    model = TinyModel()
    given = model if mode == "full" else None
    short: list[Snapshot] = []
    tiny_method(mode, iterations=2).run(tiny_film(model), 0, model=given, on_snapshot=short.append)
    assert_same_metric(run_of(mode, short[-1]).metric, wanted.metric)
    assert len(kept[-1].log) == 3


def test_the_saved_metric_gives_the_clusters_of_the_run(
    whole: tuple[str, VcnRun, list[Snapshot]],
) -> None:
    mode, wanted, kept = whole
    model = TinyModel()
    got = tiny_method("head").run(
        tiny_film(model), 0, metric=kept[-1].metric, model=model if mode == "full" else None
    )
    assert got.mode == mode
    assert np.array_equal(got.clustering.labels, wanted.clustering.labels)
    assert np.array_equal(got.quality.track_score, wanted.quality.track_score)


def test_another_film_is_seen_with_the_statistics_of_the_checkpoint(
    whole: tuple[str, VcnRun, list[Snapshot]],
) -> None:
    mode, _, kept = whole
    model = TinyModel()
    metric = kept[-1].metric
    got = tiny_method("head").run(
        tiny_film(model, seed=5), 0, metric=metric, model=model if mode == "full" else None
    )
    assert got.metric is not None
    assert np.array_equal(got.metric.input_mean, metric.input_mean)
    assert_same_metric(got.metric, metric)


@pytest.fixture
def saved(some: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "c.safetensors"
    save_checkpoint(some, path)
    return path


def assert_refused(path: Path, *words: str) -> None:
    with pytest.raises(DataError) as raised:
        load_checkpoint(path)
    message = str(raised.value)
    assert path.name in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_truncated_file_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for share in np.linspace(0, 0.999, 23):
        saved.write_bytes(content[: int(share * len(content))])
        assert_refused(saved, "not a whole checkpoint")


def test_a_changed_byte_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    rng = np.random.default_rng(0)
    for place in [*range(8), *rng.integers(8, len(content), 60)]:
        broken = bytearray(content)
        broken[place] ^= int(rng.integers(1, 256))
        saved.write_bytes(broken)
        assert_refused(saved)


class _Trap:
    """Shows itself when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("trap"), "sprung"))


def test_other_files_are_refused(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (
        b"", b"text\n" * 99, b"\xff" * 99, pickle.dumps(_Trap()),
        (1 << 62).to_bytes(8, "little") + b"{}",
        (80_000).to_bytes(8, "little") + b"[" * 80_000,
    ):  # fmt: skip
        saved.write_bytes(content)
        assert_refused(saved, "not a whole checkpoint")
    assert not (tmp_path / "trap").exists()
    assert_refused(tmp_path / "none.safetensors", "there is no checkpoint")
    (tmp_path / "folder.safetensors").mkdir()
    assert_refused(tmp_path / "folder.safetensors", "there is no checkpoint")
    save_file({"a": np.zeros(3)}, saved)
    assert_refused(saved, "not a checkpoint of this version")
    save_file({"a": np.zeros(3)}, saved, {"vcn": "\n" + "[" * 100_000})
    assert_refused(saved)
    save_file({"a": np.zeros(3)}, saved, {"vcn": "0\n{"})
    assert_refused(saved)
    save_file({"a": np.zeros(3)}, saved, {"vcn": '0\n"text"'})
    assert_refused(saved)


def rewrite(path: Path, arrays: dict[str, Any], change: dict[str, Any] | None = None) -> None:
    """A checkpoint with other content, whole in itself."""
    text = json.dumps(json.loads(path.with_suffix(".json").read_text()) | (change or {}))
    save_file(arrays, path, {"vcn": f"{seal(text, arrays)}\n{text}"})


@pytest.mark.parametrize(
    "change",
    [
        {"format": "vcn-checkpoint/0"},
        {"mode": "sideways"},
        {"mode": None},
        {"teacher_temperature": 0},
        {"teacher_temperature": "warm"},
        {"reason": None},
        {"reason": ["bored"] * 6},
        {"reason": []},
        {"iterations": {}},
        {"iterations": [{}]},
        {"iterations": 5},
        {"origin": None},
        {"origin": {}},
    ],
    ids=str,
)
def test_a_wrong_description_is_refused(saved: Path, change: dict[str, Any]) -> None:
    rewrite(saved, load_file(saved), change)
    if change != {"iterations": {}}:  # as good as none
        assert_refused(saved)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("centre", None),
        ("centre", np.zeros(3, np.float32)),
        ("centre", np.full((2, 8), np.nan, np.float32)),
        ("input_std", np.zeros(8, np.float32)),
        ("crop_ok", np.zeros(24, np.float32)),
        ("crop_ok", None),
        ("track_score", np.zeros(99, np.float32)),
        ("matches", np.zeros((1, 3), np.int64)),
        ("matches", np.full((1, 2), 99)),
        ("matches", np.zeros((1, 2), np.float32)),
        ("training/epoch", None),
        ("pupil/weight", np.zeros(3, np.float32)),
    ],
)
def test_wrong_arrays_are_refused(saved: Path, name: str, value: Any) -> None:
    arrays = load_file(saved)
    arrays.pop(name, None)
    if value is not None:
        arrays[name] = value
    rewrite(saved, arrays)
    assert_refused(saved, "damaged")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("training/epoch", np.array([1, 5], np.int64)),
        ("training/epoch", np.array([1], np.int64)),
        ("training/generator", np.zeros(7, np.uint8)),
        ("training/generator", np.zeros(7, np.float32)),
        ("training/optimiser.0.exp_avg", np.zeros((3, 3), np.float32)),
        ("training/optimiser.999.step", np.zeros((), np.float32)),
        ("training/optimiser.first.step", np.zeros((), np.float32)),
        ("training/optimiser.0", np.zeros((), np.float32)),
        ("student/extra", np.zeros(3, np.float32)),
        ("teacher/more", np.zeros(3, np.float32)),
    ],
)
def test_a_state_of_another_model_is_refused_when_a_run_goes_on(
    whole: tuple[str, VcnRun, list[Snapshot]], saved: Path, name: str, value: Any
) -> None:
    arrays = load_file(saved)
    arrays[name] = value
    rewrite(saved, arrays)
    with pytest.raises(DataError) as raised:
        run_of(whole[0], load_checkpoint(saved).snapshot)
    assert "\n" not in str(raised.value)


def test_weights_of_another_shape_are_refused(some: Checkpoint) -> None:
    mode = some.snapshot.metric.mode
    for name in some.snapshot.metric.student:
        smaller = dict(some.snapshot.metric.student)
        smaller.pop(name)
        metric = replace(some.snapshot.metric, student=smaller)
        with pytest.raises(DataError, match="another shape"):
            run_of(mode, replace(some.snapshot, metric=metric))


def test_a_run_made_from_something_else_does_not_go_on(some: Checkpoint) -> None:
    path = Path("c.safetensors")
    some.check_origin(ORIGIN, path)
    more = {"adapt": {"iterations": 9, "save_epochs": 4, "local_scale": (0.4, 0.6)}}
    some.check_origin(replace(ORIGIN, config=more, pack="copy of open"), path)
    other = {"adapt": {"iterations": 3, "save_epochs": 1, "local_scale": (0.3, 0.6)}}
    for change, word in (
        ({"film": "xxh3:2"}, "another film, film.mp4"),
        ({"face_model": "e" * 64}, "another face model"),
        ({"seed": 7}, "seed was 0, is 7"),
        ({"crops": "d"}, "other crops"),
        ({"config": other}, "local_scale"),
    ):
        with pytest.raises(DataError, match=word):
            some.check_origin(replace(ORIGIN, **change), path)


def test_a_place_that_cannot_be_written_leaves_the_old_one(
    some: Checkpoint, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    with pytest.raises(OutputError, match="no"):
        save_checkpoint(some, tmp_path / "no" / "c.safetensors")
    with pytest.raises(OutputError):
        check_writable(tmp_path / "no" / "c.safetensors")
    with pytest.raises(OutputError, match="folder"):
        check_writable(tmp_path)
    check_writable(saved)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        save_checkpoint(some, saved)
    assert saved.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "c.safetensors"]


def test_digest_tells_arrays_apart() -> None:
    one = np.zeros((2, 3), np.float32)
    assert digest(one) == digest(one.copy(order="F"))
    assert len({digest(one), digest(one.T), digest(one.astype(np.float64)), digest(one, one)}) == 4
