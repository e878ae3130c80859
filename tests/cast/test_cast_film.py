"""The example film, named from photographs; its names carried to another run; corrections."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from conftest import ExampleRun
from PIL import Image

from vcn.cast.known import people_path, read_known
from vcn.cast.make import from_photographs
from vcn.cast.run import cluster_with_names
from vcn.config import CastConfig
from vcn.corrections import Entry, Kind, Ledger, ledger_path
from vcn.report.document import film_document
from vcn.review.film import load_film
from vcn.review.session import Session
from vcn.runtime.progress import NoProgress

Run = Callable[..., tuple[int, str, str]]
SCHEMA = json.loads((files("vcn.report") / "clusters.schema.json").read_text())


def source(package: str, name: str) -> Path:
    return Path(str(files(package) / name))


def write_cast(folder: Path) -> Path:
    """Photographs of two people of the film, and some that are none."""
    (folder / "Eileen Collins").mkdir(parents=True)
    astronaut = Image.open(source("skimage", "data/astronaut.png")).convert("RGB")
    astronaut.save(folder / "Eileen Collins" / "a.jpg")
    turned = astronaut.crop((150, 20, 330, 220)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turned.resize((360, 400)).save(folder / "Eileen Collins" / "b.png")
    actor = source("insightface", "data/images/Tom_Hanks_54745.png")
    shutil.copy(actor, folder / "Tom Hanks.png")
    # A hostile folder: several faces, none, no picture, a picture cut off.
    shutil.copy(source("insightface", "data/images/t1.jpg"), folder / "Everybody.jpg")
    shutil.copy(source("skimage", "data/coffee.png"), folder / "Coffee.png")
    (folder / "Broken.jpg").write_bytes(b"not a picture")
    (folder / "Half.png").write_bytes(actor.read_bytes()[:3000])
    return folder


def test_photographs_that_cannot_be_used_are_named(tmp_path: Path, example_run: ExampleRun) -> None:
    folder = write_cast(tmp_path / "cast")
    known, problems = from_photographs(folder, example_run.config, CastConfig(), NoProgress())
    assert known.names == ("Eileen Collins", "Tom Hanks")
    assert np.bincount(known.looks.person).tolist() == [2, 1]
    why = dict(problems)
    assert "6 faces" in why["Everybody.jpg"]
    assert why["Coffee.png"] == "no face is found in it"
    assert "no picture that can be read" in why["Broken.jpg"]
    assert "Half.png" in why
    assert why["Coffee"] == "nobody can be called so: no photograph of it is used"


def test_the_people_of_the_example_film_are_named(
    tmp_path: Path, example_film: Path, example_run: ExampleRun
) -> None:
    found = cluster_with_names(
        example_film,
        example_run.config,
        tmp_path / "film.clusters.json",
        cast=write_cast(tmp_path / "cast"),
        corrections=None,
        remap=False,
        progress=NoProgress(),
        work_dir=example_run.work,
    )
    document = film_document(found.result, "film.boxes.parquet", example_run.config.report)
    jsonschema.validate(document, SCHEMA)
    named = [p for p in document["people"] if p["name"]]
    assert sorted(p["name"] for p in named) == ["Eileen Collins", "Tom Hanks"]
    assert all(p["likely"]["sure"] and p["likely"]["probability"] > 0.9 for p in named)


@pytest.mark.slow
def test_names_from_photographs_and_from_film_to_film(
    tmp_path: Path, example_film: Path, example_run: ExampleRun, run: Run
) -> None:
    out = tmp_path / "film.clusters.json"
    quiet = ("--device", "cpu", "--work-dir", example_run.work, "--progress", "none", "--quiet")
    cast = write_cast(tmp_path / "cast")
    code, _, err = run("cluster", example_film, "-o", out, "--cast", cast, *quiet)
    assert code == 0, err
    document = json.loads(out.read_text())
    jsonschema.validate(document, SCHEMA)
    by_name = {p["name"]: p for p in document["people"] if p["name"]}
    assert set(by_name) == {"Eileen Collins", "Tom Hanks"}
    assert all(p["likely"]["sure"] and p["likely"]["probability"] > 0.9 for p in by_name.values())
    assert len(document["cast"]["problems"]) == 8
    assert "Tom Hanks" in (tmp_path / "film.clusters.report.html").read_text()
    assert read_known(people_path(out)).names == ("Eileen Collins", "Tom Hanks")

    # A later run has the names without being told; a correction goes before them.
    loaded = load_film(out)
    track = by_name["Tom Hanks"]["tracks"][0]
    said = Entry(
        Kind.name, loaded.content, loaded.picture, places=(loaded.place(loaded.tracks[track]),),
        name="Forrest",
    )  # fmt: skip
    Ledger(ledger_path(out)).append([said.stamped("a1", "")])
    one = Session(load_film(out), ledger_path(out), None)
    assert one.state.as_dict()["people"][by_name["Eileen Collins"]["id"]]["likely"]["sure"]
    assert one.state.as_dict()["people"][by_name["Tom Hanks"]["id"]]["likely"] is None
    code, _, err = run("cluster", example_film, "-o", out, *quiet)
    assert code == 0, err
    named = [p["name"] for p in json.loads(out.read_text())["people"] if p["name"]]
    assert sorted(named) == ["Eileen Collins", "Forrest"]

    # Names go to another result; without corrections they are the cast's.
    people = tmp_path / "series.people"
    work = ("--work-dir", example_run.work, "--progress", "none")
    code, printed, err = run("people", "export", out, "-o", people, *work)
    assert code == 0, err
    assert printed.startswith("2 people: ")
    other = tmp_path / "other" / "film.clusters.json"
    other.parent.mkdir()
    code, _, err = run("cluster", example_film, "-o", other, "--no-report", *quiet)
    assert code == 0, err
    assert not any(p["name"] for p in json.loads(other.read_text())["people"])
    code, _, err = run("people", "import", people, other, *work)
    assert code == 0, err
    document = json.loads(other.read_text())
    jsonschema.validate(document, SCHEMA)
    assert sorted(p["name"] for p in document["people"] if p["name"]) == sorted(named)
    assert {p["id"] for p in document["people"] if p["name"]} == {p["id"] for p in by_name.values()}
    code, _, err = run("people", "export", other.with_name("none.json"), "-o", people)
    assert code == 7
    code, _, err = run("cluster", example_film, "--cast", tmp_path / "nowhere", *quiet)
    assert (code, err.count("\n")) == (2, 1)


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_a_face_is_one_line(
    empty: bool, tmp_path: Path, short_film: Path, run: Run
) -> None:
    if not empty:
        shutil.copy(source("skimage", "data/coffee.png"), tmp_path / "Coffee.png")
    quiet = ("--device", "cpu", "--progress", "none", "--quiet")
    out = tmp_path / "film.clusters.json"
    code, _, err = run("cluster", short_film, "-o", out, "--cast", tmp_path, *quiet)
    assert (code, err.count("\n")) == (3, 1)
    assert ("there is no photograph in" if empty else "shows one face") in err
    assert str(tmp_path) in err
    assert list(tmp_path.iterdir()) == ([] if empty else [tmp_path / "Coffee.png"])
