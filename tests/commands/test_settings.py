"""--set, --config and `vcn config show`, as they are typed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from media import Film

from vcn.commands import options
from vcn.errors import UsageError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Film("small.mp4", n_frames=8).write(tmp_path_factory.mktemp("films"))


def test_config_show_prints_what_config_reads(run: Run, tmp_path: Path) -> None:
    code, stdout, _ = run("config", "show", "--set", "detect.max_side=1280", "--set", "seed=3")
    assert code == 0
    shown = tomllib.loads(stdout)
    assert (shown["detect"]["max_side"], shown["seed"]) == (1280, 3)
    assert "max_side = 1280  # --set; default: 640" in stdout
    file = tmp_path / "my.toml"
    file.write_text(stdout)
    again = run("config", "show", "--config", file)[1]
    assert tomllib.loads(again) == shown
    assert f"# --config {file}; default: 640" in again


def test_a_dry_run_says_what_is_not_the_default(run: Run, small_film: Path, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("seed = 1\n[detect]\nmax_side = 960\nrate = 5\n")
    code, stdout, _ = run(
        *("cluster", small_film, "--dry-run", "--config", file),
        *("--set", "detect.max_side=1280", "--seed", "2"),
    )
    assert code == 0
    lines = [line for line in stdout.splitlines() if line.startswith("chosen:")]
    assert lines == [
        "chosen:     seed = 2 (default: 0)",
        "chosen:     detect.max_side = 1280 (default: 640)",
        "chosen:     detect.rate = 5.0 (default: none)",
    ]
    assert "5 frames a second" in stdout
    assert "chosen" not in run("cluster", small_film, "--dry-run")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "detect.max_sid=3"], "Did you mean detect.max_side?"),
        (["--set", "detect.max_side"], "has no value"),
        (["--set", "seed=3", "--seed", "0"], "chosen twice, by --seed and by --set"),
    ],
)
def test_a_wrong_setting_is_one_line_and_code_2(
    run: Run,
    small_film: Path,
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("cluster", "finetune"):
        code, stdout, stderr = run(command, small_film, *arguments)
        assert (code, stdout) == (2, "")
        assert says in stderr
        assert stderr.count("\n") == 1


def test_an_option_that_was_typed_is_stronger_than_the_file(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('seed = 5\npack = "mine"\n')
    shared = ("open", None, None, "auto")
    config = options.run_config(*shared, 7, options.AdaptChoice.off, True, config_file=file)
    assert (config.seed, config.pack, config.adapt.mode) == (7, "mine", "off")
    with pytest.raises(UsageError, match="twice"):
        options.run_config(*shared, 7, options.AdaptChoice.off, True, settings=["seed=3"])
