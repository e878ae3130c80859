"""--version, -v, the manual page, completion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from vcn import __version__
from vcn.runtime import devices

Run = Callable[..., tuple[int, str, str]]


def test_version_is_one_line_and_with_v_what_a_report_needs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("--version") == (0, f"vcn {__version__}\n", "")
    for order in (("--version", "-v"), ("-v", "--version")):
        code, stdout, _ = run(*order)
        assert code == 0
        assert stdout.startswith(f"vcn {__version__}\n")
        for word in ("system:", "python:", "cores:", "torch ", "onnxruntime"):
            assert word in stdout
    assert "fault:" not in stdout
    both = {"onnxruntime": "1", "onnxruntime-gpu": "1"}
    monkeypatch.setattr(devices, "onnxruntime_distributions", lambda: both)
    assert "fault:    onnxruntime and onnxruntime-gpu" in run("--version", "-v")[1]


def test_without_a_command_help_is_shown(run: Run) -> None:
    for arguments in ((), ("-v",)):
        code, stdout, stderr = run(*arguments)
        assert code == 2
        assert "cluster" in stdout + stderr


def test_the_manual_page_has_every_command_and_option(run: Run) -> None:
    code, page, _ = run("man")
    assert code == 0
    assert page.startswith(".TH VCN 1")
    for word in ("vcn cluster FILM...", "vcn models pull NAME", r"\-\-set", r"\-\-dry\-run"):
        assert word in page
    assert not [line for line in page.splitlines() if line.startswith("'")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_the_shells(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['vcn']; from vcn.cli import main; main()"],
        env={
            "PYTHONPATH": os.pathsep.join(sys.path),
            "_VCN_COMPLETE": f"source_{shell}",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "_VCN_COMPLETE" in done.stdout
