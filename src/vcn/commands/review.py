"""``vcn review``: correct a result in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vcn.commands import options


def review(
    clusters: Annotated[Path, typer.Argument(help="A clusters.json of vcn cluster.")],
    film: Annotated[
        Path | None, typer.Option(help="The film file. [where the result says it is]")
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(help="Where corrections are kept. [FILM.corrections.jsonl beside the result]"),
    ] = None,
    remap: Annotated[
        bool,
        typer.Option("--remap", help="The corrections are of another encoding of the same cut."),
    ] = False,
    author: Annotated[str, typer.Option(help="Who corrects, kept with each correction.")] = "",
    port: Annotated[int, typer.Option(help="Where to listen. [any free port]", min=0)] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Go on when the last page is closed.")
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    work_dir: options.WorkDir = None,
) -> None:
    """Look at the people of a film, correct them, and keep every correction."""
    import os
    import webbrowser

    from vcn.commands.settings import with_settings
    from vcn.config import ReviewConfig
    from vcn.config.recorded import config_of
    from vcn.corrections import ledger_path
    from vcn.errors import DataError, Interrupted
    from vcn.review.film import load_film
    from vcn.review.server import Server
    from vcn.review.session import Session
    from vcn.runtime.interrupt import stoppable
    from vcn.video import content_hash

    config = with_settings(ReviewConfig(), "review", settings, config_file, alone=True)
    loaded = load_film(clusters)
    path = film or Path(loaded.file.video.path)
    if film is not None and not film.is_file():
        raise DataError(f"there is no film {film}", "Check --film")
    there = path.is_file()
    if there and content_hash(path) != loaded.content:
        if film is not None:
            raise DataError(f"{path} is not the film of {clusters}", "Give the film itself")
        there = False
    if not there:
        typer.echo(f"vcn: the film {path} is not there: no playing (--film says where)", err=True)
    stages = None
    if there:  # torch is loaded for it
        from vcn.pipeline.finished import finished

        stages = finished(path, loaded.file.manifest, loaded.tracks, loaded.labels, work_dir)
    if stages is None:
        typer.echo(
            "vcn: the finished stages of the run are not in the cache: no questions "
            "(vcn cluster makes them again)",
            err=True,
        )
    ledger = corrections or ledger_path(clusters)
    together = config_of(loaded.file.manifest).cluster.co_occurrence
    session = Session(
        loaded,
        ledger,
        stages,
        author[:200],
        remap=remap,
        co_occurrence=together,
        config=config,
    )
    server = Server(session, path if there else None, keep=keep, port=port, config=config)

    def opened(address: str) -> None:
        typer.echo(f"{address}")
        typer.echo(f"corrections are kept in {ledger}; Ctrl-C ends the review", err=True)
        if browser and not os.environ.get("VCN_NO_BROWSER"):
            webbrowser.open(address)

    try:
        with stoppable("the review was ended"):
            server.run(opened)
    except Interrupted:
        pass  # that is how a review usually ends
    typer.echo(f"now run vcn cluster again: {ledger.name} will hold in its result", err=True)
