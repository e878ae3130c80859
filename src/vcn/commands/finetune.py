"""``vcn finetune``: adapt the face model to a film, and keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options
from vcn.errors import InputError, UsageError
from vcn.runtime.interrupt import stoppable
from vcn.runtime.names import beside


def finetune(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The checkpoint, a .safetensors file. [FILM.safetensors]"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint where it is there.")
    ] = False,
    iterations: Annotated[
        int | None, typer.Option(help="Rounds of adapting, filtering and matching.", min=1)
    ] = None,
    first_epochs: Annotated[
        int | None, typer.Option(help="Epochs of the first iteration.", min=1)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs of each later iteration.", min=1)
    ] = None,
    pack: options.Pack = "open",
    detector: options.DetectorFile = None,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    seed: options.Seed = 0,
    adapt: options.Adapt = options.AdaptChoice.auto,
    co_occurrence: options.CoOccurrence = True,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Adapt the face model to a film and save it, for: vcn cluster --checkpoint."""
    from dataclasses import replace

    from vcn import pipeline

    out = out or Path(beside(film.stem, ".safetensors"))
    if out.suffix != ".safetensors":
        raise UsageError(f"-o {out} must end in .safetensors")
    if not film.exists():
        raise InputError(f"there is no file {film}", "Check the path")
    config = options.run_config(
        *(pack, detector, face_model, device, seed, adapt, co_occurrence),
        settings=settings,
        config_file=config_file,
        iterations=iterations,
        first_epochs=first_epochs,
        epochs=epochs,
    )
    # A shorter first iteration must still come to the base model.
    heads = min(config.adapt.head_epochs, config.adapt.first_epochs // 3)
    config = replace(config, adapt=replace(config.adapt, head_epochs=heads))
    with (
        options.reporting(progress, quiet, verbose, log_file) as reporter,
        stoppable(f"interrupted while adapting to {film}", f"Add --resume to go on from {out}"),
    ):
        checkpoint = pipeline.finetune(
            film, out, config, resume=resume, progress=reporter, work_dir=work_dir
        )
    if not quiet:
        mode, done = checkpoint.snapshot.metric.mode, len(checkpoint.snapshot.log)
        typer.echo(f"{out}: {mode} mode, {done} iterations; use: vcn cluster --checkpoint {out}")
