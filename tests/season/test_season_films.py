"""A season of real films of a second: what is kept, left out, named and found again."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest
from loaded_modules import loaded_by
from paths import ROOT
from PIL import Image
from short_film import write_short_film

from vcn.season.shelf import Shelf

Run = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Made:
    """A folder of films and the season that was made of it."""

    films: Path
    shelf: Shelf
    work: Path
    said: tuple[int, str, str]

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.shelf.document.read_text())
        return found


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films with one person in both, a copy, two that cannot be read, and other files."""
    folder = tmp_path_factory.mktemp("films")
    write_short_film(folder / "one.mp4", 0.4, (1, 3))
    write_short_film(folder / "two.mp4", 0.4, (10,))
    for left in folder.glob("*.csv"):
        left.unlink()
    shutil.copy(folder / "one.mp4", folder / "zz copy.mp4")
    (folder / "broken.mp4").write_bytes(b"no film" * 99)
    (folder / "empty.mkv").write_bytes(b"")
    (folder / "notes.txt").write_text("of the director")
    (folder / ".hidden.mp4").write_text("of a file manager")
    return folder


@pytest.fixture
def made(films: Path, tmp_path_factory: pytest.TempPathFactory, run: Run) -> Made:
    """The season of these films; made once, then every call finds it done."""
    root = films.parent / f"{films.name}-season"
    shelf, work = Shelf(root), films.parent / f"{films.name}-work"
    return Made(films, shelf, work, _season(run, films, root, work))


def _season(run: Run, films: Path, root: Path, work: Path, *more: str) -> tuple[int, str, str]:
    return run("season", films, "-o", root, "--work-dir", work, "--adapt", "off", *more)


def test_films_that_cannot_be_read_do_not_end_the_others(made: Made) -> None:
    code, out, err = made.said
    assert code == 1
    assert "2 failed" in out
    assert "broken.mp4 is not a video" in err
    assert "empty.mkv is empty" in err
    assert "2 of 4 films failed" in err
    assert "2 other files skipped" in err
    assert f"{made.films / 'zz copy.mp4'} is the same film as {made.films / 'one.mp4'}" in err
    document = made.document()
    assert [Path(film["path"]).name for film in document["films"]] == ["one.mp4", "two.mp4"]
    schema = json.loads((ROOT / "src/vcn/season/season.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert sorted(p.name for p in (made.shelf.root / "films").iterdir()) == ["one", "two"]
    both = [p for p in document["people"] if len(p["films"]) == 2]
    assert len(both) == 1


def test_a_person_is_found_by_name_and_by_face(made: Made, run: Run) -> None:
    (both,) = [p for p in made.document()["people"] if len(p["films"]) == 2]
    _season(run, made.films, made.shelf.root, made.work, "--name", f"{both['id']}=Anna Ö")
    code, out, _ = run("find", made.shelf.root, "--person", "anna ö", "--json")
    assert code == 0
    (found,) = json.loads(out)["people"]
    assert (found["id"], found["name"]) == (both["id"], "Anna Ö")
    assert [film["times"] for film in found["films"]] == [f["times"] for f in both["films"]]
    assert all(Path(film["face"]).is_file() for film in found["films"])
    code, out, _ = run("find", made.shelf.root, "--face", found["films"][1]["face"])
    assert code == 0
    assert out.startswith("Anna Ö (id ")
    assert str(made.films / "one.mp4") in out
    assert str(made.films / "two.mp4") in out
    assert run("find", made.shelf.root, "--person", "Ana Ö")[0] == 2
    assert "Did you mean Anna Ö?" in run("find", made.shelf.root, "--person", "Ana Ö")[2]


def test_a_search_for_a_face_loads_no_torch(made: Made) -> None:
    face = made.shelf.face("two", 0)
    said, loaded = loaded_by("find", made.shelf.root, "--face", face, "--device", "cpu")
    assert str(made.films / "two.mp4") in said
    assert "vcn.nets.quick" in loaded
    assert not {"torch", "scipy", "pandas", "av", "pyarrow.compute"} & loaded


def test_a_season_linked_by_another_version_says_what_to_do(
    made: Made, run: Run, tmp_path: Path
) -> None:
    old = Shelf(tmp_path / "season")
    shutil.copytree(made.shelf.root, old.root)
    path = old.archive / "looks.parquet"
    face = made.shelf.face("two", 0)

    def found_with(change: Callable[[dict[str, Any]], object]) -> tuple[int, str, str]:
        table = pq.read_table(made.shelf.archive / "looks.parquet")
        facts = json.loads(table.schema.metadata[b"vcn.season"])
        change(facts["calibration"])
        pq.write_table(table.replace_schema_metadata({b"vcn.season": json.dumps(facts)}), path)
        return run("find", old.root, "--face", face)

    code, _, err = found_with(lambda known: known.pop("strangers_nearer"))
    assert (code, "linked by another version of vcn" in err) == (7, True)
    assert "Run vcn season again" in err
    code, _, err = found_with(lambda known: known.update(nearer="far"))
    assert (code, "the season is damaged" in err) == (7, True)
    # Linking anew is what mends it; no film is done again.
    code, out, _ = _season(run, made.films, old.root, made.work)
    assert "0 films done, 2 kept" in out
    assert run("find", old.root, "--face", face)[0] == 0


def test_who_is_in_no_film_is_not_found(made: Made, run: Run, tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    Image.fromarray(np.full((99, 99, 3), 127, np.uint8)).save(grey)
    code, _, err = run("find", made.shelf.root, "--face", grey)
    assert (code, "no face was found" in err) == (3, True)
    (tmp_path / "text.jpg").write_text("no picture")
    assert run("find", made.shelf.root, "--face", tmp_path / "text.jpg")[0] == 3
    assert run("find", made.shelf.root)[0] == 2
    assert run("find", tmp_path, "--person", "Anna")[0] == 7


def test_settings_of_a_season_have_effect(made: Made, run: Run) -> None:
    code, out, _ = _season(
        run, made.films, made.shelf.root, made.work, "--set", "season.suffixes=.mp4"
    )
    assert (code, "1 failed" in out) == (1, True)  # empty.mkv is no film now
    assert "0 films done, 2 kept" in out
    code, out, _ = _season(run, made.films, made.shelf.root, made.work, "--set", "season.looks=1")
    assert "2 films done, 0 kept" in out
    assert _season(run, made.films, made.shelf.root, made.work, "--set", "season.looks=0")[0] == 2


def test_another_face_model_is_refused(made: Made, run: Run, tmp_path: Path) -> None:
    record = made.shelf.any_record()
    root = Shelf(tmp_path / "season")
    shutil.copytree(made.shelf.root, root.root)
    path = root.folder(record.id) / "film.json"
    path.write_text(path.read_text().replace(record.face_model, "0" * 64))
    code, _, err = _season(run, made.films, root.root, made.work)
    assert code == 2
    assert "do all films again with --redo" in err


def test_films_whose_results_find_no_room_are_done_when_there_is_some(
    made: Made, run: Run, tmp_path: Path
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))  # a report is longer
    try:
        code, out, err = _season(run, made.films, tmp_path, made.work)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (code, "0 films done" in out) == (1, True)
    for name in ("one", "two"):
        place = tmp_path / "films" / name / f"{name}.clusters"
        assert f"{name}.mp4: cannot write {place}" in err
    assert not list(tmp_path.rglob("film.json"))
    _, out, _ = _season(run, made.films, tmp_path, made.work)
    assert "2 films done" in out
    people = [[film["times"] for film in p["films"]] for p in made.document()["people"]]
    again = json.loads((tmp_path / "season.json").read_text())["people"]
    assert [[film["times"] for film in p["films"]] for p in again] == people


def test_what_cannot_be_is_said_before_any_film_is_read(
    made: Made, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not mine")
    for place in (tmp_path / "file", tmp_path / "file" / "in"):
        code, _, err = _season(run, made.films, place, made.work)
        assert (code, f"{tmp_path / 'file'} is a file, no folder" in err) == (4, True)
    assert (tmp_path / "file").read_text() == "not mine"
    for root in (made.shelf.root, tmp_path / "none yet"):
        code, out, err = _season(run, made.films, root, made.work, "--name", "99=Anna")
        assert (code, "has the id 99" in err, out) == (2, True, "")
    assert not (tmp_path / "none yet").exists()
    code, _, err = _season(run, made.films, made.shelf.root, made.work, "--pack", "buffalo_l")
    assert (code, "vcn models pull buffalo_l" in err) == (5, True)


def test_a_folder_without_a_film(run: Run, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.txt").write_text("a")
    code, _, err = run("season", tmp_path / "films", "-o", tmp_path / "season")
    assert (code, "there is no film in" in err) == (3, True)
