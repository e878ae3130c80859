"""A run that was killed, starved or disturbed: the next one is as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from paths import SUPPORT

from vcn.errors import InputError
from vcn.report.write import check_writable
from vcn.runtime.store import owner

KILLED = SUPPORT / "killed_runs.py"
DISTURBED = SUPPORT / "disturbed_runs.py"


def outcome_of(script: Path, *arguments: object) -> dict:
    """What a script printed; it runs in a process of its own, so that it may fork."""
    done = subprocess.run(
        [sys.executable, script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def disturbed(
    short_film: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, object]]:
    """All of disturbed_runs.py in one process: what takes long is to import everything."""
    return outcome_of(DISTURBED, short_film, tmp_path_factory.mktemp("disturbed"))


def test_killed_runs_are_resumed_to_the_same_result(disturbed: dict) -> None:
    assert disturbed["killed"]["failures"] == []
    assert disturbed["killed"]["kills"] == 4


@pytest.mark.slow
def test_a_hundred_killed_runs_are_resumed_to_the_same_result(
    short_film: Path, tmp_path: Path
) -> None:
    outcome = outcome_of(KILLED, short_film, tmp_path / "k", "--kills", 100, "--seed", 1)
    assert outcome["failures"] == []
    assert outcome["kills"] == 100
    everywhere = {"read, detect, track", "embed", "adapt, cluster", "write"}
    assert set(outcome["stages"]) >= everywhere


def test_another_number_of_threads_gives_the_same_bytes(disturbed: dict) -> None:
    """And so does the same number: every other test here compares with a run of its own."""
    assert disturbed["other threads"]["different"] == []


def test_two_runs_at_once_do_not_harm_each_other(disturbed: dict) -> None:
    assert disturbed["two at once"] == {"codes": [0, 0, 0], "different": [], "left": []}


def test_a_full_disk_is_one_line_and_the_next_run_is_whole(disturbed: dict) -> None:
    found = disturbed["full disk"]
    assert found["codes"] == [4, 4, 4]
    for line in found["lines"]:
        assert "cannot" in line
        assert "\n" not in line.strip()
        assert "File too large" in line or "No space left" in line
    assert found["resumed"] == [0, 0, 0]
    assert found["different"] == []
    assert found["left"] == []


def test_a_work_folder_that_cannot_be_written_is_one_line(disturbed: dict) -> None:
    found = disturbed["in the way"]
    assert found["code"] == 4
    assert "--work-dir" in found["line"]
    assert found["line"].count("\n") == 1
    assert found["written"] == []


def test_a_film_that_changes_while_it_is_read_leaves_nothing(disturbed: dict) -> None:
    found = disturbed["changed meanwhile"]
    assert found["code"] == InputError.exit_code == 3
    assert "changed while it was being read" in found["line"]
    assert found["kept"] == []
    assert found["resumed"] == 0
    assert found["different"] == []


def test_a_film_that_changed_in_between_gets_its_own_result(disturbed: dict) -> None:
    found = disturbed["changed in between"]
    assert found["codes"] == [0, 0]
    assert found["same frames"] is False
    assert found["films in the cache"] == 2
    # And the first one's result is still there.
    assert found["different"] == []


def test_what_another_version_or_option_made_is_not_used(disturbed: dict) -> None:
    found = disturbed["stale"]
    assert found["same"] == []  # nothing was made
    assert found["version"] == ["embed", "people", "scan", "split", "threads"]
    assert found["threshold"] == ["embed", "people", "scan", "split", "threads"]
    assert found["seed"] == ["people"]
    assert found["library"] == ["embed", "people", "scan", "split", "threads"]


def test_a_damaged_cache_is_made_again(disturbed: dict) -> None:
    found = disturbed["damaged"]
    assert found["code"] == 0
    assert found["different"] == []


def test_a_disk_that_is_really_full(disturbed: dict) -> None:
    """Not only a limit: a memory map into a full disk would be a bus error."""
    found = disturbed["really full"]
    if found is None:
        pytest.skip("only root may mount a small disk")
    assert found["code"] == 4
    assert found["line"].count("\n") == 1
    assert "No space left" in found["line"]
    assert found["written"] == []
    assert found["left"] == []


def test_what_a_run_left_that_was_killed_while_it_wrote_is_removed(tmp_path: Path) -> None:
    machine = owner().partition("-")[0]
    dead = tmp_path / f".vcn-{machine}-99999999-012345.tmp"
    alive = tmp_path / f".vcn-{machine}-{os.getpid()}-012345.tmp"
    elsewhere = tmp_path / ".vcn-01234567-99999999-012345.tmp"
    for path in (dead, alive, elsewhere):
        path.touch()
    check_writable(tmp_path / "c.json")
    assert sorted(tmp_path.iterdir()) == sorted([alive, elsewhere])
