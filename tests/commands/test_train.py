"""vcn train, vcn harvest, vcn models import: from the command line to a result."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ExampleRun
from training_films import training_film, write_film

from vcn.benchmark.sources import read_features
from vcn.benchmark.training_data import read_training
from vcn.errors import DataError
from vcn.methods.bcl.official import import_official
from vcn.methods.trackset import TrainingFilm
from vcn.weights.learned import load_learned

Cli = Callable[..., tuple[int, str, str]]
RELEASED = "20181113-235913.mlp-256-256-128-64-64.ep-0127.trn-03.5879.bs-2000.pth.tar"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of two films."""
    folder = tmp_path / "data"
    folder.mkdir()
    for seed in range(2):
        write_film(folder / f"film{seed}.npz", training_film(seed))
    return folder


def test_train_resume_and_use(run: Cli, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "bcl.safetensors"
    code, told, error = run("train", "bcl", "--data", data, "-o", out, "--epochs", 2)
    assert code == 0, error
    assert "bcl, epoch" in told
    assert "held-out people" in told
    record = json.loads(out.with_suffix(".json").read_text())
    assert record["origin"]["films"] == ["film0", "film1"]
    assert record["origin"]["people"] == 14
    assert len(record["log"]) == 2
    code, _, error = run("train", "bcl", "--data", data, "-o", out, "--epochs", 2, "--resume")
    assert code == 7
    assert "finished already" in error
    code, _, error = run(
        "cluster", "no.mp4", "--method", "bcl-triplet", "--checkpoint", out, "--dry-run"
    )
    assert code == 7
    assert "was learned by bcl, not by bcl-triplet" in error
    code, _, error = run("cluster", "no.mp4", "--method", "bcl", "--dry-run")
    assert code == 2
    assert "has to be trained on other films first" in error


def test_train_multi_face(run: Cli, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "mvcorr.safetensors"
    code, told, error = run(
        "train", "mvcorr", "--data", data, "-o", out, "--epochs", 2, "--seed", 3
    )
    assert code == 0, error
    assert load_learned(out, "mvcorr").origin["seed"] == 3
    assert "--method mvcorr --checkpoint" in told


def test_bad_training_data(run: Cli, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.safetensors"

    def fails(*arguments: str | Path) -> str:
        code, _, error = run("train", *arguments, "-o", out)
        assert code in (2, 7)
        assert error.count("\n") == 1
        assert not out.exists()
        return error

    assert "is not trained" in fails("vcn", "--data", data)
    assert "there is no folder" in fails("bcl", "--data", tmp_path / "nothing")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there are no films" in fails("bcl", "--data", empty)
    one = training_film(0)
    write_film(empty / "one.npz", TrainingFilm(one.film, ("anna",) * one.film.n_tracks))
    assert "1 person, it needs at least 4" in fails("bcl", "--data", empty)
    write_film(empty / "two.npz", TrainingFilm(one.film, None))
    assert "1 person" in fails("bcl", "--data", empty)
    write_film(data / "wide.npz", training_film(2, width=8))
    assert "Learn from films of one face model" in fails("bcl", "--data", data)
    values = one.film.embeddings.values.copy()
    values[3, 4] = np.nan
    np.savez(
        data / "wide.npz",
        features=values,
        track_index=one.film.embeddings.track_index,
        labels=np.array(one.people),
    )
    assert "finite" in fails("bcl", "--data", data)
    evil = np.empty(1, object)
    evil[0] = {"a": 1}
    (data / "wide.npz").unlink()
    np.savez(data / "evil.npz", features=evil, track_index=evil, labels=evil)
    assert "evil.npz" in fails("bcl", "--data", data)


def test_unknown_names_are_nobody(tmp_path: Path) -> None:
    film = training_film(0)
    names = ("unknown", "-1", *(film.people or ())[2:])
    write_film(tmp_path / "a.npz", TrainingFilm(film.film, names))
    tracks = read_training(tmp_path)
    assert (tracks.person[:2] == -1).all()
    assert (tracks.person[2:] >= 0).all()


def test_a_damaged_file_is_refused(run: Cli, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "bcl.safetensors"
    run("train", "bcl", "--data", data, "-o", out, "--epochs", 1)
    whole = out.read_bytes()
    out.write_bytes(whole[:-8] + bytes(8))
    with pytest.raises(DataError, match="damaged"):
        load_learned(out)
    out.write_bytes(whole[:100])
    with pytest.raises(DataError, match="cannot be read"):
        load_learned(out)
    with pytest.raises(DataError, match="there is no file"):
        load_learned(tmp_path / "no.safetensors")


def test_the_released_checkpoint(run: Cli, shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "bcl.safetensors"
    code, told, error = run("models", "import", shared_data / "bcl" / RELEASED, "-o", out)
    assert code == 0, error
    assert "squared radius 0.2051050, cut at 0.820420" in told
    learned = load_learned(out, "bcl")
    assert learned.threshold == pytest.approx(0.8204202, abs=1e-7)
    assert learned.origin["epoch"] == 127
    # The network of its paper, by NumPy from its own file.
    path = shared_data / "bcl" / RELEASED
    content = torch.load(path, weights_only=True, map_location="cpu")["model_state"]
    x = np.random.default_rng(0).normal(size=(5, 256))
    expected = x
    for n in range(4):
        expected = np.maximum(expected, 0) if n else expected
        weight, bias = (content[f"linears.{n}.{part}"].numpy() for part in ("weight", "bias"))
        expected = expected @ weight.T.astype(np.float64) + bias
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    from vcn.methods.bcl.embed import embed
    from vcn.nets.track_mlp import mlp_of

    got = embed(mlp_of(learned.weights), x, learned.scale, unit=True)
    np.testing.assert_allclose(got, expected, atol=1e-6)


class Evil:
    """Wants to run a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (f"touch {self.marker}",)


def test_what_is_not_the_released_checkpoint(tmp_path: Path) -> None:
    path, marker = tmp_path / "x.pth.tar", tmp_path / "it-ran"
    for content in ({"epoch": Evil(marker)}, [Evil(marker)]):
        path.write_bytes(pickle.dumps(content))
        with pytest.raises(DataError, match="safely"):
            import_official(path)
        torch.save(content, path)
        with pytest.raises(DataError, match=r"safely: it wants \S+\. vcn models import"):
            import_official(path)
    assert not marker.exists()
    torch.save({"epoch": 1, "model_state": {}}, path)
    with pytest.raises(DataError, match="not a checkpoint of BCL"):
        import_official(path)
    state = {"linears.0.weight": torch.ones(3, 2), "linears.0.bias": torch.ones(3)}
    bias = {"ctrd.h_bias": torch.tensor(0.1)}
    torch.save({"epoch": 1, "model_state": state, "criterion_state": bias}, path)
    assert import_official(path).origin["width"] == 2
    state["linears.1.weight"], state["linears.1.bias"] = torch.ones(3, 5), torch.ones(3)
    torch.save({"epoch": 1, "model_state": state, "criterion_state": bias}, path)
    with pytest.raises(DataError, match="no chain"):
        import_official(path)


def test_harvest_of_a_film(
    run: Cli, example_run: ExampleRun, example_film: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    shutil.copy(example_film, film)
    shutil.copy(example_film.with_name("film.labels.csv"), tmp_path / "film.labels.csv")
    options = ("-o", tmp_path / "out", "--device", "cpu", "--work-dir", example_run.work)
    code, told, error = run("harvest", film, *options, "--all", "--labels")
    assert code == 0, error
    assert "tracks" in told
    labelled = read_features(tmp_path / "out" / "film.npz")
    assert labelled.film.n_tracks == len(example_run.result.tracks)
    assert len(np.unique(labelled.truth[labelled.truth >= 0])) == 9
    tracks = read_training(tmp_path / "out")
    assert len(tracks.people) == 9
    code, told, error = run("harvest", film, *options)
    if code == 0:
        chosen = read_features(tmp_path / "out" / "film.npz").film
        assert chosen.cannot_link is not None
        assert set(chosen.cannot_link.ravel().tolist()) == set(range(chosen.n_tracks))
    else:
        assert "shares a frame with another" in error
    code, _, error = run("harvest", tmp_path / "no.mp4", *options)
    assert code == 3


def test_constants_can_be_chosen(run: Cli, data: Path, tmp_path: Path) -> None:
    out, chosen = tmp_path / "bcl.safetensors", tmp_path / "my.toml"
    chosen.write_text("[systems.ball]\nwidth = 4\n")
    code, _, stderr = run(
        *("train", "bcl", "--data", data, "-o", out, "--epochs", "1", "--progress", "plain"),
        *("--validation", data, "--set", "systems.ball.hidden=8", "--config", chosen),
    )
    assert code == 0
    assert "train bcl" in stderr
    options = load_learned(out, "bcl").origin["options"]
    assert (options["hidden"], options["width"], options["epochs"]) == ([8], 4, 1)
    code, _, stderr = run("train", "bcl", "--data", data, "-o", out, "--set", "systems.ball.x=1")
    assert code == 2
    assert "systems.ball.x" in stderr
