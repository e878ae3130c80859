"""The files around the code say what is true: lock, README, Makefile, packs in the wheel."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import ROOT

from vcn import errors

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def locked() -> dict[str, str]:
    """Name and version of each package in the lock."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+) ", LOCK, flags=re.MULTILINE))


def test_the_lock_fits_pyproject() -> None:
    versions = locked()
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    for text in wanted:
        requirement = Requirement(text)
        if requirement.name == "onnxruntime":  # the GPU's stands for it
            requirement.name = "onnxruntime-gpu"
        if requirement.marker is None or requirement.marker.evaluate(
            {"sys_platform": "linux", "platform_machine": "x86_64"}
        ):
            assert requirement.specifier.contains(versions[requirement.name]), text


def test_the_lock_has_exactly_one_onnxruntime() -> None:
    assert [name for name in locked() if name.startswith("onnxruntime")] == ["onnxruntime-gpu"]


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert len(entries) == len(locked())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_no_committed_file_names_an_index() -> None:
    """The lock names packages and hashes; where they come from is the machine's business."""
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    if files == [""]:
        pytest.skip("not a git checkout")
    hosts = re.compile("|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "--index" + "-url")))
    found = []
    for name in filter(None, files):
        path = ROOT / name
        if path.suffix in {".png", ".jpg", ".npz", ".onnx"} or not path.is_file():
            continue
        if hosts.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert not found


def test_readme_lists_the_exit_codes() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", README, flags=re.MULTILINE))
    table = {
        (str(cls.exit_code), name)
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, errors.VcnError) and cls is not errors.VcnError
    }
    assert set(rows.items()) == table


def test_readme_links_to_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)[1].split())  # type: ignore[index]
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert phony == {line.split()[0] for line in listed.splitlines()}


def test_ci_runs_make_check() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make check" in script.read_text(encoding="utf-8")


def imported_distributions(folder: Path) -> dict[str, str]:
    """Distribution of each third-party module that the files of `folder` import: a file."""
    providers = packages_distributions()
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top in sys.stdlib_module_names or top == "vcn":
                    continue
                for provider in providers.get(top, [top]):
                    found.setdefault(canonicalize_name(provider), f"{path.name}: {name}")
    return found


def test_what_is_imported_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["ray"]]  # what an extra adds is imported lazily
    declared = {canonicalize_name(Requirement(text).name) for text in wanted}
    declared.add("onnxruntime-gpu")  # brings the module of onnxruntime
    imported = imported_distributions(ROOT / "src")
    assert not {name: where for name, where in imported.items() if name not in declared}
