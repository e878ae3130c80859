"""README and docs say what is true: paths are there, commands run as they are written."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from film_results import film
from media import Film
from paths import PACKAGE, ROOT

from vcn.report.write import write_result

Run = Callable[..., tuple[int, str, str]]

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = ("README.md", "docs/configuration.md", "docs/evaluate.md")
"""The pages for jobs have a test of their own (test_docs_jobs.py)."""
NOT_RUN = {"vcn models pull buffalo_l": "downloads, which no test does"}


def test_the_paths_of_the_architecture_are_there() -> None:
    drawing = ARCHITECTURE.split("```")[1]
    names = re.findall(r"`([\w./]+(?:/|\.\w+))`", ARCHITECTURE)
    names += re.findall(r"\b((?:[a-z_]+/)+(?:\w+\.py)?)", drawing)
    assert len(names) > 50
    missing = {
        name
        for name in names
        if not any((base / name).exists() for base in (PACKAGE, ROOT))
        and name not in {"models/NAME/pack.toml"}
    }
    assert missing == set()


def test_the_architecture_names_every_package() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    drawn = set(re.findall(r"([a-z_]+)/", ARCHITECTURE))
    assert packages - drawn == set(), "draw them in docs/architecture.md"


def commands() -> list[tuple[str, str]]:
    """Page and command of every line of code that begins with vcn, but those not run."""
    found = [
        (page, line.strip())
        for page in PAGES
        for line in (ROOT / page).read_text(encoding="utf-8").splitlines()
        if re.match(r"(?:    )?vcn [a-z]+ ?", line) and not line.startswith("vcn is ")
    ]
    assert set(NOT_RUN) <= {line for _, line in found}
    return [(page, line) for page, line in found if line not in NOT_RUN]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film, results of it, labels: what the commands speak of."""
    folder = tmp_path_factory.mktemp("docs")
    Film("film.mp4", n_frames=8).write(folder)
    tracks = [(0, 10, 0), (10, 20, 1), (20, 30, 1)]
    for name in ("clusters", "one", "two", "film.clusters"):
        result = film(n_frames=40, tracks=tracks)
        write_result(result, folder / f"{name}.json", report=name == "clusters")
    for name in ("labels", "one", "two"):  # a name is one person in all films
        rows = f"0,anna of {name}\n1,ben of {name}\n2,ben of {name}\n"
        (folder / f"{name}.csv").write_text(f"track_id,identity\n{rows}")
    return folder


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_runs_as_written(
    page: str, line: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    command, _, target = line.partition(" > ")
    _, *words = shlex.split(command)
    if words[0] == "cluster":  # a real run is the affair of other tests
        words.append("--dry-run")
    code, stdout, stderr = run(*words)
    if words[-2:] == ["buffalo_l", "film.mp4"] or "buffalo_l" in words:
        assert code in (0, 5)  # the pack may not be on this machine
        assert code == 0 or "vcn models pull buffalo_l" in stderr
        return
    assert code == 0, stderr
    if target:
        Path(target).write_text(stdout)
    if "--json" in words:
        assert json.loads(stdout)["pooled"] is not None


def test_every_option_in_the_readme_exists(run: Run) -> None:
    """--like-this in backticks, in README or these pages, is an option of some command."""
    from typer.main import get_command

    from vcn.cli import app

    known: set[str] = set()
    todo = [get_command(app)]
    while todo:
        command = todo.pop()
        known |= {
            name for option in command.params for name in (*option.opts, *option.secondary_opts)
        }
        todo += list(getattr(command, "commands", {}).values())
    found = {
        option
        for page in PAGES
        for code in re.findall(r"`([^`\n]+)`", (ROOT / page).read_text(encoding="utf-8"))
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", code)
    }
    assert len(found) > 12
    assert found - known - {"--help"} == set()
