r"""How a run tells what it is doing: on a terminal, as lines, as JSON, or not at all.

A long-running function takes a `Progress` and calls ``stage`` at each start, ``advance``
as work is done, ``note`` for what a reader should know. Whoever made the object calls
``done`` once, also after an error. Everything goes to standard error; results do not.

``jsonl`` writes one JSON object a line, at most four ``progress`` a second. Every object
has ``v`` (the version of this format: 1; new keys and events may be added under the same
version, so ignore what you do not know), ``event`` and ``elapsed`` (seconds since start):

===========  ====================================================================
event        further keys
===========  ====================================================================
start        (none)
stage        ``stage`` (name), ``total`` (integer or null: not known), ``unit``
progress     ``stage``, ``done``, ``total``, ``unit``, ``rate`` (units a second or
             null), ``left`` (seconds or null)
stage_done   ``stage``, ``done``, ``total``, ``unit``, ``seconds``
note         ``text``
done         (none)
===========  ====================================================================

A stage ends where the next one starts or at ``done``. A line that is not a JSON object is
an error message. Time and totals are estimates; ``total`` may turn out to be wrong.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, Protocol, TextIO, get_args

from vcn.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress as RichBars

Kind = Literal["auto", "rich", "plain", "jsonl", "none"]
JSONL_VERSION: Final = 1

_JSONL_INTERVAL = 0.25
_PLAIN_INTERVAL = 5.0


class Progress(Protocol):
    """What a run reports to."""

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Start a stage; the one before is over.

        Args:
            name: What is done, for people: "detect and track".
            total: How many units there are, an estimate, or None where nobody knows.
            unit: What is counted, in the plural: "frames".
        """
        ...

    def advance(self, n: int = 1) -> None:
        """Say that `n` more units of the stage are done."""
        ...

    def note(self, text: str) -> None:
        """Tell the reader one thing, one line."""
        ...

    def done(self) -> None:
        """End the last stage and give back the terminal. More calls change nothing."""
        ...


def make_progress(kind: Kind = "auto", stream: TextIO | None = None) -> Progress:
    """The progress that the command line was asked for.

    Args:
        kind: ``auto`` is rich on a terminal and plain elsewhere. ``rich`` where there is
            no terminal is plain too: bars in a log file help nobody.
        stream: Where to write; standard error where None.

    Raises:
        UsageError: `kind` is not one of the five.
    """
    stream = sys.stderr if stream is None else stream
    if kind not in get_args(Kind):
        raise UsageError(f"no progress {kind!r}", f"Use one of {', '.join(get_args(Kind))}.")
    if kind == "none":
        return NoProgress()
    if kind == "jsonl":
        return JsonlProgress(stream)
    if kind != "plain" and stream.isatty():
        return RichProgress(stream)
    return PlainProgress(stream)


class NoProgress:
    """Says nothing."""

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Say nothing."""

    def advance(self, n: int = 1) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def done(self) -> None:
        """Say nothing."""


class JsonlProgress:
    """One JSON object a line, as the module describes."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = _Lines(stream)
        self._counter = _Counter(clock, _JSONL_INTERVAL)
        self._finished = False
        self._event("start")

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Report the end of the stage before, then the start of this one."""
        self._end_stage()
        self._counter.start(name, total, unit)
        self._event("stage", stage=name, total=total, unit=unit)

    def advance(self, n: int = 1) -> None:
        """Count, and report now and then."""
        counter = self._counter
        if counter.advance(n):
            self._event("progress", **counter.counts(), rate=counter.rate, left=counter.left)

    def note(self, text: str) -> None:
        """Report a note."""
        self._event("note", text=text)

    def done(self) -> None:
        """Report the end, once."""
        if not self._finished:
            self._end_stage()
            self._event("done")
            self._finished = True

    def _end_stage(self) -> None:
        if self._counter.running:
            self._event(
                "stage_done", **self._counter.counts(), seconds=round(self._counter.seconds, 3)
            )
            self._counter.running = False

    def _event(self, event: str, **keys: object) -> None:
        fields = {"v": JSONL_VERSION, "event": event, "elapsed": round(self._counter.elapsed, 3)}
        self._lines.write(json.dumps(fields | keys))


class PlainProgress:
    """Lines for logs: the start and the end of a stage, and every few seconds between."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = _Lines(stream)
        self._counter = _Counter(clock, _PLAIN_INTERVAL)

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Write the end of the stage before."""
        self._end_stage()
        self._counter.start(name, total, unit)

    def advance(self, n: int = 1) -> None:
        """Count, and write a line now and then."""
        counter = self._counter
        if not counter.advance(n):
            return
        parts = [f"{counter.name}: {counter.done}"]
        if counter.total:
            parts[0] += f" of {counter.total}"
        parts[0] += f" {counter.unit}"
        if counter.rate is not None:
            parts.append(f"{counter.rate:.1f} a second")
        if counter.left is not None:
            parts.append(f"{clock_time(counter.left)} left")
        self._lines.write(printable(", ".join(parts)))

    def note(self, text: str) -> None:
        """Write the note."""
        self._lines.write(printable(text))

    def done(self) -> None:
        """Write the end of the last stage."""
        self._end_stage()

    def _end_stage(self) -> None:
        counter = self._counter
        if counter.running:
            counted = f"{counter.done} {counter.unit}" if counter.done else "done"
            self._lines.write(printable(f"{counter.name}: {counted} in {counter.seconds:.1f} s"))
            counter.running = False


class RichProgress:
    """A bar for each stage, with rate and time left. For terminals."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream)
        self._bars: RichBars | None = None

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Finish the bar before and add one."""
        if self._bars is None:
            self._bars = _bars(self._console)
            self._bars.start()
        self._end_stage()
        self._bars.add_task(printable(name), total=total, unit=printable(unit))

    def advance(self, n: int = 1) -> None:
        """Move the bar."""
        if self._bars is not None and self._bars.task_ids:
            self._bars.advance(self._bars.task_ids[-1], n)

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(printable(text), markup=False, highlight=False, style="yellow")

    def done(self) -> None:
        """Leave the finished bars on the screen and give back the cursor."""
        if self._bars is not None:
            self._end_stage()
            self._bars.stop()
            self._bars = None

    def _end_stage(self) -> None:
        if self._bars is not None and self._bars.task_ids:
            last = self._bars.tasks[-1]
            # The total was an estimate: the number of units that came is the truth.
            self._bars.update(
                last.id, total=max(last.completed, 1), completed=max(last.completed, 1)
            )
            self._bars.stop_task(last.id)


def clock_time(seconds: float) -> str:
    """Whole seconds as h:mm:ss, rounded down, with a sign where negative."""
    whole = int(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def printable(text: str) -> str:
    """Without control characters: a file name must not be able to steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class _Counter:
    """Counts the units of one stage after another and says when to report."""

    def __init__(self, clock: Callable[[], float], interval: float) -> None:
        self._clock = clock
        self._interval = interval
        self._begin = clock()
        self._stage_begin = self._begin
        self._reported = self._begin
        self.running = False
        self.name = self.unit = ""
        self.done = 0
        self.total: int | None = None

    def start(self, name: str, total: int | None, unit: str) -> None:
        self.running = True
        self.name, self.total, self.unit, self.done = name, total, unit, 0
        self._stage_begin = self._reported = self._clock()

    def advance(self, n: int) -> bool:
        """Count; True when a report is due."""
        self.done += n
        now = self._clock()
        if not self.running or now - self._reported < self._interval:
            return False
        self._reported = now
        return True

    def counts(self) -> dict[str, object]:
        return {"stage": self.name, "done": self.done, "total": self.total, "unit": self.unit}

    @property
    def elapsed(self) -> float:
        return self._clock() - self._begin

    @property
    def seconds(self) -> float:
        return self._clock() - self._stage_begin

    @property
    def rate(self) -> float | None:
        return round(self.done / self.seconds, 3) if self.done and self.seconds > 0 else None

    @property
    def left(self) -> float | None:
        if self.total is None or not self.rate:
            return None
        return round(max(self.total - self.done, 0) / self.rate, 1)


class _Lines:
    """A stream of lines that may go away: a lost reader must not end a long run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def write(self, line: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None


def _bars(console: object) -> RichBars:
    from rich import progress

    class Rate(progress.ProgressColumn):
        """Units done and units a second."""

        def render(self, task: progress.Task) -> str:
            rate = task.finished_speed or task.speed
            counted = f"{int(task.completed)} {task.fields['unit']}"
            return f"{counted}, {rate:.1f}/s" if rate else counted

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=24),
        progress.TaskProgressColumn(),
        Rate(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("left", style="dim"),
        progress.TimeRemainingColumn(elapsed_when_finished=False),
        console=console,  # type: ignore[arg-type]
        transient=False,
    )
