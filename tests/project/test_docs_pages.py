"""Every command of every page: understood as it is written, and run where it can be run here."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import click
import pytest
from paths import ROOT
from person_films import person_film, write_vpcd
from sound_films import babble, with_sound
from typer.main import get_command

from vcn.cli import app

Run = Callable[..., tuple[int, str, str]]

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
RUN = ("evidence", "methods", "persons", "season", "shots", "train", "voices")
"""Pages whose commands are run from top to bottom, in one folder, on the example film."""
NOT_RUN = {
    "vcn models import 20181113-235913...pth.tar -o bcl.safetensors": "test_train.py has the file",
    "vcn reproduce bcl-table-5 --data BallClustering_ICCV2019": "test_reproduce.py has the layout",
    "vcn reproduce vcn-table-1 --data BallClustering_ICCV2019 --method vcn --film bbt_s01e01": (
        "test_reproduce.py has the layout"
    ),
    "vcn cluster film.mkv --audio-stream 2": "a film of three sound streams: test_hearing.py",
}
PACKAGES = ("uv", "pip", "pipx", "make")
"""Programs that install: test_install.py, and tried by hand (docs/install.md says how far)."""


def lines(page: str) -> list[str]:
    """The commands of a page, without what stands behind a #."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    inside = [line for language, body in blocks if not language for line in body.splitlines()]
    inside += re.findall(r"^    (vcn [a-z-]+.*)$", text, re.M)
    return [line.split("  #")[0].strip() for line in inside if re.match(r"\w", line)]


@cache
def whole() -> click.Command:
    return get_command(app)


def commands() -> list[tuple[str, str]]:
    return [
        (page, line) for page in PAGES for line in lines(page) if line.partition(" ")[0] == "vcn"
    ]


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_is_understood(page: str, line: str) -> None:
    """Commands, options and their values are known; nothing runs."""
    words = shlex.split(line.partition(" > ")[0])[1:]
    command, context = whole(), None
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command, parent=context, info_name="vcn")
        name, command, words = command.resolve_command(context, words)
        assert command is not None, name
    if words and words[0] in ("--version", "--install-completion"):
        return  # they answer while they are read
    command.make_context("vcn", list(words), parent=context)


def test_every_other_line_is_a_program_that_is_known() -> None:
    known = {"vcn", *PACKAGES, *("cd", ".", "source", "export", "python", "docker")}
    others = {
        (page, line) for page in PAGES for line in lines(page) if line.split()[0] not in known
    }
    assert others == set()


@pytest.fixture
def folder(example_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the pages speak of: films with labels, cuts, photographs, features of people."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "films").mkdir()
    for name in ("film", "films/film", "films/again"):
        shutil.copy(example_film, tmp_path / f"{name}.mp4")
        shutil.copy(example_film.with_suffix(".labels.csv"), tmp_path / f"{name}.labels.csv")
    (tmp_path / "FOLDER").mkdir()
    for name in ("friends", "sherlock"):
        films = [person_film(3, n_people=3, n_tracks=10, clues=3)]
        write_vpcd(tmp_path / "FOLDER" / f"{name}.pkl", films)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN)
def test_a_page_runs_from_top_to_bottom(
    page: str, folder: Path, short_film: Path, run: Run
) -> None:
    """Minutes: most commands read the example film; the second to do so finds it read."""
    known = [line for line in lines(f"docs/{page}.md") if line not in NOT_RUN]
    if page == "voices":  # the example film has no sound
        sound = with_sound(short_film, folder / "sound.mkv", [babble(4)])
        sound.replace(folder / "film.mp4")
    if page in ("evidence", "voices", "shots"):
        assert run("cluster", "film.mp4", "--quiet")[0] == 0
    if page == "shots":
        assert run("export", "film.clusters.json", "-o", "film.edl")[0] == 0
    for line in known:
        words = shlex.split(line)[1:]
        if words[0] == "persons":
            words += ["--epochs", "1", "--cycles", "1"]
        if words[0] == "train":
            words += ["--epochs", "1"]
        if "photo.jpg" in words:
            shutil.copy(ROOT / "docs" / "report.png", folder / "photo.jpg")
        found = [str(path) for word in words for path in sorted(folder.glob(word)) if "*" in word]
        words = [word for word in words if "*" not in word] + found
        code, _, error = run(*words)
        assert code == 0, (line, error)
