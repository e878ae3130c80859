"""``vcn explain``: why two people, or two tracks, are or are not one person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import DataError, UsageError

if TYPE_CHECKING:
    from vcn.pipeline.finished import Finished
    from vcn.report.read import FilmFile


def explain(
    clusters: Annotated[Path, typer.Argument(help="A clusters.json of vcn cluster.")],
    first: Annotated[int, typer.Argument(help="Id of a person; of a track with --tracks.")],
    second: Annotated[int, typer.Argument(help="Id of the other.")],
    tracks: Annotated[bool, typer.Option("--tracks", help="The ids are those of tracks.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write their faces, a JPEG.")
    ] = None,
    film: Annotated[Path | None, typer.Option(help="The film, if it was moved.")] = None,
    work_dir: options.WorkDir = None,
) -> None:
    """Say why two people are (not) one: the odds, cue by cue."""
    import numpy as np

    from vcn.pipeline.finished import finished
    from vcn.review.film import load_film

    loaded = load_film(clusters)
    result = loaded.file
    sides = [_tracks_of(result, number, tracks) for number in (first, second)]
    if set(sides[0]) & set(sides[1]):
        raise UsageError("these are the same", "Give two different ids")
    known = finished(
        film or Path(result.video.path), result.manifest, loaded.tracks, loaded.labels, work_dir
    )
    if known is None or known.log_odds is None:
        raise DataError(
            f"the odds behind {clusters} are not kept any more",
            "Run vcn cluster again; they lie in its work folder (--work-dir)",
        )
    pairs = np.ix_(sides[0], sides[1])
    odds = known.log_odds[pairs]
    word = "track" if tracks else "person"
    mean = float(odds.mean())
    typer.echo(
        f"{word} {first} ({_count(sides[0])}) and {word} {second} ({_count(sides[1])}): "
        f"{_percent(mean)} that they are one person (log-odds {mean:+.2f})"
    )
    typer.echo(f"  nothing known  {known.prior:+7.2f}")
    for name, part in known.parts.items():
        values = part[pairs]
        typer.echo(
            f"  {name:<13}  {float(values.mean()):+7.2f}"
            f"   from {float(values.min()):+.2f} to {float(values.max()):+.2f} over the pairs"
        )
    together = _together(result, *sides)
    if together is not None:
        typer.echo(f"  but tracks {together[0]} and {together[1]} are on screen together")
    a, b = np.unravel_index(int(odds.argmax()), odds.shape)
    typer.echo(f"most alike: tracks {sides[0][a]} and {sides[1][b]}, {_percent(float(odds[a, b]))}")
    a, b = np.unravel_index(int(odds.argmin()), odds.shape)
    typer.echo(
        f"least alike: tracks {sides[0][a]} and {sides[1][b]}, {_percent(float(odds[a, b]))}"
    )
    if out is not None:
        _write_faces(known, sides, out)
        typer.echo(f"faces: {out}")


def _tracks_of(result: FilmFile, number: int, tracks: bool) -> list[int]:
    there = len(result.tracks) if tracks else len(result.people)
    word = "track" if tracks else "person"
    if not 0 <= number < there:
        raise UsageError(f"{result.path} has no {word} {number}", f"It has {there}, from 0")
    return [number] if tracks else list(result.people[number].tracks)


def _count(side: list[int]) -> str:
    return "1 track" if len(side) == 1 else f"{len(side)} tracks"


def _percent(log_odds: float) -> str:
    import math

    share = 1 / (1 + math.exp(-max(min(log_odds, 30.0), -30.0)))
    return f"{100 * share:.1f} %"


def _together(result: FilmFile, first: list[int], second: list[int]) -> tuple[int, int] | None:
    for a in first:
        for b in second:
            one, other = result.tracks[a], result.tracks[b]
            if one.start_frame < other.stop_frame and other.start_frame < one.stop_frame:
                return a, b
    return None


def _write_faces(known: Finished, sides: list[list[int]], out: Path) -> None:
    """A row of faces for each side, up to twelve: the first tracks."""
    import cv2
    import numpy as np

    from vcn.runtime.whole import replace_file

    rows = []
    for side in sides:
        faces = [face for track in side[:12] if (face := known.face(track)) is not None]
        row = np.zeros((112, 12 * 112, 3), np.uint8)
        for place, face in enumerate(faces):
            row[:, place * 112 : (place + 1) * 112] = cv2.resize(face, (112, 112))
        rows.append(row)
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR))
    if not ok:
        raise DataError("the faces could not be written as JPEG")
    replace_file(out, data.tobytes())
