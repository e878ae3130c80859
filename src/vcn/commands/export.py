"""``vcn export``: who is on screen when, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.export.registry import FORMATS, described, format_named, format_of_file


def export(
    clusters: Annotated[Path, typer.Argument(help="A clusters.json of vcn cluster.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="; ".join(described()) + ". [the one of -o, else csv]",
            metavar="|".join(f.name for f in FORMATS),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write. [standard output: -]"),
    ] = None,
    names: Annotated[
        Path | None, typer.Option(help="Names that were exported from the report (JSON).")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Id or name of a person; may be repeated. [all]")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Faces of nobody known too.")] = False,
    together: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Only where these two (ids or names) are both on screen.", metavar="A B"),
    ] = None,
    scenes: Annotated[
        bool, typer.Option("--scenes", help="Whole scenes in which somebody appears.")
    ] = False,
    merge_gap: Annotated[
        float, typer.Option(help="Appearances with fewer seconds between them are one.")
    ] = 0,
    min_seconds: Annotated[float, typer.Option(help="Leave out shorter appearances.")] = 0,
    handles: Annotated[
        int, typer.Option(help="Frames to add before and after each appearance.")
    ] = 0,
    bom: Annotated[bool, typer.Option("--bom", help="For csv in Excel: mark it as UTF-8.")] = False,
    film: Annotated[
        Path | None, typer.Option(help="The film, if it was moved (for crops).")
    ] = None,
    clips: Annotated[
        bool,
        typer.Option("--clips", help="For editors: the appearances cut together, not markers."),
    ] = False,
    start_timecode: Annotated[
        str | None,
        typer.Option(help="Timecode of the film's first frame; ; for drop-frame. [the film's own]"),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="Frames a second of the editor's timeline. [the film's]")
    ] = None,
) -> None:
    """Write who is on screen when, for editors, annotation tools and spreadsheets."""
    from vcn.export.excerpt import Style, excerpt
    from vcn.export.names import read_names
    from vcn.export.selection import Selection
    from vcn.export.write import write_export
    from vcn.report.read import read_result

    chosen = format_named(form) if form else (out and format_of_file(out)) or format_named("csv")
    selection = Selection(
        tuple(person or ()), unknown, together, scenes, merge_gap, min_seconds, handles
    )
    result = read_result(clusters)
    part = excerpt(
        result,
        selection,
        names=read_names(names, result) if names else None,
        style=Style(clips, start_timecode, rate, bom, film),
    )
    for note in write_export(chosen, part, out):
        typer.echo(f"vcn: {note}", err=True)
