"""``vcn methods``: the systems that `--method` chooses from."""

from __future__ import annotations

from typing import Annotated

import typer

_KEY = """\
K: how it knows the number of people. none: it finds it; known_k: --n-people; transfer,
hindsight and hindsight over all: --threshold, which the benchmark fixes on other films, on the
film itself, or on all of them together.
NEEDS checkpoint: of vcn train; co-occurrence: which tracks share a frame; crops: several
crops a track; bodies: their features. FIDELITY paper: its equations and constants;
after: its idea, with what no source states filled in; baseline: a textbook algorithm."""


def methods(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List the systems: paper, year, how each knows the number of people, what it needs."""
    import json

    from vcn.methods.registry import SYSTEMS

    if as_json:
        columns = ("name", "paper", "year", "what", "k", "faithful", "needs")
        systems = [{name: getattr(system, name) for name in columns} for system in SYSTEMS]
        typer.echo(json.dumps(systems, indent=1))
        return
    rows = [("NAME", "PAPER", "K", "NEEDS", "FIDELITY", "WHAT")]
    rows += [
        (
            system.name,
            f"{system.paper} {system.year}",
            ", ".join(system.k),
            ", ".join(system.needs) or "-",
            system.faithful,
            system.what,
        )
        for system in SYSTEMS
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
    typer.echo(_KEY)
