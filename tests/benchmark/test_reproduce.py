"""The published benchmarks: synthetic files in the published layouts prove the path."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_films import training_film, write_film

from vcn.benchmark.reproduce.films import films_of
from vcn.benchmark.reproduce.published import EPISODES, TABLES
from vcn.benchmark.reproduce.run import Cell, Reproduced, markdown, reproduce
from vcn.benchmark.reproduce.solvers import as_printed, cutter_of, method_of
from vcn.config import RunConfig
from vcn.errors import DataError, UsageError
from vcn.methods.registry import SYSTEMS
from vcn.methods.vcn import VideoClusterNet

Cli = Callable[..., tuple[int, str, str]]
CONFIG = replace(RunConfig(), device="cpu")
RELEASED = "20181113-235913.mlp-256-256-128-64-64.ep-0127.trn-03.5879.bs-2000.pth.tar"


def write_episode(folder: Path, ids: Path, crops: int = 1) -> None:
    """Features for the tracks of real labels: around a point a person, 256 values."""
    name = ids.stem
    (folder / "ids").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ids, folder / "ids" / ids.name)
    features = folder / "features" / name
    features.mkdir(parents=True)
    rng = np.random.default_rng(0)
    points: dict[str, np.ndarray] = {}
    for line in ids.read_text().splitlines()[1:]:
        track, person = line.split()
        point = points.setdefault(person, rng.normal(size=256).astype(np.float32))
        noise = 0.5 * rng.normal(size=(crops, 256)).astype(np.float32)
        np.save(features / f"{track}.npy", point + noise)


def test_every_row_has_a_value_a_column_and_a_system() -> None:
    names = {system.name for system in SYSTEMS}
    own = {"data", "hac-adapted", "ward", "features"}
    # Of systems that another part of vcn adds.
    later = {"tsiam", "ssiam", "ccl", "vctrsf", "jfrac-like"}
    for table in TABLES.values():
        for row in table.rows:
            assert len(row.values) == len(table.columns), (table.name, row.title)
            known = row.system in names | own | later or row.system.startswith("vcn")
            assert known, row.system
            if row.system.startswith("vcn"):
                assert method_of(row.system, CONFIG).name


def test_what_the_papers_print_fits_together() -> None:
    """Sums and means that the papers state themselves."""
    rows = {(r.title, r.score): r.values for r in TABLES["bcl-table-5"].rows}
    people, tracks = rows["data", "#Ch"], rows["data", "#T"]
    assert sum(v or 0 for v in tracks[:6]) == tracks[12] == 3908
    assert sum(v or 0 for v in tracks[6:12]) == tracks[13] == 5832
    assert (people[12] or 0) + (people[13] or 0) == people[14] == 212
    bcl = [v or 0 for v in rows["BCL", "WCP"]]
    assert np.mean(bcl[:6]) == pytest.approx(90.82, abs=0.005)
    assert np.mean(bcl[6:12]) == pytest.approx(85.07, abs=0.005)
    vctrsf = next(r for r in TABLES["vcn-table-1"].rows if r.title == "VCTRSF")
    assert np.mean([v or 0 for v in vctrsf.values[:6]]) == pytest.approx(97.50, abs=0.01)
    for row in TABLES["multi-face-table-3"].rows:
        assert np.mean([v or 0 for v in row.values[:6]]) == pytest.approx(row.values[6], abs=0.06)


def test_bcl_table_5_with_the_real_labels_and_checkpoint(
    run: Cli, shared_data: Path, tmp_path: Path
) -> None:
    write_episode(tmp_path, shared_data / "bcl" / "bbt_s01e01.ids")
    shutil.copyfile(shared_data / "bcl" / RELEASED, tmp_path / RELEASED)
    out = tmp_path / "table.md"
    code, told, error = run("reproduce", "bcl-table-5", "--data", tmp_path, "-o", out)
    assert code == 0, error
    lines = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in told.splitlines()}
    cells = {(line[1], line[3], line[4]): line[5:] for line in lines if len(line) == 8}
    assert cells["data", "#Ch", "bbt_s01e01"] == ("8", "8.00", "+0.00")
    assert cells["data", "#T", "bbt_s01e01"] == ("656", "656.00", "+0.00")
    assert cells["data", "#T", "both"][1] == "no data"
    printed, ours, difference = cells["bcl", "WCP", "bbt_s01e01"]
    assert printed == "98.63"
    assert float(difference) == pytest.approx(float(ours) - 98.63, abs=0.005)
    assert "has to be trained" in cells["bcl-triplet", "NMI", "bbt_s01e01"][1]
    assert "assumed: the comparators were never released" in told
    assert out.read_text().strip() == told.strip()


def test_rows_of_the_papers_method_say_that_the_heads_alone_were_trained() -> None:
    table = TABLES["vcn-table-5"]
    rows = [row for row in table.rows if row.system != "data"]
    cells = tuple(Cell(row, table.columns[0], None, None, "no data") for row in rows)
    text = markdown(Reproduced(table, cells, ()))
    systems = [line.split("|")[2].strip() for line in text.splitlines() if "no data" in line]
    assert "vcn-paper (head mode)" in systems
    assert "vcn-paper-cosine (head mode)" in systems
    assert all("(head mode)" in name for name in systems if "vcn-paper" in name)
    plain = [row.system for row in rows if row.system in ("hac", "ward")]
    assert set(plain) <= set(systems)


def test_the_real_labels_count_as_table_5_does(shared_data: Path, tmp_path: Path) -> None:
    for name in EPISODES:
        write_episode(tmp_path, shared_data / "bcl" / f"{name}.ids")
    table = TABLES["bcl-table-5"]
    result = reproduce(table, films_of(table, tmp_path, CONFIG), CONFIG, systems=["data"])
    assert len(result.cells) == 30
    assert [cell.difference for cell in result.cells] == [0] * 30


def test_named_people_alone(shared_data: Path, tmp_path: Path) -> None:
    write_episode(tmp_path, shared_data / "bcl" / "bbt_s01e01.ids")
    (films,) = films_of(TABLES["vcn-table-1"], tmp_path, CONFIG).values()
    assert films[0].film.n_tracks == 647  # BCL table 5, row 5
    assert len(set(films[0].people)) == 6


def test_movies_and_their_mean(tmp_path: Path) -> None:
    write_film(tmp_path / "the-hidden-soldier.npz", training_film(0, 4))
    table = TABLES["vcn-table-5"]
    result = reproduce(table, films_of(table, tmp_path, CONFIG), CONFIG, systems=["hac-adapted"])
    wcp, pcr = result.cells
    assert wcp.ours is not None
    assert wcp.ours > 90
    assert pcr.ours == pytest.approx(1, abs=0.3)
    assert "best in hindsight" in result.notes[0]
    for name in ("aln", "bff"):
        write_film(tmp_path / f"{name}.npz", training_film(3, 4))
    table = TABLES["multi-face-table-3"]
    result = reproduce(table, films_of(table, tmp_path, CONFIG), CONFIG, systems=["ward"])
    found = {cell.column: cell.ours for cell in result.cells}
    assert found["dd2"] is None
    assert found["mean"] == pytest.approx(((found["aln"] or 0) + (found["bff"] or 0)) / 2)
    table = TABLES["multi-face-table-2"]
    result = reproduce(table, films_of(table, tmp_path, CONFIG), CONFIG, systems=["features"])
    assert result.cells[0].ours is not None
    assert result.cells[0].ours > 95
    assert "| VggFace2 | features | none | TPR | mean | 92.5 |" in markdown(result)


def write_programme(path: Path) -> None:
    """A pickle of VPCD with two episodes."""
    film = training_film(1, 4)
    values, index = film.film.embeddings.values, film.film.embeddings.track_index
    features = {f"t{t}": values[index == t] for t in range(film.film.n_tracks)}
    people = {f"t{t}": name for t, name in enumerate(film.people or ())}
    content = {f"e{n}": {"face_feats": features, "GT": people} for n in (1, 2)}
    path.write_bytes(pickle.dumps(content))


def test_a_programme_of_vpcd(tmp_path: Path) -> None:
    write_programme(tmp_path / "Buffy.pkl")
    table = TABLES["vpcd-faces"]
    result = reproduce(table, films_of(table, tmp_path, CONFIG), CONFIG)
    ours = {cell.row.score: cell.ours for cell in result.cells if cell.column == "Buffy"}
    assert ours["WCP"] is not None
    assert 0 < ours["WCP"] <= 100
    assert all(cell.why == "no data" for cell in result.cells if cell.column != "Buffy")


def synthetic(table: str, folder: Path) -> None:
    """The first films of a table, in its published layout: four people, twelve tracks or more."""
    layout, columns = TABLES[table].layout, TABLES[table].columns
    if layout == "bbt":
        for name in EPISODES:
            ids = folder / f"{name}.ids"
            tracks = "".join(f"{track + 1} name{track % 4}\n" for track in range(12))
            ids.write_text(f"CVHCI_TRACKLABELS_V1\n{tracks}")
            (folder / f"{name}.pairs").write_text("1 2\n3 4\n")
            write_episode(folder, ids, crops=6)
            ids.unlink()
    elif layout == "vpcd":
        write_programme(folder / f"{columns[0]}.pkl")
    else:
        for name in columns[:2] if layout == "movies" else ("bff", "nh"):
            write_film(folder / f"{name}.npz", training_film(0, 4))


SHORT = (
    *("systems.per_film.siamese.tsiam_epochs=1", "systems.per_film.siamese.ssiam_epochs=1"),
    *("systems.per_film.ccl.epochs=1", "systems.per_film.transformer.epochs=1"),
    *("systems.per_film.jfrac.epochs=1", "systems.per_film.jfrac.rounds=1"),
    *("adapt.first_epochs=1", "adapt.head_epochs=1", "adapt.epochs=1", "quality.passes=10"),
)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_through_the_command(table: str, run: Cli, tmp_path: Path) -> None:
    """Each row of a film that is there has a number of ours, or says what is missing."""
    synthetic(table, tmp_path)
    short = [word for name in SHORT for word in ("--set", name)]
    one = ("--film", "bbt_s01e01") if table == "vcn-table-1" else ()
    code, told, error = run("reproduce", table, "--data", tmp_path, "--quiet", *one, *short)
    assert (code, error) == (0, "")
    lines = [line.split(" | ") for line in told.splitlines() if line.startswith("| ")][1:]
    ours = [(line[1], line[-2]) for line in lines if not line[0].startswith("| ---")]
    for system, said in ours:
        trained = system.startswith("bcl") and "has to be trained" in said
        assert trained or said in ("no data", "not there") or float(said) >= 0, (system, said)
    there = {system for system, said in ours if said not in ("no data", "not there")}
    printed = TABLES[table]
    at = [printed.columns.index(name) for name in one[1:]] or range(len(printed.columns))
    assert there == {
        as_printed(row.system) for row in printed.rows if any(row.values[i] for i in at)
    }


def test_the_command_says_what_is_wrong(run: Cli, tmp_path: Path) -> None:
    code, told, _ = run("reproduce", "list")
    assert code == 0
    assert all(name in told for name in TABLES)
    (empty := tmp_path / "empty").mkdir()
    (tmp_path / "one" / "ids").mkdir(parents=True)
    (tmp_path / "one" / "ids" / "bbt_s01e01.ids").write_text("CVHCI_TRACKLABELS_V1\n1 anna\n")
    (tmp_path / "one" / "features" / "bbt_s01e01").mkdir(parents=True)
    np.save(tmp_path / "one" / "features" / "bbt_s01e01" / "1.npy", np.ones((1, 4), np.float32))
    for arguments, message in (
        (("bcl-table-9",), "no table 'bcl-table-9'"),
        (("bcl-table-5",), "cs.toronto.edu"),
        (("bcl-table-5", "--data", empty / "no"), "there is no folder"),
        (("bcl-table-5", "--data", empty), "there are no films"),
        (("vcn-table-3", "--data", empty), "none of the films of vcn-table-3"),
        (("vcn-table-6", "--data", empty), "such as the-hidden-soldier.farl.npz. The data"),
        (("multi-face-table-2", "--data", empty), "such as aln.npz"),
        (("bcl-table-6", "--data", tmp_path / "one"), "such as the six of ids/bbt_s01e01.ids"),
        (("vpcd-faces", "--data", empty), "such as TBBT.pkl"),
        (("vpcd-faces", "--data", empty), "abrown/VPCD.tar.gz"),
        (("bcl-table-5", "--data", empty, "--method", "vcn"), "bcl-table-5 has no vcn"),
    ):
        code, _, error = run("reproduce", *arguments)
        assert code in (2, 7)
        assert message in error
        assert error.count("\n") == 1 or "read" in error


def test_what_a_user_sets_holds_for_every_variant_of_vcn() -> None:
    config = replace(CONFIG, adapt=replace(CONFIG.adapt, epochs=3, n_heads=2))
    config = replace(config, evidence=replace(config.evidence, freedom=7.0))
    own, paper = method_of("vcn-iterations-4", config), method_of("vcn-paper-iterations-4", config)
    assert isinstance(own, VideoClusterNet)
    assert isinstance(paper, VideoClusterNet)
    assert (own.adapt.epochs, own.adapt.iterations, own.adapt.n_heads) == (3, 4, 2)
    assert (paper.adapt.epochs, paper.adapt.iterations, paper.adapt.n_heads) == (3, 4, 2)
    assert not paper.adapt.standardise
    for system in ("vcn", "vcn-iterations-4"):
        assert getattr(method_of(system, config), "evidence", None) == config.evidence


def test_systems_that_cannot_run() -> None:
    with pytest.raises(UsageError, match="no method"):
        method_of("nothing", CONFIG)
    with pytest.raises(UsageError, match="cannot be told"):
        cutter_of("affinity", CONFIG)
    with pytest.raises(UsageError, match="does not find"):
        method_of("hac", CONFIG)


def test_features_of_nobody(tmp_path: Path) -> None:
    film = training_film(0, 4)
    write_film(tmp_path / "bff.npz", film._replace(people=None))
    with pytest.raises(DataError, match="no track of bff has a known person"):
        films_of(TABLES["multi-face-table-4"], tmp_path, CONFIG)
