"""``vcn finetune`` in full mode, killed and stopped: it goes on to the same bytes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fork_server import ForkServer
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


class Runs:
    """Runs of `vcn` one after the other; what they said is in a file."""

    def __init__(self, server: ForkServer, said: Path) -> None:
        self._server, self._said = server, said

    def finished(self, *words: object) -> tuple[int, str]:
        """Exit code and words of a run that is left alone."""
        self._server.begin(*words, said=self._said)
        return self._server.end(), self._said.read_text()

    def stopped_after(self, out: Path, epochs: int, number: int, *words: object) -> tuple[int, str]:
        """The same of a run that got a signal once so many epochs were saved."""
        child = self._server.begin(*words, said=self._said)
        limit = time.monotonic() + PATIENCE
        with suppress(ProcessLookupError):  # it ended before: its exit code tells
            while epochs_saved(out) < epochs and time.monotonic() < limit:
                os.kill(child, 0)
                time.sleep(0.02)
            os.kill(child, number)
        return self._server.end(), self._said.read_text()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    server = ForkServer()
    yield Runs(server, tmp_path / "said")
    server.close()


def test_a_killed_run_in_full_mode_goes_on_to_the_same_bytes(runs: Runs, tmp_path: Path) -> None:
    film = write_short_film(tmp_path / "film.mp4", seconds=0.4)
    # A small model, but of a real file: what is trained is what onnx2torch makes of it.
    model = arcface_model(tmp_path / "face.onnx", side=32, width=16)
    arguments = (
        *("finetune", film, "--face-model", model, "--adapt", "full", *SCHEDULE, "--quiet"),
        *("--device", "cpu", "--work-dir", tmp_path / "work", "--set", "detect.max_side=320"),
        *("--set", "adapt.head_iterations=0"),
    )
    whole, out = tmp_path / "whole.safetensors", tmp_path / "out" / "c.safetensors"
    out.parent.mkdir()
    code, stderr = runs.finished(*arguments, "-o", whole)
    assert code == 0, stderr
    made = load_checkpoint(whole)
    assert made.finished
    assert made.snapshot.metric.mode == "full"

    command = (*arguments, "-o", out, "--resume")
    code, stderr = runs.stopped_after(out, 5, signal.SIGKILL, *command)  # only heads were trained
    assert code == -signal.SIGKILL, stderr
    assert 5 <= epochs_saved(out) < 35
    code, stderr = runs.stopped_after(out, HEAD_EPOCHS + 5, signal.SIGINT, *command)
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

    code, stderr = runs.finished(*command)
    assert code == 0, stderr
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in out.parent.iterdir()) == ["c.json", "c.safetensors"]
