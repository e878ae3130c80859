"""The command line's contract: one line on stderr, the documented code, nothing lost."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from media import Film

from vcn import cli, errors
from vcn.commands.cluster import cluster
from vcn.commands.finetune import finetune
from vcn.config import RunConfig

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film without a face."""
    return Film("small.mp4", n_frames=8).write(tmp_path_factory.mktemp("films"))


def _no_stream(folder: Path) -> Path:
    import av

    path = folder / "audio.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 44100
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("this is no film\n" * 100)
    return folder / "text.mp4"


BAD_FILMS: dict[str, Callable[[Path], Path]] = {
    "missing": lambda folder: folder / "missing.mp4",
    "directory": lambda folder: folder,
    "empty": _empty,
    "text": _text,
    "no video stream": _no_stream,
}


@pytest.mark.parametrize("kind", BAD_FILMS)
def test_a_bad_film_is_one_line_and_code_3(run: Run, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "clusters.json"
    out.write_text("from before")
    film = BAD_FILMS[kind](tmp_path)
    code, stdout, stderr = run("cluster", film, "-o", out, "--progress", "none")
    assert code == errors.InputError.exit_code == 3
    assert stdout == ""
    (line,) = stderr.strip().splitlines()
    assert line.startswith("vcn: ")
    assert film.name in line
    assert out.read_text() == "from before"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("clusters")) == [
        "clusters.json"
    ]


def test_an_unwritable_place_is_code_4_before_the_work(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    begin = time.process_time()
    code, stdout, stderr = run("cluster", small_film, "-o", tmp_path / "no" / "folder" / "a.json")
    assert code == errors.OutputError.exit_code == 4
    assert stdout == ""
    assert stderr.count("\n") == 1
    assert "folder" in stderr
    assert time.process_time() - begin < 20


def test_an_unknown_pack_is_code_5(run: Run, small_film: Path, tmp_path: Path) -> None:
    code, _, stderr = run(
        "cluster", small_film, "-o", tmp_path / "c.json", "--pack", "nobody", "--progress", "none"
    )
    assert code == errors.PackError.exit_code == 5
    assert stderr.count("\n") == 1
    assert "nobody" in stderr
    assert "open" in stderr  # what there is instead


def test_an_unknown_device_is_code_6(run: Run, small_film: Path, tmp_path: Path) -> None:
    code, _, stderr = run(
        "cluster", small_film, "-o", tmp_path / "c.json", "--device", "tpu", "--progress", "none"
    )
    assert code == errors.DeviceError.exit_code == 6
    assert stderr.count("\n") == 1


def test_cuda_without_cuda_is_an_error_not_a_slow_run(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    code, _, stderr = run(
        "cluster", small_film, "-o", tmp_path / "c.json", "--device", "cuda", "--progress", "none"
    )
    assert code == 6
    assert "cuda" in stderr
    assert not (tmp_path / "c.json").exists()


def test_a_result_that_is_none_is_code_7(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("{}")
    (tmp_path / "gt.csv").write_text("frame,x1,y1,x2,y2,identity\n0,1,1,9,9,a\n")
    code, _, stderr = run("evaluate", tmp_path / "c.json", "--gt", tmp_path / "gt.csv")
    assert code == errors.DataError.exit_code == 7
    assert stderr.count("\n") == 1


@pytest.mark.parametrize("command", [cluster, finetune])
def test_options_that_are_not_given_are_as_in_the_library(command: Callable[..., None]) -> None:
    base = RunConfig()
    expected = {
        "pack": base.pack,
        "detector": base.detector,
        "face_model": base.face_model,
        "device": base.device,
        "seed": base.seed,
        "adapt": base.adapt.mode,
        "co_occurrence": base.cluster.co_occurrence,
    }
    found = inspect.signature(command).parameters
    assert {name: found[name].default for name in expected} == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["cluster"],
        ["cluster", "a.mp4", "--nonsense"],
        ["cluster", "a.mp4", "--adapt", "sometimes"],
        ["cluster", "a.mp4", "--seed", "-1"],
        ["cluster", "a/x.mp4", "b/x.mp4", "-o", "out"],
        ["cluster", "a.mp4", "b.mp4", "-o", "one.json"],
        ["nonsense"],
        ["cache", "rm"],
    ],
)
def test_bad_usage_is_code_2(run: Run, arguments: list[str]) -> None:
    code, stdout, stderr = run(*arguments)
    assert code == errors.UsageError.exit_code == 2
    assert stdout == ""
    assert "Traceback" not in stderr


def test_an_unforeseen_error_is_one_line_and_code_70(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VCN_DEBUG", raising=False)
    monkeypatch.setattr("vcn.runtime.store.entries", lambda _: 1 / 0)
    code, stdout, stderr = run("cache", "ls")
    assert code == cli.EXIT_BUG == 70
    assert stdout == ""
    assert stderr.count("\n") == 1
    assert "ZeroDivisionError" in stderr


def test_help_and_version(run: Run) -> None:
    from vcn import __version__

    assert run("--version") == (0, f"vcn {__version__}\n", "")
    for command in ("cluster", "finetune", "evaluate", "benchmark", "models", "doctor", "cache"):
        code, stdout, _ = run(command, "--help")
        assert code == 0
        assert "Usage" in stdout


def test_a_film_without_a_face_is_an_empty_valid_result(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    from vcn.report.read import read_result

    out = tmp_path / "c.json"
    code, stdout, _ = run("cluster", small_film, "-o", out, "--progress", "none")
    assert code == 0
    assert "No face" in stdout
    result = json.loads(out.read_text())
    assert result["people"] == result["tracks"] == result["unknown"] == []
    assert len(result["shots"]) == 1
    read_result(out)
    assert (tmp_path / "c.report.html").exists()


def test_a_film_of_one_frame(run: Run, tmp_path: Path) -> None:
    film = Film("one.mp4", n_frames=1).write(tmp_path)
    code, _, stderr = run("cluster", film, "-o", tmp_path / "c.json", "--quiet")
    assert (code, stderr) == (0, "")
    assert json.loads((tmp_path / "c.json").read_text())["video"]["n_frames"] == 1


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    code, stdout, _ = run(
        "cluster", small_film, "-o", tmp_path / "c.json", "--dry-run", "--work-dir", work
    )
    assert code == 0
    assert "c.json" in stdout
    assert "open" in stdout
    assert not (tmp_path / "c.json").exists()
    assert not work.exists()


def test_many_films_go_on_after_a_bad_one(run: Run, small_film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, _, stderr = run(
        "cluster", _text(tmp_path), small_film, "-o", out, "--progress", "none", "--no-report"
    )
    assert code == 1
    assert "text.mp4" in stderr
    assert "1 of 2 films" in stderr
    assert (out / "small.clusters.json").exists()
    assert not (out / "text.clusters.json").exists()
    assert not (out / "small.clusters.report.html").exists()


def test_results_go_to_stdout_and_events_to_stderr(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    code, stdout, stderr = run(
        "cluster", small_film, "-o", tmp_path / "c.json", "--progress", "jsonl"
    )
    assert code == 0
    assert "No face" in stdout
    events = [json.loads(line) for line in stderr.splitlines()]
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "done"


def test_the_log_file_is_written_or_its_error_said(
    run: Run, small_film: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    arguments = ("cluster", small_film, "-o", tmp_path / "c.json", "--quiet", "--log-file")
    assert run(*arguments, log)[0] == 0
    assert log.exists()
    code, _, stderr = run(*arguments, tmp_path / "no" / "log.txt")
    assert code == 4
    assert stderr.count("\n") == 1


def test_the_cache_is_shown_and_emptied(run: Run, small_film: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run("cluster", small_film, "-o", tmp_path / "c.json", "--quiet", "--work-dir", work)
    code, stdout, _ = run("cache", "ls", "--work-dir", work)
    assert code == 0
    assert "1 films" in stdout
    assert run("cache", "rm", "--all", "--work-dir", work)[0] == 0
    assert "0 films" in run("cache", "ls", "--work-dir", work)[1]


def test_an_error_stays_one_line_that_can_be_read() -> None:
    error = errors.DataError("a\n" + "long value " * 1000 + "of row 7", "hint " * 1000)
    line = str(error)
    assert "\n" not in line
    assert len(line) < 1000
    assert "of row 7" in line
