"""``vcn reproduce``: a published table, ours beside what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import UsageError
from vcn.runtime.interrupt import stoppable

if TYPE_CHECKING:
    from vcn.config import RunConfig


def reproduce(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="bcl-table-5, vcn-table-1, ...; list: all.")
    ],
    data: Annotated[Path | None, typer.Option(help="Folder of the published data.")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="What systems were trained to: a file, or a folder of NAME.safetensors. [of bcl "
            "also the authors' own below --data]"
        ),
    ] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", help="Only rows of these systems.")
    ] = None,
    films: Annotated[list[str] | None, typer.Option("--film", help="Only these columns.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the table here too.")
    ] = None,
    seed: options.Seed = 0,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Run a table of a paper on its published data, and print ours beside what it prints."""
    from dataclasses import replace

    from vcn.benchmark.reproduce import run
    from vcn.benchmark.reproduce.films import films_of
    from vcn.benchmark.reproduce.published import DATA, TABLES
    from vcn.commands.settings import with_settings
    from vcn.config import RunConfig
    from vcn.runtime.whole import replace_file

    if table == "list":
        width = max(map(len, TABLES))
        for each in TABLES.values():
            typer.echo(f"{each.name:{width}}  {each.title}. Data: {DATA[each.layout]}")
        return
    if table not in TABLES:
        raise UsageError(f"no table {table!r}", "vcn reproduce list names them")
    printed = TABLES[table]
    base = with_settings(RunConfig(), "", settings, config_file)
    if data is None:
        raise UsageError("--data is missing", f"The data: {DATA[printed.layout]}")
    for name, known in (
        *((method, {row.system for row in printed.rows}) for method in methods or ()),
        *((film, set(printed.columns)) for film in films or ()),
    ):
        if name not in known:
            raise UsageError(f"{table} has no {name}", f"It has {', '.join(sorted(known))}")
    with (
        options.reporting(progress, quiet, False, None) as reporter,
        stoppable(f"{table} was stopped"),
        _config(data, checkpoint, replace(base, seed=seed or base.seed)) as config,
    ):
        reporter.stage("read", None, "films")
        found = films_of(printed, data, config)
        reporter.stage("run", None, "systems")

        def tell(what: str) -> None:
            reporter.note(what)
            reporter.advance(1)

        result = run.reproduce(printed, found, config, systems=methods, columns=films, tell=tell)
    text = run.markdown(result)
    if out is not None:
        replace_file(out, text.encode())
    typer.echo(text)


@contextmanager
def _config(data: Path, checkpoint: Path | None, config: RunConfig) -> Iterator[RunConfig]:
    """With checkpoints; the authors' own where it lies below the data."""
    import tempfile
    from dataclasses import replace

    from vcn.methods.bcl.official import import_official
    from vcn.weights.learned import save_learned

    if checkpoint is not None:
        config = replace(config, checkpoint=str(checkpoint))
    released = sorted(data.rglob("*.pth.tar")) if data.is_dir() else []
    if checkpoint is not None or not released:
        yield config
        return
    with tempfile.TemporaryDirectory(prefix="vcn-") as folder:
        save_learned(import_official(released[0]), Path(folder) / "bcl.safetensors")
        yield replace(config, checkpoint=folder)
