"""The pages for each job: every command in them is run as it is written."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from film_results import result_of
from media import Film, draw
from paths import ROOT
from PIL import Image

JOBS = ("export", "resolve", "premiere", "final-cut", "avid", "elan", "annotate", "screen-time",
        "render", "pictures")  # fmt: skip
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: str, language: str) -> Iterator[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return (body for found, body in BLOCK.findall(text) if found == language)


def commands() -> list[tuple[str, str]]:
    return [
        (page, line) for page in JOBS for body in blocks(page, "") for line in body.splitlines()
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """film.mp4 and its result, in which Anna and Ben have names."""
    folder = tmp_path_factory.mktemp("docs")
    film = Film("film.mp4", n_frames=15).write(folder)
    (folder / "frames").mkdir()
    for i in range(2):
        Image.fromarray(draw((160, 96), i)).save(folder / "frames" / f"shot_{i:04d}.png")
    path = result_of(film, [(0, 9, 0), (4, 15, 1), (11, 14, 0)])
    document = json.loads(path.read_text())
    for person, name in zip(document["people"], ("Anna", "Ben"), strict=True):
        person["name"] = name
    path.write_text(json.dumps(document))
    published(folder, film)
    return folder


def published(folder: Path, film: Path) -> None:
    """An episode with the track and label files that were published for it."""
    episode = folder / "bbt_s01e01.mkv"
    episode.write_bytes(film.read_bytes())
    faces = [f"{i} {i / 25:.3f} 1 7 10 20 40 50" for i in range(9)]
    (folder / "bbt_s01e01.tracks").write_text("\n".join(["CVHCI_TRACKS_V1", "x", *faces]))
    (folder / "bbt_s01e01.ids").write_text("CVHCI_TRACKLABELS_V1\n7 sheldon\n")
    document = json.loads(result_of(episode, [(0, 9, 0)]).read_text())
    document["tracks"][0]["given_id"] = "7"
    (folder / "bbt.clusters.json").write_text(json.dumps(document))


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_works_as_written(
    folder: Path,
    run: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    line: str,
) -> None:
    monkeypatch.chdir(folder)
    program, *words = shlex.split(line)
    assert program == "vcn"
    if words[0] == "cluster":  # a real run is the affair of other tests
        if "film.cvat.xml" in words:
            assert run("export", "film.clusters.json", "-o", "film.cvat.xml")[0] == 0
        words.append("--dry-run")
    code, _, err = run(*words)
    assert code == 0, err
    if "-o" in words and words[0] != "cluster":
        assert Path(words[words.index("-o") + 1]).stat().st_size > 0


def test_the_statistics_run_as_written(
    folder: Path, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run("export", "film.clusters.json", "-o", "film.people.csv")[0] == 0
    (code,) = blocks("screen-time", "python")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "screen-time.md", "exec"), {})
    assert re.search(r"Anna +0\.48 +2 ", said.getvalue())
    assert re.search(r"Ben +0\.44 +1 ", said.getvalue())


def test_the_label_of_cvat_is_what_is_exported() -> None:
    (text,) = blocks("annotate", "json")
    (label,) = json.loads(text)
    assert label["name"] == "face"
    assert [one["name"] for one in label["attributes"]] == ["person"]


def test_every_format_has_its_line_and_every_page_is_linked() -> None:
    from vcn.export.registry import FORMATS

    table = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    missing = [form.name for form in FORMATS if f"`{form.name}`" not in table]
    assert not missing
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [page for page in JOBS if f"(docs/{page}.md)" not in readme]
