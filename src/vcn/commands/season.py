"""``vcn season``: many films, one cast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import CheckFailed, UsageError
from vcn.runtime.interrupt import stoppable

if TYPE_CHECKING:
    from vcn.report.document import Json
    from vcn.runtime.progress import Progress
    from vcn.season.shelf import Shelf
    from vcn.season.work import FilmTask, Outcome


def season(
    films: Annotated[
        list[Path], typer.Argument(metavar="DIR|FILM...", help="Films, or folders of films.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the season.")] = Path(
        "season"
    ),
    workers: Annotated[
        int, typer.Option(min=1, help="Films at once, or runs of their shots, each in a process.")
    ] = 1,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local", help="Films on a Ray cluster (needs the extra vcn[ray])."
        ),
    ] = None,
    redo: Annotated[bool, typer.Option("--redo", help="Do films again that are done.")] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="ID=NAME", help="Name a person of the season."),
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
    """Find the people of many films, and who of one is who of another."""
    from vcn.commands.settings import with_settings
    from vcn.config import SeasonConfig
    from vcn.pipeline.setup import begun_by
    from vcn.season.make import check_names, make_season
    from vcn.season.plan import make_plan
    from vcn.season.shelf import FilmRecord, Shelf
    from vcn.season.work import Failed
    from vcn.weights.packs import load_parts

    names = _names(name)
    if ray is not None and workers > 1:
        raise UsageError("--ray and --workers are two ways to the same end", "Keep one")
    config = options.run_config(
        *(pack, detector, face_model, device, seed, adapt, co_occurrence),
        settings=settings,
        config_file=config_file,
    )
    config = replace(config, evidence=begun_by(config.evidence, load_parts(config)[2]))
    choices = with_settings(SeasonConfig(), "season", settings, config_file)
    shelf = Shelf(out.absolute())
    shelf.check()
    check_names(shelf, names)
    with options.reporting(progress, quiet, verbose, log_file) as reporter:
        hint = "Run the same command again: films that are done are kept"
        with stoppable("interrupted while working on a season", hint):
            plan = make_plan(films, shelf, config, choices, work_dir, redo=redo)
            records, failed = list(plan.kept), list(plan.unreadable)
            for note in plan.notes:
                reporter.note(note)
            for n, (task, outcome) in enumerate(_done(plan.tasks, workers, ray, reporter), 1):
                if isinstance(outcome, Failed):
                    failed.append((task.film, outcome.why))
                elif isinstance(outcome, FilmRecord):
                    records.append(outcome)
                    reporter.note(f"{n} of {len(plan.tasks)}: {task.film} is done")
            reporter.stage("link", None, "people")
            done = sorted(records, key=lambda record: record.content_hash)
            document = make_season(done, plan.missing, shelf, config, choices, names)
        reporter.done()
        if not quiet:
            _summary(document, shelf, len(records) - len(plan.kept), len(plan.kept), len(failed))
    if failed:
        for film, why in failed:
            named = why if str(film) in why else f"{film}: {why}"
            typer.echo(f"vcn: {named}", err=True)
        raise CheckFailed(
            f"{len(failed)} of {len(records) + len(failed)} films failed; the season is without "
            "them",
            "Run the same command again when that is mended: the others are kept",
        )


def _done(
    tasks: Sequence[FilmTask], workers: int, ray: str | None, progress: Progress
) -> Iterator[tuple[FilmTask, Outcome]]:
    from vcn.season.divide import Plan
    from vcn.season.on_ray import on_ray
    from vcn.season.processes import in_processes
    from vcn.season.work import attempt

    if ray is not None:
        on_gpu = bool(tasks) and tasks[0].config.device.startswith("cuda")
        yield from on_ray(tasks, ray, int(on_gpu))
    elif workers > 1 and len(Plan.of(tasks, workers).first()) > 1:
        yield from in_processes(tasks, workers)
    else:
        for task in tasks:
            yield task, attempt(task, progress)


def _names(given: list[str] | None) -> dict[int, str]:
    """What --name says.

    Raises:
        UsageError: It is no ID=NAME.
    """
    names = {}
    for text in given or ():
        number, equals, name = text.partition("=")
        if not equals or not number.strip().isdigit() or not name.strip():
            raise UsageError(f"--name {text} is no ID=NAME", "Write --name 3=Anna")
        names[int(number)] = name.strip()
    return names


def _summary(document: Json, shelf: Shelf, n_new: int, n_kept: int, n_failed: int) -> None:
    people = document["people"]
    several = sum(len({seen["film"] for seen in person["films"]}) > 1 for person in people)
    typer.echo(
        f"{n_new} films done, {n_kept} kept from before, {n_failed} failed, "
        f"{len(document['missing'])} missing"
    )
    typer.echo(f"{len(people)} people, {several} of them in more than one film")
    typer.echo(f"{shelf.document}\n{shelf.page}")
