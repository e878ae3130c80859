"""What every test shares: where the data is, no foreign caches, no logged error."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

if TYPE_CHECKING:
    from vcn.config import RunConfig
    from vcn.types import FilmResult

# Before torch is loaded: threads that spin while they wait made head adaptation ten times
# slower (313 s, 36 s with this) on two cores that other programs used too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No example has to be quick: other programs may use the machine too.
settings.register_profile("vcn", deadline=None)
settings.load_profile("vcn")

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-golden",
        action="store_true",
        help="write the golden files instead of comparing with them (make golden)",
    )


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or leaves anything in the user's cache or downloaded models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VCN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("VCN_MODELS_DIR", str(tmp_path_factory.mktemp("models")))
        yield


@pytest.fixture(autouse=True)
def _no_logged_error(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """An ERROR in vcn's own log fails the test that made it."""
    yield
    bad = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and record.name.split(".")[0] == "vcn"
    ]
    assert not bad, f"{request.node.name} logged errors: {bad}"


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """True when golden files are to be written (`make golden`)."""
    return bool(request.config.getoption("--write-golden"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips, faces and weights; the test is skipped without it."""
    folder = Path(os.environ.get("VCN_SHARED") or ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    return folder


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of one test run have in common: what is made there is made
    once, by whoever comes first, while it holds a lock (`made_once`).
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "together"
    folder.mkdir(exist_ok=True)
    return folder


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """A folder that `make` fills, in the first process that asks for it."""
    with FileLock(f"{path}.lock"):
        if not (path / "made").exists():
            path.mkdir(exist_ok=True)
            make(path)
            (path / "made").touch()
    return path


@pytest.fixture(scope="session")
def example_film(together: Path) -> Path:
    """The example film; its truth lies beside it as film.labels.csv."""

    def make(folder: Path) -> None:
        script = ROOT / "examples" / "make_film.py"
        subprocess.run([sys.executable, script, folder / "film.mp4"], check=True)

    return made_once(together / "example", make) / "film.mp4"


@pytest.fixture(scope="session")
def short_film(together: Path) -> Path:
    """Two seconds of the example film; for those who do not change it."""
    from short_film import write_short_film

    folder = made_once(together / "short", lambda folder: write_short_film(folder / "film.mp4"))
    return folder / "film.mp4"


@dataclass(frozen=True)
class ExampleRun:
    """The one run of the whole chain over the example film."""

    config: RunConfig
    result: FilmResult
    work: Path
    """Its work folder: whoever runs with it again finds all stages finished."""


@pytest.fixture(scope="session")
def example_run(example_film: Path, together: Path) -> ExampleRun:
    """The example film through the library, once: it takes half a minute.

    Another process of the same test run finds all stages finished.
    """
    import vcn
    from vcn.config import RunConfig

    config, work = RunConfig(device="cpu"), together / "work"
    with FileLock(f"{work}.lock"):
        result = vcn.cluster(example_film, config, work_dir=work)
    return ExampleRun(config, result, work)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: (exit code, stdout, stderr)."""

    from vcn import cli

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vcn", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capfd.readouterr()
        return int(stop.value.code or 0), out, err

    return call
