"""The benchmark's table as Markdown, and both of its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from vcn.benchmark.ablations import ABLATIONS, METHODS
from vcn.benchmark.entries import entry_name
from vcn.benchmark.table import Summary, Table
from vcn.benchmark.targets import Target, targets
from vcn.methods.registry import HEAD_MODE, SYSTEMS

_AS_OF = (
    " As of: when a row was measured, and of which commit; of several, the first day and the last."
)
_FACES = "B3-F (faces) is over all faces of truth: one that is in no track is a cluster of its own."

_HEADS_ALONE = frozenset(
    variant.name
    for variant in chain(METHODS, *ABLATIONS.values())
    if variant.paper and variant.changes.get("adapt.mode") == "head"
)
"""The paper's own choices where the heads alone are trained."""


def write(table: Table, folder: Path, name: str = "table") -> None:
    """Write NAME.json and NAME.md into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table.as_json()
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    # From the rounded numbers, so that the one can be made from the other.
    rendered = render(Table.from_json(text))
    (folder / f"{name}.md").write_text(rendered, encoding="utf-8")


def render(table: Table) -> str:
    """The tables as Markdown: all films, each level, each film."""
    parts = [
        "Mean over seeds, ± standard deviation over seeds. Each unknown track counts as a "
        "cluster of its own; B3-F (known) leaves them out. People: predicted / true, mean "
        "of the films (smallest-largest film). K: how a method knows the number of people: "
        "none: it finds it; known_k: it is told; transfer: it has the threshold that is best "
        "on the other films; hindsight: the one that is best on this very film; hindsight over "
        "all: the one that is best over all films together. Faithful: paper: the equations and "
        "constants of its paper; after: its idea; baseline: a textbook algorithm; own: ours. s: "
        "processor seconds of one run." + (_AS_OF if any(row.as_of for row in table.rows) else ""),
        *([_FACES] if any(row.b3_f_faces is not None for row in table.rows) else []),
        *(f"{name}: {json.dumps(value, sort_keys=True)}" for name, value in table.protocol.items()),
    ]
    found = targets(table)
    if found:
        parts += ["## Targets", render_targets(found)]
    for title, summaries in (
        ("All films", table.overall()),
        ("Levels", table.by_level()),
        ("Films", table.by_film()),
    ):
        parts.append(f"## {title}")
        groups = dict.fromkeys(summary.group for summary in summaries)
        for name in groups:
            if len(groups) > 1:
                parts.append(f"### {name}")
            rows = [s for s in summaries if s.group == name]
            parts.append(_render_rows(rows, faithful=title == "All films"))
    parts += _render_seconds(table)
    return "\n\n".join(parts) + "\n"


def side_by_side(table: Table, level: str | None = None) -> str:
    """One line a method, one column a film of a level, or of all: B-cubed F.

    A mean over fewer films than there are stands in brackets.
    """
    rows = (row for row in table.rows if level is None or row.level == level)
    table = Table(tuple(rows), table.protocol)
    films = sorted({row.film for row in table.rows})
    of_film = {(s.group, s.method): f"{s.b3_f:.3f}" for s in table.by_film()}
    head = ["system", "K", "seeds", "mean", "people", "s", *films, "as of"]
    lines = [" | ".join(head), " | ".join(["---"] * len(head))]
    for s in table.overall():
        mean = f"{s.b3_f:.3f}" if s.n_films == len(films) else f"({s.b3_f:.3f})"
        cells = [_printed(s.method), s.k, _range(s.seeds), mean, _people(s), f"{s.seconds:.1f}"]
        cells += [of_film.get((film, s.method), "-") for film in films]
        lines.append(" | ".join([*cells, _as_of(s.as_of)]))
    return "\n".join(f"| {line} |" for line in lines)


_BEGIN, _END = "<!-- made by make bench -->\n", "\n<!-- until here -->"


def put(page: str, made: str) -> str:
    """A page written by hand with its one made part replaced.

    Raises:
        ValueError: It has no such part.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("the page has no part that is made")
    return before + begin + made + end + after


def render_targets(found: tuple[Target, ...]) -> str:
    """The targets as a Markdown table."""
    lines = ["| target | measured | reached |", "| --- | --- | --- |"]
    lines += [f"| {t.what} | {t.measured} | {'yes' if t.reached else 'no'} |" for t in found]
    return "\n".join(lines)


def _faithful() -> dict[str, str]:
    """How faithful each method of the tables is to its paper, as `vcn methods` has it."""
    own = {variant.name: "paper" if variant.paper else "own" for variant in METHODS}
    return own | {entry_name(s, k): s.faithful for s in SYSTEMS for k in s.k}


def _printed(name: str) -> str:
    """A method's name, with how it was run where its paper runs it otherwise."""
    return f"{name} ({HEAD_MODE})" if name in _HEADS_ALONE else name


def _render_rows(summaries: Sequence[Summary], *, faithful: bool) -> str:
    own = any(summary.own_spread is not None for summary in summaries)
    head = ["method", "K", "B3-F", "NMI", "WCP", "pair F", "people", "unknown", "B3-F (known)", "s"]
    dated = any(any(summary.as_of) for summary in summaries)
    if own:
        head.insert(3, "own ±")
    faces = any(summary.b3_f_faces is not None for summary in summaries)
    if faces:
        head.insert(-1, "B3-F (faces)")
    # Means over other films or seeds are not compared: then it says over how many.
    counted = len({(summary.n_films, summary.seeds) for summary in summaries}) > 1
    if counted:
        head[2:2] = ["films", "seeds"]
    of = _faithful() if faithful else {}
    said = any(summary.method in of for summary in summaries)
    if said:
        head.insert(2, "faithful")
    if dated:
        head.append("as of")
    lines = [" | ".join(head), " | ".join(["---"] * len(head))]
    for s in summaries:
        cells = [
            _printed(s.method),
            s.k,
            f"{s.b3_f:.3f} ± {s.b3_f_spread:.3f}",
            f"{s.nmi:.3f} ± {s.nmi_spread:.3f}",
            f"{s.wcp:.3f}",
            f"{s.pairwise_f:.3f}",
            _people(s),
            f"{s.unknown:.1%}",
            f"{s.b3_f_known:.3f}",
            f"{s.seconds:.1f}",
        ]
        if own:
            cells.insert(3, "" if s.own_spread is None else f"{s.own_spread:.3f}")
        if counted:
            cells[2:2] = [str(s.n_films), _range(s.seeds)]
        if faces:
            cells.insert(-1, "" if s.b3_f_faces is None else f"{s.b3_f_faces:.3f}")
        if said:
            cells.insert(2, of.get(s.method, ""))
        if dated:
            cells.append(_as_of(s.as_of))
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def _people(s: Summary) -> str:
    return f"{s.pcr:.2f} ({s.pcr_low:.2f}-{s.pcr_high:.2f})"


def _range(seeds: tuple[int, int]) -> str:
    low, high = seeds
    return f"{low}" if low == high else f"{low}-{high}"


def _as_of(said: Sequence[str]) -> str:
    """One as it is; of several the first words of the oldest and the newest: their days."""
    if len(said) == 1:
        return said[0]
    days = list(dict.fromkeys(text.partition(" ")[0] or "?" for text in said))
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _render_seconds(table: Table) -> list[str]:
    """The longest run of each method by the size of simulated films, where there are several."""
    longest: dict[str, dict[int, float]] = {}
    for row in table.rows:
        if row.film.startswith(f"{row.level}-{row.n_tracks}"):
            sizes = longest.setdefault(row.method, {})
            sizes[row.n_tracks] = max(row.seconds, sizes.get(row.n_tracks, 0.0))
    sizes_found = sorted({size for sizes in longest.values() for size in sizes})
    if len(sizes_found) < 2:
        return []
    lines = [
        " | ".join(["method", *(f"{size} tracks" for size in sizes_found)]),
        " | ".join(["---"] * (1 + len(sizes_found))),
        *(
            " | ".join(
                [
                    _printed(method),
                    *(f"{sizes[size]:.1f}" if size in sizes else "" for size in sizes_found),
                ]
            )
            for method, sizes in longest.items()
        ),
    ]
    return [
        "## Longest run",
        "Processor seconds of one simulated film, by its tracks; empty: not measured.",
        "\n".join(f"| {line} |" for line in lines),
    ]
