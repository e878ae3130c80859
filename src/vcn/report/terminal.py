"""The one table at the end of a run, for a terminal or a log."""

from __future__ import annotations

from collections import Counter

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vcn.report.document import called, screen_time, unknown_reasons
from vcn.report.exemplars import tracks_of
from vcn.report.words import REASONS, likely_text, research_packs, span_text, time_notes
from vcn.report.write import Written
from vcn.runtime.progress import clock_time, printable
from vcn.types import FilmResult

_MAX_ROWS = 20


def print_summary(result: FilmResult, written: Written | None, console: Console) -> None:
    """Print who was found, what stayed unknown, and where the files are.

    Args:
        result: What the run found.
        written: The files, or None where nothing was written.
        console: Where to print; it decides about width and colour.
    """
    console.print(summary(result, written))


def summary(result: FilmResult, written: Written | None) -> RenderableType:
    """The summary as one thing that rich can print."""
    parts: list[RenderableType] = [_headline(result)]
    if result.clustering.n_clusters:
        parts.append(Padding(_people(result), (1, 0)))
    parts += [Text(note, "yellow") for note in time_notes(result)]
    unknown = _unknown(result)
    if unknown is not None:
        parts.append(unknown)
    parts += _corrections(result)
    parts += _cast(result)
    if written is not None:
        parts.append(_files(written))
    research = research_packs(result)
    if research:
        parts.append(
            Text(f"Research only: {', '.join(research)} may not be used commercially.", "yellow")
        )
    return Group(*parts)


def _headline(result: FilmResult) -> Text:
    people, tracks = result.clustering.n_clusters, len(result.tracks)
    if not tracks:
        return Text("No face was found in this film.", "bold")
    length = result.timeline.shown_seconds
    return Text(
        f"{_count(people, 'person', 'people')} in {_count(tracks, 'track')}, "
        f"{_count(len(result.shots), 'shot')}, {span_text(length)} of film",
        "bold",
    )


def _people(result: FilmResult) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Person", no_wrap=True)
    for name in ("Screen time", "Tracks", "First", "Last"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = []
    for person in range(result.clustering.n_clusters):
        tracks = tracks_of(result, person)
        rows.append((screen_time(result.timeline, tracks), person, tracks))
    rows.sort(key=lambda row: (-row[0], row[1]))
    for shown, person, tracks in rows[:_MAX_ROWS]:
        first = result.timeline.seconds(min(int(track.frame[0]) for track in tracks))
        last = result.timeline.end_seconds(max(int(track.frame[-1]) for track in tracks))
        table.add_row(
            called(result, person),
            span_text(shown),
            str(len(tracks)),
            clock_time(first),
            clock_time(last),
        )
    if len(rows) > _MAX_ROWS:
        rest = rows[_MAX_ROWS:]
        table.add_row(
            f"{len(rest)} more", span_text(sum(row[0] for row in rest)),
            str(sum(len(row[2]) for row in rest)), "", "", style="dim",
        )  # fmt: skip
    return table


def _unknown(result: FilmResult) -> Text | None:
    counts = Counter(unknown_reasons(result).values())
    if not counts:
        return None
    reasons = ", ".join(
        f"{counts[r]} {title.lower()}" for r, (title, _) in REASONS.items() if counts[r]
    )
    return Text(f"Unknown: {_count(counts.total(), 'track')} ({reasons})")


def _corrections(result: FilmResult) -> list[RenderableType]:
    """How many corrections hold, and each that does not."""
    said = result.corrections
    if said is None:
        return []
    lines: list[RenderableType] = [
        Text(f"Corrections: {said.n_held} of {printable(said.file)} in force")
    ]
    lines += [Text(printable(f"  {why}: {text}"), "yellow") for why, _, text, _ in said.problems]
    return lines


def _cast(result: FilmResult) -> list[RenderableType]:
    """Who of the known people was found, and names that are only likely."""
    cast = result.cast
    if cast is None:
        return []
    named = sum(one.sure for one in cast.people.values())
    lines: list[RenderableType] = [
        Text(printable(f"Cast: {named} of {len(cast.known)} names of {cast.source} in this film"))
    ]
    lines += [
        Text(printable(f"  {called(result, person)}: {likely_text(result, person)}"), "yellow")
        for person, one in cast.people.items()
        if not one.sure
    ]
    return lines


def _files(written: Written) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for label, path in (
        ("Result", written.clusters),
        ("All boxes", written.boxes),
        ("Report", written.report),
    ):
        if path is not None:
            # A path must stay one piece, so that it can be copied.
            table.add_row(Text(label, "dim"), Text(printable(str(path)), overflow="fold"))
    return table


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
