"""``vcn export``: who is on screen when, for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class ExportFormat(StrEnum):
    """Values of --format."""

    csv = "csv"
    edl = "edl"


def export(
    clusters: Annotated[Path, typer.Argument(help="A clusters.json of vcn cluster.")],
    form: Annotated[
        ExportFormat,
        typer.Option("--format", "-f", help="csv: a table of spans; edl: markers for an editor."),
    ] = ExportFormat.csv,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write. [standard output]")
    ] = None,
    names: Annotated[
        Path | None, typer.Option(help="Names that were exported from the report (JSON).")
    ] = None,
    person: Annotated[
        list[int] | None, typer.Option(help="Id of a person; may be repeated. [all]")
    ] = None,
    start_timecode: Annotated[
        str, typer.Option(help="Timecode of the film's first frame, for edl.")
    ] = "00:00:00:00",
) -> None:
    """Write who is on screen when as a table or as markers for an editor."""
    from vcn.export import export as as_text
    from vcn.export import read_names
    from vcn.report.read import read_result
    from vcn.report.write import replace_file

    film = read_result(clusters)
    text = as_text(
        film,
        form.value,
        names=read_names(names, film) if names else None,
        people=person,
        start_timecode=start_timecode,
    )
    if out is None:
        typer.echo(text, nl=False)
    else:
        replace_file(out, text.encode("utf-8"))
