"""The file of corrections: what was acknowledged is there, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import PACKAGE

from vcn.corrections import Entry, Kind, Ledger, Place, Why, active, ledger_path, of_film
from vcn.corrections.entries import clean_name
from vcn.corrections.history import history, to_redo, to_undo
from vcn.corrections.ledger import read_ledger
from vcn.errors import DataError, OutputError

HERE = Place(1.5, (10.0, 10.0, 50.0, 60.0))
SCHEMA = json.loads((PACKAGE / "corrections" / "corrections.schema.json").read_text("utf-8"))


def named(name: str, film: str = "xxh3:1") -> Entry:
    return Entry(Kind.name, film, (640, 360), places=(HERE,), name=name).stamped("a", "me")


def test_what_is_written_is_read_and_fits_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "film.corrections.jsonl"
    made = [
        named("Zoë 👩‍🚀 שרה <script>"),
        Entry(Kind.same, "f", (1, 1), places=(HERE, HERE)).stamped("b", ""),
        Entry(Kind.different, "f", (1, 1), places=(HERE,), others=(HERE,)).stamped("c", ""),
        Entry(Kind.move, "f", (1, 1), places=(HERE,), to=(HERE,), origin=(HERE,)).stamped("c", ""),
        Entry(Kind.undo, "f", (1, 1), of="x").stamped("d", ""),
    ]
    Ledger(path).append(made[:2])
    Ledger(path).append(made[2:])
    assert read_ledger(path).entries == tuple(made)
    for line in path.read_text("utf-8").splitlines():
        jsonschema.validate(json.loads(line), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(made[0].line()), "kind": "same"}, SCHEMA)


def test_names_of_files() -> None:
    assert ledger_path(Path("x/film.clusters.json")) == Path("x/film.corrections.jsonl")
    assert ledger_path(Path("result.json")) == Path("result.corrections.jsonl")


def test_a_damaged_last_line_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    one, two, three = named("1"), named("2"), named("3")
    path.write_bytes(one.line() + two.line()[:40])
    contents = read_ledger(path)
    assert contents.entries == (one,)
    assert contents.problems[0].why == Why.damaged
    ledger = Ledger(path)
    ledger.append([three])
    assert ledger.entries == [one, three]
    assert path.read_bytes() == one.line() + three.line()
    assert (tmp_path / "l.jsonl.damaged").read_bytes() == two.line()[:40] + b"\n"


def test_a_last_line_without_an_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    one, two = named("1"), named("2")
    path.write_bytes(one.line().rstrip())
    ledger = Ledger(path)
    assert ledger.entries == [one]
    ledger.append([two])
    assert read_ledger(path).entries == (one, two)
    assert ledger.entries == [one, two]


def test_two_writers(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path / "l"), Ledger(tmp_path / "l")
    for number in range(5):
        first.append([named(f"a{number}")])
        second.append([named(f"b{number}")])
    assert first.refresh()
    assert first.entries == second.entries == list(read_ledger(tmp_path / "l").entries)
    assert not first.refresh()


def test_newer_damaged_and_huge_lines_are_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    good = named("x")
    newer = {**json.loads(good.line()), "schema_version": "2.0"}
    later_kind = {**json.loads(good.line()), "schema_version": "1.7", "kind": "swap"}
    later_key = {**json.loads(good.line()), "schema_version": "1.7", "colour": "red"}
    long = {**json.loads(good.line()), "name": "n" * 10_000_000}
    nan = json.dumps({**json.loads(good.line()), "places": [{"seconds": float("nan")}]})
    lines = [json.dumps(v) for v in (newer, later_kind, later_key, long)]
    path.write_text("\n".join([*lines, nan, "[" * 100_000, "{", good.line().decode()]), "utf-8")
    contents = read_ledger(path)
    assert [e.name for e in contents.entries] == ["x", "x"]
    assert [(p.why, p.entry) for p in contents.problems] == [
        (Why.newer, "line 1"),
        (Why.newer, "line 2"),
        (Why.damaged, "line 4"),
        (Why.damaged, "line 5"),
        (Why.damaged, "line 6"),
        (Why.damaged, "line 7"),
    ]
    before = path.read_bytes()
    Ledger(path).append([named("y")])
    assert path.read_bytes().startswith(before)


def test_another_film_is_refused_or_scaled(tmp_path: Path) -> None:
    entry = named("x")
    with pytest.raises(DataError, match=r"another film.*--remap"):
        of_film([entry], "xxh3:2", (640, 360), remap=False, path=tmp_path)
    (scaled,) = of_film([entry], "xxh3:2", (1280, 720), remap=True, path=tmp_path)
    assert scaled.places[0] == Place(1.5, (20.0, 20.0, 100.0, 120.0))


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "l"
    ledger = Ledger(path)
    ledger.append([named("kept")])
    before, write = path.read_bytes(), os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) > 20:
            return write(handle, bytes(data[:20]))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vcn.corrections.ledger.os.write", full)
        with pytest.raises(OutputError, match="No space left"):
            ledger.append([named("lost")])
    assert path.read_bytes() == before
    ledger.append([named("later")])
    assert [e.name for e in read_ledger(path).entries] == ["kept", "later"]


def test_no_file_that_is_none_is_read(tmp_path: Path) -> None:
    for path in (Path("/dev/full"), tmp_path):
        with pytest.raises(DataError, match="not a regular file"):
            Ledger(path)
        with pytest.raises(DataError, match="not a regular file"):
            read_ledger(path)


def test_names_are_cleaned() -> None:
    assert clean_name("  A\u202eb\nc\x00 ") == "Ab c"
    assert clean_name("Zoe\u0308") == "Zoë"
    with pytest.raises(DataError):
        clean_name("n" * 201)


@given(st.lists(st.sampled_from("dur"), max_size=30))
def test_undo_and_redo_without_limit(moves: list[str]) -> None:
    """Against two plain stacks."""
    entries: list[Entry] = []
    done: list[str] = []
    undone: list[str] = []
    for number, move in enumerate(moves):
        known = history(entries)
        assert (list(known.done), list(known.undone)) == (done, undone)
        if move == "d":
            undo = [e for e in entries[:1] if e.kind == Kind.name]
            mixed = (
                [Entry(Kind.undo, "f", (1, 1), of=e.id) for e in undo] if number % 3 == 0 else []
            )
            made = [*mixed, named(str(number))]
            entries += [e.stamped(f"a{number}", "") for e in made]
            done.append(f"a{number}")
            undone.clear()
        elif move == "u" and done:
            taken = to_undo(entries, done[-1])
            entries += [
                Entry(Kind.undo, "f", (1, 1), of=e.id).stamped(f"a{number}", "") for e in taken
            ]
            undone.append(done.pop())
        elif move == "r" and undone:
            taken = to_redo(entries, undone[-1])
            entries += [
                Entry(Kind.undo, "f", (1, 1), of=e.id).stamped(f"a{number}", "") for e in taken
            ]
            done.append(undone.pop())
    first = [e for e in entries if e.kind == Kind.name][:1]
    expected = {e.id for e in entries if e.kind == Kind.name and e.action in done}
    counted = {e.id for e in active(entries)}
    # Those that mixed actions took back are the first one only.
    assert counted - {e.id for e in first} == expected - {e.id for e in first}


WRITER = """
import sys
from pathlib import Path
from vcn.corrections import Entry, Kind, Ledger, Place
ledger = Ledger(Path(sys.argv[1]))
number = len(ledger.entries)
while True:
    entry = Entry(Kind.name, "f", (9, 9), places=(Place(0, (0, 0, 1, 1)),) * 40, name=f"n{number}")
    ledger.append([entry.stamped("a", "")])
    print(number, flush=True)
    number += 1
"""


def kill_writers(path: Path, times: int) -> None:
    """Kill a writer again and again: all that it acknowledged is there, and whole."""
    acknowledged = -1
    for number in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.001 + 0.0007 * number)
        process.send_signal(signal.SIGKILL)
        told = process.communicate()[0].split()
        acknowledged = max(acknowledged, *(int(n) for n in told), acknowledged)
        names = [e.name for e in read_ledger(path).entries]
        assert names == [f"n{i}" for i in range(len(names))]
        assert len(names) > acknowledged


def test_killed_writers_lose_nothing(tmp_path: Path) -> None:
    kill_writers(tmp_path / "l", 2)


@pytest.mark.slow
def test_writers_killed_a_hundred_times_lose_nothing(tmp_path: Path) -> None:
    kill_writers(tmp_path / "l", 100)


def test_ten_thousand_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "l"
    path.write_bytes(b"".join(named(f"n{i}").line() for i in range(10_000)))
    assert len(read_ledger(path).entries) == 10_000
