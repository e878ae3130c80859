"""``vcn benchmark``: methods x films x seeds, one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options


def benchmark(
    films: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILM]...",
            help="Films to measure on: a video with FILM.labels.csv beside it, an .npz of "
            "features, track_index and labels, or a folder of tracks.",
        ),
    ] = None,
    faces: Annotated[
        Path | None,
        typer.Option(help="Simulate films from this folder: one folder of photographs a person."),
    ] = None,
    levels: Annotated[
        list[str] | None, typer.Option("--level", help="Levels to simulate. [all]")
    ] = None,
    tracks: Annotated[
        list[int] | None,
        typer.Option("--tracks", help="Tracks a simulated film. [30, 150 and 600]"),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            help="Methods to run: a name of vcn methods, or NAME:MODE. [as in the committed table]",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="What methods were trained to: a file, or a folder of NAME.safetensors."),
    ] = None,
    ablation: Annotated[
        str | None, typer.Option(help="In place of the methods: an ablation (--ablation list).")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Number of seeds. [5]", min=1)] = None,
    fixed: Annotated[
        float | None,
        typer.Option(
            help="Threshold of methods that are told one. [the best one on the other films]"
        ),
    ] = None,
    review: Annotated[
        bool,
        typer.Option("--review", help="In place of the methods: answers of vcn review needed."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for table.json and table.md.")
    ] = None,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew",
            help="Replace rows of the same films and methods in the table of --out, keep the rest.",
        ),
    ] = False,
    answers: Annotated[
        Path | None,
        typer.Option(help="Keep every answer of a method in this folder: a stopped run goes on."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="What rows say of when they were measured. [date and version]"),
    ] = None,
    pack: options.Pack = "open",
    detector: options.DetectorFile = None,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Compare clustering methods fairly: the same tracks, several films, several seeds."""
    import math
    from dataclasses import replace
    from datetime import UTC, datetime

    from vcn import __version__
    from vcn.benchmark import runner, suite
    from vcn.benchmark.ablations import describe
    from vcn.benchmark.journal import Journal
    from vcn.benchmark.markdown import render, write
    from vcn.benchmark.table import Table
    from vcn.commands.settings import with_settings
    from vcn.config import BenchmarkConfig
    from vcn.errors import UsageError

    if ablation == "list":
        typer.echo("\n".join(f"{name:14} {what}" for name, what in describe().items()))
        return
    if renew and out is None:
        raise UsageError("--renew needs the folder of a table", "Give --out FOLDER")
    # Read first: a table that is none is found before hours of measuring.
    written = out / "table.json" if renew and out is not None else None
    older = Table.read(written) if written is not None and written.exists() else None
    base = with_settings(BenchmarkConfig(), "benchmark", settings, config_file)
    config = replace(
        base,
        seeds=base.seeds if seeds is None else tuple(range(seeds)),
        levels=tuple(levels or base.levels),
        n_tracks=tuple(tracks or base.n_tracks),
        fixed=base.fixed if fixed is None else fixed,
    )
    if config.fixed is not None and not 0 <= config.fixed < math.inf:
        raise UsageError(f"--fixed must be a finite number from 0 on, got {config.fixed}")
    run = options.run_config(
        *(pack, detector, face_model, device, 0, options.AdaptChoice.auto, True),
        settings=settings,
        config_file=config_file,
        checkpoint=checkpoint,
    )
    entries = () if review else suite.entries(methods, ablation, run)
    sources = suite.films(films or (), faces, config, run)
    if not sources:
        raise UsageError("there is nothing to measure on", "Give films, or --faces FOLDER")
    if review:
        from vcn.benchmark import review as reviewed

        with options.reporting(progress, quiet, False, None) as reporter:
            reporter.stage("review", None, "steps")
            found = reviewed.run(sources, config, lambda _: reporter.advance(1))
        typer.echo(reviewed.markdown(found))
        return
    silent = suite.without_threshold(entries, sources, config)
    if silent:
        names = ", ".join(entry.name for entry in silent)
        what = f"the threshold of {names} comes from other films, and there is only one film"
        if methods:
            raise UsageError(what, "Give another film, or the threshold, e.g. --fixed 0.3")
        typer.echo(f"left out: {what} (or give --fixed)", err=True)
        entries = tuple(entry for entry in entries if entry not in silent)
    protocol = suite.protocol(run, config, faces)
    if older is not None:
        # Of other models or photographs: found before hours of measuring, too.
        older.joined(Table((), protocol))
    with options.reporting(progress, quiet, False, None) as reporter:
        reporter.stage("benchmark", None, "steps")
        table = runner.run(
            sources,
            entries,
            config,
            protocol=protocol,
            progress=lambda _: reporter.advance(1),
            journal=Journal(answers),
            as_of=as_of or f"{datetime.now(UTC):%Y-%m-%d} vcn {__version__}",
        )
    if older is not None:
        table = older.joined(table)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write(table, out)
    typer.echo(render(table))
