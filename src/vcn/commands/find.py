"""``vcn find``: where somebody is in the films of a season."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from vcn.report.document import Json
    from vcn.season.archive import Found
    from vcn.season.shelf import Shelf


def find(
    season: Annotated[Path, typer.Argument(help="The folder of a season.")],
    face: Annotated[
        Path | None, typer.Option(metavar="PHOTO", help="A photograph; its largest face counts.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="NAME|ID", help="Name of a person, or the id.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    pack: Annotated[
        str | None, typer.Option(help="Model pack of the season. [the one it was made with]")
    ] = None,
    detector: options.DetectorFile = None,
    face_model: options.FaceModelFile = None,
    device: options.DeviceName = "auto",
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
) -> None:
    """Find a person in the films of a season, by a photograph or by name: when, and the face."""
    from vcn.config import SeasonConfig
    from vcn.season.archive import Archive
    from vcn.season.shelf import Shelf

    if (face is None) == (person is None):
        raise UsageError("a search is for a face or for a person", "Give --face or --person")
    shelf = Shelf(season.absolute())
    archive = Archive(shelf)
    choices = SeasonConfig()
    if settings or config_file:
        from vcn.commands.settings import with_settings

        choices = with_settings(choices, "season", settings, config_file)
    if person is not None:
        found = archive.called(person)
    elif face is not None:
        from vcn.season.likeness import people_like
        from vcn.season.photo import face_of

        record = shelf.any_record()
        config = options.run_config(
            *(pack or record.pack, detector, face_model, device, 0),
            *(options.AdaptChoice.auto, True),
            settings=settings,
            config_file=config_file,
        )
        seen = face_of(face, config)
        if seen.face_model != record.face_model:
            raise UsageError(
                f"{season} was made with the face model of the pack {record.pack}: faces of two "
                "models cannot be compared",
                f"Use --pack {record.pack}, or the same --face-model as for vcn season",
            )
        if seen.n_faces > 1:
            typer.echo(f"vcn: {seen.n_faces} faces in {face}: the largest counts", err=True)
        found = people_like(archive, shelf, seen.embedding, seen.size, choices, config.evidence)
    likely = [one for one in found if one.probability is None or one.probability > _EVEN]
    if as_json:
        people = [_plain(one, shelf) for one in found]
        typer.echo(json.dumps({"people": people}, indent=1, ensure_ascii=False))
    else:
        for one in likely:
            _show(one, shelf)
    if not likely:
        nearest = f"; the nearest is {_label(found[0])}" if found else ""
        raise CheckFailed(f"nobody in {season} is likely to be the face in {face}{nearest}")


_EVEN = 0.5
"""Who is likelier than this is shown."""


def _label(one: Found) -> str:
    odds = "" if one.probability is None else f", {one.probability:.0%}"
    return f"{one.name or f'Person {one.id}'} (id {one.id}{odds})"


def _show(one: Found, shelf: Shelf) -> None:
    from vcn.report.words import span_text

    total = sum(seen.screen_time_seconds for seen in one.films)
    n = len(one.films)
    typer.echo(f"{_label(one)}: {span_text(total)} in {n} {'film' if n == 1 else 'films'}")
    for seen in one.films:
        sure = "" if seen.probability is None else f", {seen.probability:.0%}"
        typer.echo(f"  {seen.path}: {span_text(seen.screen_time_seconds)}{sure}")
        typer.echo(f"    face: {shelf.face(seen.film, seen.person)}")
        spans = (f"{_clock(a)}-{_clock(b)}" for a, b in seen.times)
        typer.echo(f"    {', '.join(spans)}")


def _clock(seconds: float) -> str:
    """To a tenth, rounded down."""
    from vcn.runtime.progress import clock_time

    return f"{clock_time(seconds)}.{int(abs(seconds) * 10) % 10}"


def _plain(one: Found, shelf: Shelf) -> Json:
    films = [
        {
            "film": seen.film,
            "path": seen.path,
            "clusters": str(shelf.clusters(seen.film)),
            "person": seen.person,
            "face": str(shelf.face(seen.film, seen.person)),
            "probability": seen.probability,
            "screen_time_seconds": seen.screen_time_seconds,
            "times": [list(span) for span in seen.times],
        }
        for seen in one.films
    ]
    return {"id": one.id, "name": one.name, "probability": one.probability, "films": films}
