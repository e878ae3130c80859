"""The command line where the machine around it is full, small or odd."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from film_results import TWO_PEOPLE
from media import Film

from vcn.report.write import write_result

Run = Callable[..., tuple[int, str, str]]


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Film("small.mp4", n_frames=8).write(tmp_path_factory.mktemp("films"))


def vcn(*arguments: str | Path, before: str = "", **more: object) -> subprocess.CompletedProcess:
    """The command line in a process of its own, after a line of shell."""
    shell = f'{before}; exec "$0" -m vcn "$@"' if before else 'exec "$0" -m vcn "$@"'
    return subprocess.run(
        ["bash", "-c", shell, sys.executable, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **more,  # type: ignore[call-overload]
    )


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [
        ["models", "list"],
        ["cache", "ls"],
        ["methods"],
        ["config", "show"],
        ["models", "show", "open"],
    ],
)
def test_a_full_standard_output_is_one_line_and_code_4(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = vcn(*arguments, stdout=full)
    assert done.returncode == 4, done.stderr
    assert done.stderr == (
        "vcn: cannot write to standard output: No space left on device. Make room for it\n"
    )


@needs_full
def test_an_export_goes_into_a_pipe_by_its_name(tmp_path: Path) -> None:
    clusters = write_result(TWO_PEOPLE, tmp_path / "film.clusters.json", report=False).clusters
    done = vcn("export", clusters, "-o", "/dev/stdout", "-f", "csv", stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("person,name,start_seconds")
    done = vcn("export", clusters, "-o", "/dev/full", "-f", "csv")
    assert done.returncode == 4
    assert done.stderr.startswith("vcn: cannot write /dev/full: No space left on device. Make room")


def test_a_reader_that_went_away_is_no_bug() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = vcn("config", "show", stdout=writing)
    os.close(writing)
    assert done.returncode != 70
    assert "bug" not in done.stderr


@pytest.mark.slow
def test_little_memory_is_said_and_code_9(small_film: Path, tmp_path: Path) -> None:
    codes = set()
    for mega in (1200, 2000, 2800):
        done = vcn(
            *("cluster", small_film, "-o", tmp_path / "c.json", "--device", "cpu", "--quiet"),
            before=f"ulimit -v {mega * 1024}",
            stdout=subprocess.DEVNULL,
        )
        codes.add(done.returncode)
        if done.returncode:
            assert "not enough memory" in done.stderr, done.stderr
    assert codes <= {0, 9}
    assert 9 in codes


def test_a_film_with_a_name_of_250_bytes(
    run: Run, small_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    film = tmp_path / f"{'电影' * 41}.mp4"
    film.hardlink_to(small_film)
    assert len(film.name.encode()) == 250
    code, _, stderr = run("cluster", film, "--quiet", "--device", "cpu")
    assert (code, stderr) == (0, "")
    (result,) = tmp_path.glob("*.clusters.json")
    assert result.name.startswith("电影" * 30)
    code, _, stderr = run("cluster", film, "-o", tmp_path / f"{'x' * 251}.json", "--quiet")
    assert code == 4
    assert "Choose a shorter name with -o." in stderr


def _work(film: Path) -> str:
    import vcn as library

    try:
        library.cluster(film, library.RunConfig(device="cpu"))
    except library.VcnError as error:
        return str(error)
    return "done"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_fork_after_a_run_is_one_error_that_says_spawn(small_film: Path) -> None:
    assert _work(small_film) == "done"
    with multiprocessing.get_context("fork").Pool(1) as pool:
        said = pool.apply_async(_work, (small_film,)).get(timeout=60)
    assert "a fork takes no threads along" in said
    assert "get_context('spawn')" in said
