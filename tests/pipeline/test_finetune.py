"""``vcn finetune`` and ``vcn cluster --checkpoint`` on a real film, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from media import Film
from safetensors.numpy import load_file
from short_film import write_short_film

import vcn
from vcn.config import RunConfig
from vcn.weights.checkpoint import load_checkpoint, save_checkpoint

Run = Callable[..., tuple[int, str, str]]
SCHEDULE = ("--adapt", "head", "--first-epochs", "3", "--epochs", "2", "--progress", "plain")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_short_film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=0.4)


@pytest.fixture(scope="module")
def checkpoint(film: Path) -> Path:
    """Two iterations in head mode."""
    path = film.with_name("made.safetensors")
    config = RunConfig(device="cpu")
    adapt = replace(
        config.adapt, mode="head", iterations=2, first_epochs=3, head_epochs=1, epochs=2
    )
    vcn.finetune(film, path, replace(config, adapt=adapt))
    return path


def people_of(path: Path) -> list[object]:
    return [track["person"] for track in json.loads(path.read_text())["tracks"]]


def test_it_says_how_each_iteration_went_and_what_to_do_next(
    run: Run, film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "c.safetensors"
    code, stdout, stderr = run("finetune", film, "-o", out, "--iterations", "2", *SCHEDULE)
    assert code == 0, stderr
    for number in (1, 2):
        (line,) = [x for x in stderr.splitlines() if x.startswith(f"iteration {number} of 2")]
        assert "loss" in line
        assert "coarse matches" in line
    assert stdout.strip() == (
        f"{out}: head mode, 2 iterations; use: vcn cluster --checkpoint {out}"
    )
    made = load_checkpoint(out)
    assert made.finished
    assert made.origin.film_name == "film.mp4"
    assert made.origin.pack == "open"


def test_going_on_gives_the_bytes_of_a_run_that_did_not_stop(
    run: Run, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "c.safetensors"
    code, _, stderr = run("finetune", film, "-o", out, "--iterations", "1", *SCHEDULE)
    assert code == 0, stderr
    code, _, stderr = run("finetune", film, "-o", out, "--iterations", "2", "--resume", *SCHEDULE)
    assert code == 0, stderr
    assert "iteration 1" not in stderr
    assert "iteration 2 of 2" in stderr
    assert out.read_bytes() == checkpoint.read_bytes()
    code, _, stderr = run("finetune", film, "-o", out, "--iterations", "2", "--resume", *SCHEDULE)
    assert code == 0
    assert "is complete: 2 iterations" in stderr
    # Other options are another run.
    code, _, stderr = run("finetune", film, "-o", out, "--resume", "--seed", "3", *SCHEDULE)
    assert code == 7
    assert "seed was 0, is 3" in stderr
    assert out.read_bytes() == checkpoint.read_bytes()


def test_cluster_takes_it_in_place_of_adaptation(
    run: Run, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clusters.json"
    code, _, stderr = run(
        "cluster", film, "-o", out, "--checkpoint", checkpoint, "--no-report", "--quiet"
    )
    assert code == 0, stderr
    manifest = json.loads(out.read_text())["manifest"]
    assert manifest["adapt_mode"] == "checkpoint"
    assert manifest["config"]["checkpoint"] == str(checkpoint)
    config = RunConfig(device="cpu")
    adapt = load_checkpoint(checkpoint).origin.config["adapt"]
    same = replace(config.adapt, **{k: adapt[k] for k in ("mode", "iterations", "first_epochs")})
    straight = vcn.cluster(film, replace(config, adapt=replace(same, epochs=2, head_epochs=1)))
    labels = [None if person < 0 else int(person) for person in straight.clustering.labels]
    ids = people_of(out)
    assert len(ids) == len(labels)
    for first in range(len(ids)):  # the numbers of people in the file are its own
        for second in range(first):
            assert (ids[first] == ids[second]) == (labels[first] == labels[second])


@pytest.mark.parametrize(("mode", "total"), [("head", 5), ("off", None)])
def test_the_epochs_of_adaptation_are_counted_from_the_start(
    run: Run, film: Path, tmp_path: Path, mode: str, total: int | None
) -> None:
    """In full mode they are minutes each: how many are left must be seen."""
    schedule = (f"adapt.{name}" for name in ("iterations=2", "first_epochs=3", "epochs=2"))
    settings = (word for one in schedule for word in ("--set", one))
    out = tmp_path / "c.json"
    given = ("--no-report", "--adapt", mode, "--progress", "jsonl", "--work-dir", tmp_path / "work")
    code, _, stderr = run("cluster", film, "-o", out, *given, *settings)
    assert code == 0, stderr
    told = [json.loads(line) for line in stderr.splitlines()]
    (begun,) = [x for x in told if x["event"] == "stage" and x["stage"] == "adapt, cluster"]
    (ended,) = [x for x in told if x["event"] == "stage_done" and x["stage"] == "adapt, cluster"]
    assert begun["total"] == total
    assert ended["done"] == (total or 0)


def test_another_checkpoint_is_another_result_in_the_cache(
    run: Run, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.safetensors"
    made = load_checkpoint(checkpoint)
    metric = made.snapshot.metric
    flat = replace(metric, centre=metric.centre + 1)
    save_checkpoint(replace(made, snapshot=replace(made.snapshot, metric=flat)), other)
    arguments = ("--no-report", "--progress", "plain")
    for path, runs in ((checkpoint, None), (other, True), (other, False)):
        out = tmp_path / "clusters.json"
        code, _, stderr = run("cluster", film, "-o", out, "--checkpoint", path, *arguments)
        assert code == 0, stderr
        assert runs is None or ("adapt, cluster" in stderr) == runs


def test_a_checkpoint_of_another_model_or_none_is_code_7(
    run: Run, film: Path, checkpoint: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.safetensors"
    made = load_checkpoint(checkpoint)
    save_checkpoint(replace(made, origin=replace(made.origin, face_model="0" * 64)), wrong)
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(checkpoint.read_bytes()[:1000])
    out = tmp_path / "clusters.json"
    for path, word in (
        (wrong, "another face model"),
        (damaged, "not a whole checkpoint"),
        (tmp_path / "none.safetensors", "no checkpoint"),
    ):
        code, _, stderr = run("cluster", film, "-o", out, "--checkpoint", path, "--quiet")
        assert code == 7
        assert stderr.count("\n") == 1
        assert word in stderr
        assert not out.exists()
    code, _, stderr = run("finetune", film, "-o", damaged, "--resume", "--quiet")
    assert code == 7
    assert "not a whole checkpoint" in stderr


def test_what_makes_no_sense_is_one_line(run: Run, film: Path, tmp_path: Path) -> None:
    good = tmp_path / "c.safetensors"
    empty = Film("small.mp4", n_frames=8).write(tmp_path)
    for code, *arguments in (
        (2, "finetune", film, "-o", tmp_path / "c.bin"),
        (2, "finetune", film, "-o", good, "--adapt", "off"),
        (2, "cluster", film, "--checkpoint", good, "--adapt", "head"),
        (3, "finetune", tmp_path / "none.mp4", "-o", good),
        (3, "finetune", empty, "-o", good),  # nobody is in it
        (4, "finetune", film, "-o", tmp_path / "no" / "c.safetensors"),
        (5, "finetune", film, "-o", good, "--pack", "nobody"),
    ):
        got, stdout, stderr = run(*arguments, "--quiet")
        assert got == code, stderr
        assert stdout == ""
        assert stderr.count("\n") == 1, stderr
    assert not list(tmp_path.glob("*.safetensors"))
    assert not list(tmp_path.glob(".vcn-*"))


# test_finetune_killed.py stops a run in full mode, test_checkpoint.py one in head mode.
@pytest.mark.slow
def test_a_run_that_is_stopped_goes_on_to_the_same_bytes(
    film: Path, checkpoint: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "c.safetensors"
    schedule = ("--adapt", "head", "--iterations", "2", "--first-epochs", "100", "--epochs", "2")
    command = [sys.executable, "-m", "vcn", "finetune", film, "-o", out, *schedule, "--quiet"]
    process = subprocess.Popen(
        list(map(str, command)), stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    limit = time.monotonic() + 90
    while not out.exists() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    if process.returncode != 0:  # a machine may be faster than we are
        assert process.returncode == 130
        assert "--resume" in stderr
        assert "Traceback" not in stderr
        assert not load_checkpoint(out).finished
    code, _, stderr = run("finetune", film, "-o", out, *schedule, "--resume", "--quiet")
    assert code == 0, stderr
    whole = tmp_path / "whole.safetensors"
    code, _, stderr = run("finetune", film, "-o", whole, *schedule, "--quiet")
    assert code == 0, stderr
    first, second = load_file(out), load_file(whole)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
