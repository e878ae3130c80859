"""Progress as lines, as JSON and on a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from vcn.errors import UsageError
from vcn.runtime.progress import (
    JsonlProgress,
    NoProgress,
    PlainProgress,
    Progress,
    RichProgress,
    clock_time,
    make_progress,
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_jsonl_events() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = JsonlProgress(stream, clock)
    progress.stage("detect", 100, "frames")
    clock.now += 2
    progress.advance(40)
    progress.advance(10)  # too soon for another report
    progress.note("one\nline")
    progress.stage("adapt", None, "epochs")
    clock.now += 1
    progress.advance()
    progress.done()
    progress.done()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == [
        "start",
        "stage",
        "progress",
        "note",
        "stage_done",
        "stage",
        "progress",
        "stage_done",
        "done",
    ]
    assert events[2] == {
        "v": 1,
        "event": "progress",
        "elapsed": 2.0,
        "stage": "detect",
        "done": 40,
        "total": 100,
        "unit": "frames",
        "rate": 20.0,
        "left": 3.0,
    }
    assert events[3]["text"] == "one\nline"
    assert events[4]["done"] == 50
    assert (events[6]["total"], events[6]["left"]) == (None, None)


def test_jsonl_reports_are_at_most_four_a_second() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = JsonlProgress(stream, clock)
    progress.stage("detect", 1000, "frames")
    for _ in range(1000):
        clock.now += 0.01
        progress.advance()
    assert stream.getvalue().count('"progress"') <= 40


def test_plain_lines() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = PlainProgress(stream, clock)
    progress.stage("detect", 100, "frames")
    clock.now += 6
    progress.advance(60)
    progress.note("no \x1b[2Jtricks")
    clock.now += 4
    progress.advance(40)
    progress.done()
    progress.done()
    assert stream.getvalue().splitlines() == [
        "detect: 60 of 100 frames, 10.0 a second, 0:00:04 left",
        "no \ufffd[2Jtricks",
        "detect: 100 frames in 10.0 s",
    ]


@pytest.mark.parametrize("kind", ["rich", "auto"])
def test_rich_only_on_a_terminal(kind: str) -> None:
    assert isinstance(make_progress(kind, io.StringIO()), PlainProgress)
    assert isinstance(make_progress(kind, Terminal()), RichProgress)


def test_rich_shows_stage_rate_and_leaves_the_terminal_usable() -> None:
    stream = Terminal()
    progress = RichProgress(stream)
    progress.stage("detect [bold]", 10, "frames")
    progress.advance(4)
    progress.note("a note about [red]film.mp4")
    progress.stage("cluster", None, "rounds")
    progress.done()
    progress.done()
    shown = stream.getvalue()
    assert "detect [bold]" in shown
    assert "4 frames" in shown
    assert "[red]film.mp4" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l")  # the cursor is back


def test_none_says_nothing() -> None:
    progress: Progress = make_progress("none")
    assert isinstance(progress, NoProgress)
    progress.stage("detect", None, "frames")
    progress.advance()
    progress.note("x")
    progress.done()


def test_unknown_kind_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no progress 'loud'"):
        make_progress("loud")  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [JsonlProgress, PlainProgress])
def test_a_lost_reader_does_not_end_the_run(make: type) -> None:
    stream = io.StringIO()
    progress = make(stream)
    stream.close()
    progress.stage("detect", 1, "frames")
    progress.advance()
    progress.done()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.99, "0:00:59"), (3661, "1:01:01"), (-1.5, "-0:00:01"), (-0.2, "0:00:00")],
)
def test_clock_time(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


def test_rich_is_not_imported_with_the_module() -> None:
    code = "import sys, vcn.runtime.progress; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
