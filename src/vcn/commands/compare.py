"""``vcn compare``: several systems on one film, one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options
from vcn.errors import InputError


def compare(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.")],
    methods: Annotated[
        list[str],
        typer.Option("--method", help="A system (see: vcn methods); give it twice or more."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The page. [FILM.compare.html]")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--gt", help="Who is who, as boxes or tracks: adds scores.")
    ] = None,
    n_people: Annotated[
        int | None, typer.Option("--n-people", help="Number of people, for systems that take it.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Where to cut, for systems that take no number.")
    ] = None,
    pack: options.Pack = "open",
    detector: options.DetectorFile = None,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    seed: options.Seed = 0,
    adapt: options.Adapt = options.AdaptChoice.auto,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="Of vcn train, for systems that were trained elsewhere: a file, or a folder of "
            "NAME.safetensors."
        ),
    ] = None,
    co_occurrence: options.CoOccurrence = True,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Compare systems on one film: the people of each, and where two of them disagree."""
    from vcn.commands.settings import with_settings
    from vcn.compare.page import write_page
    from vcn.compare.run import compare as run
    from vcn.config import CompareConfig

    if not film.exists():
        raise InputError(f"there is no file {film}", "Check the path")
    config = options.run_config(
        *(pack, detector, face_model, device, seed, adapt, co_occurrence),
        settings=settings,
        config_file=config_file,
        checkpoint=checkpoint,
        n_people=n_people,
        threshold=threshold,
    )
    page = with_settings(CompareConfig(), "compare", settings, config_file)
    target = out or Path(f"{film.stem}.compare.html")
    with options.reporting(progress, quiet, False, None) as reporter:
        found = run(film, methods, config, truth=truth, progress=reporter, work_dir=work_dir)
    write_page(found, target, page)
    if not quiet:
        typer.echo(f"compared:   {', '.join(methods)}\npage:       {target}")
