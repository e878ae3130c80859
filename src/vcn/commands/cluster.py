"""``vcn cluster``: the whole chain on one film or on many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import CheckFailed, Interrupted, UsageError, VcnError
from vcn.runtime.interrupt import stoppable
from vcn.runtime.names import beside

if TYPE_CHECKING:
    from fractions import Fraction

    from vcn.config import CastConfig, RunConfig
    from vcn.runtime.progress import Progress

_LONGEST = ".clusters.boxes.parquet"
"""The longest suffix of the files of a result."""
_RESUME = "Run the same command again to resume from the finished stages"


def cluster(
    films: Annotated[list[Path], typer.Argument(metavar="FILM...", help="The film, or several.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="clusters.json of one film; a folder for several. [FILM.clusters.json]",
        ),
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
            help="A file of vcn finetune, in place of adaptation; with --method, its own."
        ),
    ] = None,
    fps: Annotated[
        str | None,
        typer.Option(help="Pictures a second, where FILM is a folder of them or frame_%04d.png."),
    ] = None,
    tracks: Annotated[
        Path | None,
        typer.Option(
            help="Face tracks of your own (MOT, CVAT for video, COCO, BBT/Buffy): none is looked "
            "for, and their ids come back."
        ),
    ] = None,
    method: Annotated[str, typer.Option(help="Who finds the people (see: vcn methods).")] = "vcn",
    n_people: Annotated[
        int | None, typer.Option("--n-people", help="Number of people, for a method that is told.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Where to cut, for a method that is told.")
    ] = None,
    shots: options.Shots = options.ShotChoice.auto,
    shot_threshold: options.ShotThreshold = None,
    cuts: options.Cuts = None,
    co_occurrence: options.CoOccurrence = True,
    voice: Annotated[
        bool, typer.Option("--voice/--no-voice", help="Listen to the film: who is heard, and when.")
    ] = True,
    body: Annotated[
        bool,
        typer.Option(
            "--body/--no-body", help="Look at bodies, where the pack has a model of them."
        ),
    ] = True,
    audio_stream: Annotated[
        int | None,
        typer.Option(min=0, help="Which sound stream is heard, from 0. [as players take it]"),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            help="What was corrected in vcn review. [FILM.corrections.jsonl beside the result]"
        ),
    ] = None,
    cast: Annotated[
        Path | None,
        typer.Option(
            help="Names: a folder of photographs (NAME.jpg, NAME/*.jpg), or a file of vcn people "
            "export. [FILM.cast.people beside the result]"
        ),
    ] = None,
    remap: Annotated[
        bool,
        typer.Option("--remap", help="The corrections are of another encoding of the same cut."),
    ] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and stop.")
    ] = False,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
    workers: options.Workers = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Find every face in a film and say which are the same person."""
    from vcn.commands.settings import with_settings
    from vcn.config import CastConfig

    options.limit_cores(workers)
    config = options.run_config(
        *(pack, detector, face_model, device, seed, adapt, co_occurrence),
        settings=settings,
        config_file=config_file,
        checkpoint=checkpoint,
        tracks=tracks,
        method=method,
        n_people=n_people,
        threshold=threshold,
        voice=voice,
        body=body,
        audio_stream=audio_stream,
        shots=shots,
        shot_threshold=shot_threshold,
        cuts=cuts,
    )
    naming = with_settings(CastConfig(), "cast", settings, config_file)
    if config.checkpoint is not None and config.adapt.mode != "auto":
        raise UsageError("--checkpoint replaces adaptation", "Leave out --adapt")
    if config.checkpoint is not None and Path(config.checkpoint).is_dir():
        raise UsageError(f"--checkpoint {config.checkpoint} is a folder", "Give a file")
    if config.tracks is not None and len(films) > 1:
        raise UsageError("--tracks is of one film", "Run the films one by one")
    if corrections is not None and len(films) > 1:
        raise UsageError("--corrections is of one film", "Run the films one by one")
    if corrections is not None and not corrections.exists():
        raise UsageError(f"there is no file {corrections}", "Check --corrections")
    if cast is not None and not cast.exists():
        raise UsageError(f"there is no {cast}", "Check --cast")
    targets = _targets(films, out)
    rate = _rate_of_pictures(films, fps)
    with options.reporting(progress, quiet, verbose, log_file) as reporter:
        failed: list[VcnError] = []
        for film, target in zip(films, targets, strict=True):
            try:
                if rate is not None:
                    film = _packed(film, target, rate, reporter, dry_run)
                if dry_run and rate is not None:
                    continue  # there is no film to look at yet
                if dry_run:
                    _plan(film, target, config, work_dir, report, corrections, cast, naming)
                else:
                    with stoppable(f"interrupted while working on {film}", _RESUME):
                        _one(
                            film,
                            target,
                            config,
                            reporter,
                            work_dir,
                            report,
                            quiet,
                            corrections,
                            remap,
                            cast,
                            naming,
                        )
            except VcnError as error:
                if len(films) == 1 or isinstance(error, Interrupted):
                    raise
                reporter.done()
                typer.echo(f"vcn: {film}: {error}", err=True)
                failed.append(error)
    if len(films) > 1 and not quiet:
        typer.echo(f"{len(films) - len(failed)} of {len(films)} films done", err=True)
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(films)} films failed")


def _rate_of_pictures(films: list[Path], fps: str | None) -> Fraction | None:
    """What --fps says; None: the films are films.

    Raises:
        UsageError: It is missing, or given for a film that has a rate of its own.
    """
    from vcn.video.images import are_pictures, find_pictures, parse_fps

    pictures = [film for film in films if are_pictures(film)]
    if pictures and len(pictures) < len(films):
        raise UsageError("some of these are films and some are pictures", "Run them one by one")
    if fps is None and pictures:
        n = len(find_pictures(pictures[0]).files)
        raise UsageError(
            f"{pictures[0]} is no film but {n} pictures", "Say how many a second: --fps 24"
        )
    if fps is not None and not pictures:
        raise UsageError("--fps is for pictures; a film has its own rate", "Leave it out")
    return None if fps is None else parse_fps(fps)


def _packed(source: Path, target: Path, fps: Fraction, progress: Progress, dry_run: bool) -> Path:
    """The pictures as a film beside the result."""
    from vcn.runtime.whole import replacing
    from vcn.video.images import find_pictures, pack

    pictures = find_pictures(source)
    out = target.with_name(f"{target.name.split('.')[0]}.film.mov")
    if dry_run:
        typer.echo(f"pictures:   {len(pictures.files)} of {source} at {fps} a second: {out}")
        return out
    progress.stage("pack", len(pictures.files), "pictures")
    with replacing(out) as draft:
        pack(pictures, fps, draft, progress.advance)
    if pictures.missing:
        progress.note(f"{pictures.missing} pictures are missing: the one before stays on screen")
    return out


def _targets(films: list[Path], out: Path | None) -> list[Path]:
    """Where the result of each film goes.

    Raises:
        UsageError: Two films would write the same file.
    """
    if len(films) == 1 and not (out is not None and out.is_dir()):
        return [out or Path(beside(_stem(films[0]), ".clusters.json", _LONGEST))]
    folder = out or Path()
    if folder.suffix == ".json":
        raise UsageError(
            f"-o {folder} is one file, but {len(films)} films were given", "Give a folder"
        )
    targets = [folder / beside(_stem(film), ".clusters.json", _LONGEST) for film in films]
    if len(set(targets)) < len(targets):
        raise UsageError(
            "two of the films have the same name, and their results would too",
            "Run them one by one, with -o for each",
        )
    return targets


def _stem(film: Path) -> str:
    """What the result of a film is called after: frame_%04d.png is "frame"."""
    from vcn.video.images import Pictures, are_pictures

    return Pictures(film, {}).stem if are_pictures(film) else film.stem


def _one(
    film: Path,
    target: Path,
    config: RunConfig,
    progress: Progress,
    work_dir: Path | None,
    report: bool,
    quiet: bool,
    corrections: Path | None,
    remap: bool,
    cast: Path | None,
    naming: CastConfig,
) -> None:
    from rich.console import Console

    from vcn.cast.run import cluster_with_names
    from vcn.report.terminal import print_summary
    from vcn.report.write import check_writable, write_result
    from vcn.video.container import readable

    readable(film)  # before a folder is made for its result
    if target.parent != Path() and target.name.endswith(".clusters.json"):
        target.parent.mkdir(parents=True, exist_ok=True)
    check_writable(target, report=report)
    result = cluster_with_names(
        film,
        config,
        target,
        cast=cast,
        corrections=corrections or _beside(target),
        remap=remap,
        choices=naming,
        progress=progress,
        work_dir=work_dir,
    ).result
    progress.stage("write", None, "files")
    written = write_result(result, target, report=report, config=config.report)
    progress.done()
    if not quiet:
        print_summary(result, written, Console())


def _beside(target: Path) -> Path | None:
    """The corrections that lie beside a result."""
    from vcn.corrections import ledger_path

    path = ledger_path(target)
    return path if path.exists() else None


def _plan(
    film: Path,
    target: Path,
    config: RunConfig,
    work_dir: Path | None,
    report: bool,
    corrections: Path | None,
    cast: Path | None,
    naming: CastConfig,
) -> None:
    from vcn import pipeline
    from vcn.cast.known import people_path
    from vcn.config.choices import choices, differences
    from vcn.config.file import toml_value as text
    from vcn.report.write import output_paths

    written = output_paths(target, report=report)
    files = [written.clusters, written.boxes, written.report]
    for line in pipeline.plan(film, config, work_dir=work_dir):
        typer.echo(line)
    for name, value in (differences(config) | differences(naming, "cast")).items():
        default = choices()[name].default
        typer.echo(f"chosen:     {name} = {text(value)} (default: {text(default)})")
    corrected = corrections or _beside(target)
    if corrected is not None:
        typer.echo(f"corrected:  {corrected}")
    kept = people_path(target)
    if cast is not None or kept.exists():
        typer.echo(f"names:      {cast or kept}")
    typer.echo("write:      " + ", ".join(str(file) for file in files if file is not None))
