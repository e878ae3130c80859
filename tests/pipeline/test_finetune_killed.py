"""``vcn finetune`` in full mode, killed and stopped: it goes on to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from onnx_models import arcface_model
from short_film import write_short_film

from vcn.weights.checkpoint import load_checkpoint

SCHEDULE = ("--iterations", "2", "--first-epochs", "30", "--epochs", "5")
HEAD_EPOCHS = 10
PATIENCE = 120.0
"""Seconds for a start on a busy machine."""


def epochs_saved(out: Path) -> int:
    """Epochs done according to a checkpoint, which is whole at any moment."""
    return int(load_checkpoint(out).snapshot.training["epoch"][0]) if out.exists() else 0


def stopped_after(command: list[str], out: Path, epochs: int, number: int) -> tuple[int, str]:
    """Exit code and stderr of a run that got a signal once so many epochs were saved."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    limit = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < limit:
        if epochs_saved(out) >= epochs:
            process.send_signal(number)
            break
        time.sleep(0.02)
    _, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stderr


def finished(*arguments: object) -> tuple[int, str]:
    """Exit code and stderr of a run in a process of its own: other tests may have left torch
    another number of threads, and full mode depends on it.
    """
    command = [sys.executable, "-m", "vcn", *map(str, arguments)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def test_a_killed_run_in_full_mode_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    film = write_short_film(tmp_path / "film.mp4", seconds=0.4)
    # A small model, but of a real file: what is trained is what onnx2torch makes of it.
    model = arcface_model(tmp_path / "face.onnx", side=32, width=16)
    arguments = (
        *("finetune", film, "--face-model", model, "--adapt", "full", *SCHEDULE, "--quiet"),
        *("--device", "cpu", "--work-dir", tmp_path / "work"),
    )
    whole, out = tmp_path / "whole.safetensors", tmp_path / "out" / "c.safetensors"
    out.parent.mkdir()
    code, stderr = finished(*arguments, "-o", whole)
    assert code == 0, stderr
    made = load_checkpoint(whole)
    assert made.finished
    assert made.snapshot.metric.mode == "full"

    command = [sys.executable, "-m", "vcn", *map(str, arguments), "-o", str(out), "--resume"]
    code, stderr = stopped_after(command, out, 5, signal.SIGKILL)  # only heads were trained
    assert code == -signal.SIGKILL, stderr
    assert 5 <= epochs_saved(out) < 35
    code, stderr = stopped_after(command, out, HEAD_EPOCHS + 5, signal.SIGINT)
    assert code == 130, stderr
    assert "--resume" in stderr
    assert "Traceback" not in stderr
    assert HEAD_EPOCHS + 5 <= epochs_saved(out) < 35
    before = load_checkpoint(out).snapshot.metric
    assert any(  # the base model has moved
        not np.array_equal(value, made.snapshot.metric.student[name])
        for name, value in before.student.items()
        if name.startswith("base.")
    )

    code, stderr = finished(*arguments, "-o", out, "--resume")
    assert code == 0, stderr
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in out.parent.iterdir()) == ["c.json", "c.safetensors"]
