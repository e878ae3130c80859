"""Films on a Ray cluster of two nodes: workers and nodes that go away, and what cannot be used."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from short_film import write_short_film

import vcn
from vcn.config import RunConfig, SeasonConfig
from vcn.errors import UsageError
from vcn.season.divide import Plan
from vcn.season.on_ray import load_ray, on_ray
from vcn.season.processes import in_processes
from vcn.season.shelf import Shelf
from vcn.season.work import Failed, FilmTask, RunTask, attempt
from vcn.video import open_video

Run = Callable[..., tuple[int, str, str]]


def task(film: Path, root: Path, work: Path) -> FilmTask:
    config = RunConfig(device="cpu")
    config = replace(config, adapt=replace(config.adapt, mode="off"))
    return FilmTask(film, film.stem, root, config, SeasonConfig(), work)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_address_that_nobody_answers_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and not listening: nobody answers
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        load_ray()  # on a busy machine that alone takes long
        begin = time.monotonic()
        one = task(tmp_path / "film.mp4", tmp_path, tmp_path)
        with pytest.raises(UsageError, match="does not answer"):
            list(on_ray([one], address, 0))
        assert time.monotonic() - begin < 4 * SeasonConfig().answer_seconds
    with pytest.raises(UsageError, match="is no address"):
        list(on_ray([one], "somewhere", 0))


def test_a_worker_without_the_film_and_one_of_another_version_say_so(tmp_path: Path) -> None:
    one = task(tmp_path / "film.mp4", tmp_path / "season", tmp_path)
    found = attempt(one)
    assert isinstance(found, Failed)
    assert str(one.film) in found.why
    found = attempt(replace(one, version="0.0.0"))
    assert isinstance(found, Failed)
    assert f"this node has vcn {vcn.__version__}, the season is made by 0.0.0" in found.why


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A head that does no work, and two nodes of one core each."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        yield made
    finally:
        made.shutdown()


def in_runs(film: Path, root: Path, n: int) -> FilmTask:
    """A task that is divided in n, where there is room for so many."""
    one = task(film, root, root / "work")
    info = open_video(film).info
    assert info.duration is not None
    season = replace(one.season, run_seconds=info.duration / (n + 0.5), most_runs=n)
    return replace(one, season=season)


def test_a_film_is_divided_where_there_is_room(short_film: Path, tmp_path: Path) -> None:
    one = in_runs(short_film, tmp_path, 3)
    assert [Plan.of([one], n).films[0].runs for n in (1, 2, 9)] == [1, 2, 3]
    lost = replace(one, film=tmp_path / "lost.mp4", id="lost")
    assert Plan.of([one, lost], 2).first() == [one, lost]
    plan = Plan.of([one, lost], 5)
    film = plan.films[0]
    runs = [RunTask(film, n) for n in range(3)]
    assert plan.first() == [*runs, lost]
    assert [plan.after(done) for done in (runs[2], lost, runs[0], runs[1], film)] == [
        *([], [], [], [film], []),
    ]


@pytest.mark.slow
def test_one_film_in_processes_is_the_film_in_one(short_film: Path, tmp_path: Path) -> None:
    serial = task(short_film, tmp_path / "serial", tmp_path / "work-serial")
    _kept(attempt(serial))
    several = in_runs(short_film, tmp_path / "several", 3)
    ((done, outcome),) = in_processes([several], 3)
    assert (done.runs, _kept(outcome).id) == (3, several.id)
    _equal_films(tmp_path / "several", tmp_path / "serial", several.id)


@pytest.mark.slow
@pytest.mark.enable_socket  # a node of Ray listens at the address of the machine
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_and_a_lost_node_change_nothing(cluster: Any, tmp_path: Path) -> None:
    """Two nodes; a worker is killed, then a node goes; the rest and the result are the same.

    One of the films is searched in two runs of shots.
    """
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    shots = [(1, 3), (6,), (10,), (3, 6)]
    films = [write_short_film(tmp_path / f"f{n}.mp4", 0.4, s) for n, s in enumerate(shots)]
    serial = [task(film, tmp_path / "serial", tmp_path / "work") for film in films]
    wanted = {one.id: attempt(one) for one in serial}
    assert not [one for one in wanted.values() if isinstance(one, Failed)]
    tasks = [task(film, tmp_path / "ray", tmp_path / "work-ray") for film in films]
    tasks[-1] = replace(tasks[-1], runs=2)
    missing = task(tmp_path / "not there.mp4", tmp_path / "ray", tmp_path / "work-ray")
    killed: list[int] = []

    def harm() -> None:
        """Kill the first worker that begins a film; then take its whole node."""
        end = time.monotonic() + 120
        while time.monotonic() < end and not killed:
            for pid in _workers():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                break
            time.sleep(0.1)
        time.sleep(5)
        cluster.remove_node(nodes[0], allow_graceful=False)

    harming = threading.Thread(target=harm)
    harming.start()
    found = {one.id: outcome for one, outcome in on_ray([*tasks, missing], cluster.address, 0)}
    harming.join()
    assert killed
    lost = found.pop(missing.id)
    assert isinstance(lost, Failed)
    assert "not there.mp4" in lost.why
    assert {name: _kept(one) for name, one in found.items()} == {
        name: _kept(one) for name, one in wanted.items()
    }
    for name in wanted:
        _equal_films(tmp_path / "ray", tmp_path / "serial", name)
    assert not _workers()


def _equal_films(one: Path, other: Path, name: str) -> None:
    """Two seasons hold the same of a film, byte for byte but for times and paths."""
    ours, theirs = Shelf(one), Shelf(other)
    assert ours.looks(name).read_bytes() == theirs.looks(name).read_bytes()
    assert _timeless(ours.clusters(name)) == _timeless(theirs.clusters(name))
    faces = sorted(path.name for path in ours.folder(name).glob("faces/*"))
    assert faces
    for face in faces:
        path = Path("faces") / face
        assert (ours.folder(name) / path).read_bytes() == (theirs.folder(name) / path).read_bytes()


def _kept(outcome: Any) -> Any:
    assert not isinstance(outcome, Failed), outcome.why
    return outcome


def _timeless(clusters: Path) -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(clusters.read_text())
    document["manifest"].pop("timings", None)
    document["manifest"].pop("created", None)
    return document


def _workers() -> list[int]:
    """Processes of Ray that are doing a film (Ray calls a worker by its task)."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"ray::attempt" in line:
                found.append(int(folder.name))
    return found
