"""The registry: every system is made, runs, and says what it must be told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from method_films import people_film

from vcn.config import MethodConfig, RunConfig
from vcn.errors import UsageError
from vcn.methods import Method
from vcn.methods.cuts import Cutter
from vcn.methods.registry import SYSTEMS, System, find, make_method

Cli = Callable[..., tuple[int, str, str]]


def told(name: str, n_people: int | None = None, threshold: float | None = None) -> Method:
    return make_method(replace(RunConfig(), method=MethodConfig(name, n_people, threshold)))


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.name)
def test_a_system_is_what_its_entry_says(system: System) -> None:
    assert len(set(system.k)) == len(system.k)
    assert (system.alone is not None) == ("none" in system.k)
    assert (system.cutter is not None) == bool(set(system.k) - {"none"})
    if "checkpoint" not in system.needs:
        if system.alone is not None:
            assert system.alone(RunConfig()).name == system.name
        if system.cutter is not None:
            made = system.cutter(RunConfig())
            assert isinstance(made, Cutter)
            assert made.name == system.name


def test_names_are_unique() -> None:
    assert len({system.name for system in SYSTEMS}) == len(SYSTEMS)
    assert find("hac").year == 1958


def test_the_number_of_people_is_used() -> None:
    film, _ = people_film()
    for n_people in (1, 3, 30):
        assert told("hac", n_people)(film, 0).n_clusters == n_people
    assert told("hac", threshold=99.0)(film, 0).n_clusters == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (("k-means",), "no method 'k-means'. vcn methods lists them"),
        (("hac",), "hac does not find the number of people itself. Give --n-people K or"),
        (("hac", 3, 0.5), "exclude each other"),
        (("affinity", 3), "affinity takes no number of people"),
        (("affinity", None, 0.5), "affinity takes no threshold"),
        (("dbscan", 3), "dbscan takes no number of people"),
        (("hac", 0), "at least 1, got 0"),
        (("hac", None, float("nan")), "--threshold must be a finite number from 0 on, got nan"),
        (("hac", None, float("inf")), "from 0 on, got inf"),
        (("hac", None, -0.1), "from 0 on, got -0.1"),
    ],
)
def test_what_cannot_be_told(method: tuple[object, ...], message: str) -> None:
    with pytest.raises(UsageError) as error:
        told(*method)  # type: ignore[arg-type]
    assert message in str(error.value)


def test_more_people_than_tracks() -> None:
    film, _ = people_film(n_people=2, n_each=3)
    with pytest.raises(UsageError, match="7 people cannot be found among the 6 tracks of made up"):
        told("hac", 7)(film, 0)


def test_methods_lists_all(run: Cli) -> None:
    code, out, _ = run("methods")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1 : len(SYSTEMS) + 1]] == [
        system.name for system in SYSTEMS
    ]
    code, out, _ = run("methods", "--json")
    assert [system["k"] for system in json.loads(out)] == [list(s.k) for s in SYSTEMS]


def test_the_list_loads_nothing_heavy() -> None:
    code = (
        "import sys, json, vcn.methods.registry; "
        "print(json.dumps([m for m in ('torch', 'sklearn', 'scipy') if m in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(out.stdout) == []


def test_a_film_by_another_method(short_film: Path, tmp_path: Path, run: Cli) -> None:
    out = tmp_path / "film.clusters.json"
    work = ("--work-dir", tmp_path / "work", "-q", "--no-report", "-o", out)
    code, _, err = run("cluster", short_film, "--method", "hac", *work)
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = run("cluster", short_film, "--method", "hac", "--n-people", 1, *work)
    assert (code, err) == (0, "")
    document = json.loads(out.read_text())
    assert document["manifest"]["config"]["method"] == {
        "name": "hac",
        "n_people": 1,
        "threshold": None,
    }
    assert "systems" in document["manifest"]["config"]
    assert len(document["people"]) == 1
    labels = [track["person"] for track in document["tracks"]]
    assert np.unique([label for label in labels if label is not None]).tolist() == [0]
    code, _, err = run("cluster", short_film, "--method", "hac", "--n-people", 500, *work)
    assert (code, err.count("\n")) == (2, 1)
    assert "500 people cannot be found" in err


def test_a_checkpoint_that_nobody_reads_is_said(tmp_path: Path) -> None:
    method = MethodConfig("c1c")
    with pytest.raises(UsageError, match="c1c reads no checkpoint"):
        make_method(replace(RunConfig(), method=method, checkpoint=str(tmp_path / "any")))
    assert [s.name for s in SYSTEMS if "checkpoint" in s.needs and not s.learns] == []
