"""``vcn export`` as a command."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from film_results import TWO_PEOPLE, film
from typer.testing import CliRunner

from vcn.commands.export import export
from vcn.errors import DataError, OutputError, UsageError
from vcn.report.write import write_result

APP = typer.Typer()
APP.command()(export)


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(APP, [str(a) for a in arguments], catch_exceptions=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    return write_result(TWO_PEOPLE, tmp_path / "clusters.json", report=False).clusters


def test_to_standard_output(clusters: Path) -> None:
    assert run(clusters).startswith("person,name,start_seconds")
    assert run(clusters, "-f", "edl", "--person", "1").count("|M:Person 2 ") == 1


def test_to_a_file(clusters: Path) -> None:
    out = clusters.parent / "spans.csv"
    assert run(clusters, "-o", out) == ""
    # Exactly what goes to standard output, line ends too.
    assert out.read_bytes().count(b"\r\n") == 4
    assert b"\r\r\n" not in out.read_bytes()


def test_errors_leave_the_file(clusters: Path) -> None:
    out = clusters.parent / "spans.csv"
    out.write_text("earlier")
    (clusters.parent / "broken.json").write_text("{}")
    with pytest.raises(DataError):
        run(clusters.parent / "broken.json", "-o", out)
    assert out.read_text() == "earlier"
    with pytest.raises(OutputError):
        run(clusters, "-o", clusters.parent)


def test_a_film_without_people(tmp_path: Path) -> None:
    path = write_result(film(n_frames=3), tmp_path / "c.json", report=False).clusters
    assert len(run(path).splitlines()) == 1


def test_the_ending_tells_the_format(clusters: Path) -> None:
    out = clusters.parent / "spans.edl"
    run(clusters, "-o", out)
    assert out.read_bytes().startswith(b"TITLE: ")


def test_notes_go_to_standard_error(clusters: Path) -> None:
    result = CliRunner().invoke(APP, [str(clusters), "-f", "edl", "--scenes"])
    assert "vcn: this result knows no scenes" in result.stderr
    assert "vcn:" not in result.stdout


def test_a_selection(clusters: Path) -> None:
    text = run(clusters, "--together", "0", "Person 2", "--handles", "2", "-o", "-")
    assert [line.split(",")[6:] for line in text.splitlines()[1:]] == [["8", "32"]]
    with pytest.raises(UsageError, match="no format 'xls'"):
        run(clusters, "-f", "xls")
