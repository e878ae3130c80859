"""What docs/install.md promises: locks, overrides, build constraints; resolved where asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "linux-aarch64": {"sys_platform": "linux", "platform_machine": "aarch64"},
    "macos-arm64": {"sys_platform": "darwin", "platform_machine": "arm64"},
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_pyproject_and_has_one_onnxruntime(name: str) -> None:
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+) ", text, flags=re.MULTILINE))
    assert [n for n in locked if n.startswith("onnxruntime")] == ["onnxruntime"]
    for wanted in map(Requirement, PROJECT["dependencies"]):
        if wanted.marker is None or wanted.marker.evaluate(LOCKS[name]):
            assert wanted.specifier.contains(locked[wanted.name]), wanted
    assert "nvidia" not in text or name != "macos-arm64"


def test_the_build_of_packages_without_a_wheel_is_pinned() -> None:
    text = (ROOT / "build-constraints.txt").read_text(encoding="utf-8")
    assert re.search(r"^setuptools==\S+ .*\n +--hash=sha256:", text, flags=re.MULTILINE)
    assert "--build-constraints build-constraints.txt" in (ROOT / "Makefile").read_text()


def test_the_override_for_gpus_takes_the_plain_one_away_everywhere() -> None:
    override = Requirement((ROOT / "overrides-gpu.txt").read_text(encoding="utf-8").strip())
    assert override.name == "onnxruntime"
    assert override.marker is not None
    assert not any(override.marker.evaluate(place) for place in LOCKS.values())


@pytest.mark.slow
@pytest.mark.parametrize("gpu", [False, True])
def test_the_wheel_resolves_on_a_fresh_machine(gpu: bool, tmp_path: Path) -> None:
    """As `uv tool install` does it; needs a package index, and is skipped without one."""
    dependencies = tmp_path / "wheel.in"
    wanted = [*PROJECT["dependencies"], *(["onnxruntime-gpu"] if gpu else [])]
    dependencies.write_text("\n".join(wanted))
    overrides = ["--override", str(ROOT / "overrides-gpu.txt")] if gpu else []
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("uv")), "pip", "compile", str(dependencies)),
            *("--python-version", "3.12", "--no-header", "--no-annotate"),
            *("--python-platform", "x86_64-unknown-linux-gnu", *overrides),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
    )
    unreachable = ("error sending request", "dns error")
    if done.returncode and any(words in done.stderr.lower() for words in unreachable):
        pytest.skip("no package index here")
    assert done.returncode == 0, done.stderr
    found = re.findall(r"^(onnxruntime\S*)==", done.stdout, flags=re.MULTILINE)
    assert found == (["onnxruntime-gpu"] if gpu else ["onnxruntime"])
