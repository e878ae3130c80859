"""``vcn render``: the film again, with boxes and names, or with faces made unrecognisable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import UsageError

if TYPE_CHECKING:
    from vcn.export.excerpt import Excerpt
    from vcn.report.read import FilmFile

_BLUR = ("unknown", "all", "all-but")


def render(
    clusters: Annotated[
        list[str],
        typer.Argument(
            metavar="CLUSTERS", help="A clusters.json; the names of --blur all-but may follow."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The film to write: mp4, mov or mkv.")],
    reel: Annotated[
        str | None,
        typer.Option(help="Only the stretches with this person (id or name), cut together."),
    ] = None,
    blur: Annotated[
        str | None,
        typer.Option(help="Make faces unrecognisable: unknown, all, or all-but NAME."),
    ] = None,
    boxes: Annotated[
        bool | None,
        typer.Option("--boxes/--no-boxes", help="Boxes and names. [not with --reel or --blur]"),
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="Boxes of this person only (id or name); repeatable.")
    ] = None,
    names: Annotated[
        Path | None, typer.Option(help="Names that were exported from the report (JSON).")
    ] = None,
    film: Annotated[Path | None, typer.Option(help="The film, if it was moved.")] = None,
    merge_gap: Annotated[float, typer.Option(help="--reel: keep shorter gaps (seconds).")] = 0,
    min_seconds: Annotated[float, typer.Option(help="--reel: leave out shorter stretches.")] = 0,
    handles: Annotated[int, typer.Option(help="--reel: frames before and after each.")] = 0,
    encoder: Annotated[
        str | None,
        typer.Option(help="FFmpeg's name of an encoder. [one in hardware that works, or libx264]"),
    ] = None,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Write the film with people in boxes, a reel of one person, or a copy with faces blurred."""
    from vcn.commands.settings import with_settings
    from vcn.config.render import RenderConfig
    from vcn.export.excerpt import excerpt
    from vcn.export.names import read_names
    from vcn.export.selection import Selection
    from vcn.render.film import Look, check_target
    from vcn.render.film import render as write
    from vcn.report.film import film_of
    from vcn.report.read import read_result
    from vcn.runtime.interrupt import stoppable
    from vcn.runtime.whole import replacing

    config = with_settings(RenderConfig(), "render", settings, config_file, alone=True)
    path, kept = _arguments(clusters, blur)
    result = read_result(path)
    given = read_names(names, result) if names else None
    everyone = excerpt(result, Selection(unknown=bool(result.unknown)), names=given)
    selection = Selection(
        (reel,) if reel is not None else tuple(person or ()),
        merge_gap=merge_gap,
        min_seconds=min_seconds,
        handles=handles,
    )
    if reel is None and (merge_gap or min_seconds or handles):
        raise UsageError("--merge-gap, --min-seconds and --handles are for --reel", "Add it.")
    chosen = excerpt(result, selection, names=given)
    if reel is not None and not chosen.spans:
        raise UsageError(f"{path} has nobody to make a reel of", "Choose a result with people.")
    plain = reel is not None or blur is not None
    look = Look(
        boxes=not plain if boxes is None else boxes,
        blurred=_blurred(result, everyone, blur, kept),
        reel=reel is not None,
    )
    source = film_of(result, film)
    form = check_target(out, source)
    with (
        options.reporting(progress, quiet, False, None) as reporter,
        stoppable(f"interrupted while writing {out}"),
        replacing(out) as draft,
    ):
        notes = write(
            chosen, everyone, source, draft, look, reporter, config, form=form,
            encoder=encoder,
        )  # fmt: skip
        for note in notes:
            reporter.note(note)


def _arguments(given: list[str], blur: str | None) -> tuple[Path, list[str]]:
    """clusters.json, and the names that --blur all-but keeps."""
    inside = blur.removeprefix("all-but").strip() if blur and blur.startswith("all-but ") else ""
    wants_names = blur is not None and blur.split(maxsplit=1)[:1] == ["all-but"]
    if len(given) > 1 and not wants_names:
        raise UsageError(f"what is {given[1]!r}", "Give one clusters.json.")
    files = [one for one in given if Path(one).is_file()] or given[:1]
    kept = [one for one in given if one != files[0]] + ([inside] if inside else [])
    return Path(files[0]), kept


def _blurred(
    result: FilmFile, everyone: Excerpt, blur: str | None, kept: list[str]
) -> frozenset[int]:
    """Ids of the people whose faces are blurred."""
    from vcn.export.selection import find_person
    from vcn.types import UNKNOWN

    if blur is None:
        return frozenset()
    kind = (blur.split(maxsplit=1) or [""])[0]
    if kind not in _BLUR or (blur != kind and kind != "all-but"):
        raise UsageError(f"--blur {blur!r} is not known", "Use unknown, all or all-but NAME.")
    if kind == "unknown":
        return frozenset({UNKNOWN})
    if kind == "all-but" and not kept:
        raise UsageError("--blur all-but says not whom to keep", "Add a name: all-but Anna.")
    keep = {person for name in kept for person in find_person(result, everyone.names, name)}
    return frozenset({UNKNOWN, *everyone.names} - keep)
