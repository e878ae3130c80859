"""``vcn harvest``: collect co-occurring tracks of many films to learn from (Multi-Face 3.1)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options
from vcn.errors import CheckFailed, DataError, Interrupted, OutputError, UsageError, VcnError
from vcn.runtime.interrupt import stoppable


def harvest(
    films: Annotated[list[Path], typer.Argument(metavar="FILM...", help="The films.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for one .npz a film.")],
    all_tracks: Annotated[
        bool,
        typer.Option("--all", help="Also tracks that are short, or share no frame with another."),
    ] = False,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Also who is who, from FILM.labels.csv beside each film."),
    ] = False,
    interval: Annotated[
        float | None,
        typer.Option(help="Seconds from crop to crop of a track. [as vcn cluster]", min=0.02),
    ] = None,
    pack: options.Pack = "open",
    detector: options.DetectorFile = None,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    work_dir: options.WorkDir = None,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Collect the tracks of films, for: vcn train.

    Without options: tracks of at least a second that share a frame with another, which
    is all that mvcorr and imptriplet need; nobody has to say who is who.
    """
    from vcn.benchmark.harvest import harvest_film
    from vcn.commands.settings import with_settings
    from vcn.config.learned import HarvestConfig

    if len({film.stem for film in films}) < len(films):
        raise UsageError("two of the films have the same name", "Harvest them into two folders")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {out}: {error.strerror}") from error
    config = options.run_config(
        *(pack, detector, face_model, device, 0, options.AdaptChoice.off, True),
        settings=settings,
        config_file=config_file,
    )
    harvesting = with_settings(HarvestConfig(), "harvest", settings, config_file)
    if interval is not None:
        config = replace(config, crops=replace(config.crops, interval_seconds=interval))
    failed = 0
    with options.reporting(progress, quiet, False, None) as reporter:
        for film in films:
            try:
                with stoppable(f"interrupted while working on {film}", "Run it again to go on"):
                    found = harvest_film(
                        film,
                        out / f"{film.stem}.npz",
                        config,
                        reporter,
                        work_dir,
                        min_seconds=harvesting.min_seconds,
                        everything=all_tracks,
                        labels=_labels(film) if labels else None,
                    )
            except VcnError as error:
                if len(films) == 1 or isinstance(error, Interrupted):
                    raise
                reporter.done()
                typer.echo(f"vcn: {film}: {error}", err=True)
                failed += 1
                continue
            reporter.done()
            if not quiet:
                typer.echo(
                    f"{film.name}: {found.kept} of {found.tracks} tracks, {found.crops} crops, "
                    f"{found.pairs} pairs that share a frame"
                )
    if failed:
        raise CheckFailed(f"{failed} of {len(films)} films failed")


def _labels(film: Path) -> Path:
    """The file that says who is who in a film.

    Raises:
        DataError: It is missing.
    """
    path = film.with_name(f"{film.stem}.labels.csv")
    if not path.is_file():
        raise DataError(f"there is no {path}", "It says who is who in the film")
    return path
