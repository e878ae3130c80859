"""``vcn people``: names that go from film to film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options

people_app = typer.Typer(
    help="Names that go from film to film: who is called what, and looks how.",
    no_args_is_help=True,
)

_Clusters = Annotated[Path, typer.Argument(help="A clusters.json of vcn cluster.")]
_Film = Annotated[Path | None, typer.Option(help="The film, if it was moved.")]


@people_app.command("export")
def export(
    clusters: _Clusters,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file of people.")] = Path(
        "cast.people"
    ),
    film: _Film = None,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Write everybody who has a name in a film, with faces and what they look like."""
    from vcn.cast.known import write_known
    from vcn.cast.make import from_result
    from vcn.cast.run import cluster_again
    from vcn.commands.settings import with_settings
    from vcn.config import CastConfig
    from vcn.runtime.whole import check_writable

    choices = with_settings(CastConfig(), "cast", settings, config_file, alone=True)
    check_writable(out)
    with options.reporting(progress, quiet, False, None) as reporter:
        found, config = cluster_again(clusters, film, None, choices, reporter, work_dir)
        known = from_result(found, config, choices)
        write_known(known, out)
    if not quiet:
        typer.echo(f"{len(known.names)} people: {', '.join(known.names)}\n{out}")


@people_app.command("import")
def import_(
    people: Annotated[Path, typer.Argument(help="A file of vcn people export.")],
    clusters: _Clusters,
    film: _Film = None,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Name the people of a film by those of another one; later runs of vcn cluster do so too."""
    from rich.console import Console

    from vcn.cast.known import people_path, read_known, write_known
    from vcn.cast.run import cluster_again
    from vcn.commands.settings import with_settings
    from vcn.config import CastConfig
    from vcn.report.terminal import print_summary
    from vcn.report.write import check_writable, output_paths, write_result

    choices = with_settings(CastConfig(), "cast", settings, config_file, alone=True)
    known = read_known(people)
    report = output_paths(clusters, report=True).report
    has_report = report is not None and report.exists()
    check_writable(clusters, report=has_report)
    with options.reporting(progress, quiet, False, None) as reporter:
        found, config = cluster_again(clusters, film, (known, people), choices, reporter, work_dir)
        write_known(known, people_path(clusters))
        written = write_result(found.result, clusters, report=has_report, config=config.report)
    if not quiet:
        print_summary(found.result, written, Console())
