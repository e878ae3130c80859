"""``vcn cache``: what finished stages are kept, and how to remove them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

cache_app = typer.Typer(help="The finished stages that runs resume from.", no_args_is_help=True)

_Folder = Annotated[Path | None, typer.Option("--work-dir", help="[user's cache]")]


@cache_app.command("ls")
def ls(work_dir: _Folder = None) -> None:
    """List the films in the cache, latest first, with the space they take."""
    from datetime import UTC, datetime

    from vcn.runtime.store import default_root, entries

    root = work_dir or default_root()
    found = entries(root)
    for entry in found:
        when = datetime.fromtimestamp(entry.modified, UTC).strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{entry.film}  {entry.size / 1e6:9.1f} MB  {when}  {len(entry.stages)} stages")
    total = sum(entry.size for entry in found)
    typer.echo(f"{len(found)} films, {total / 1e6:.1f} MB in {root}")


@cache_app.command("rm")
def rm(
    films: Annotated[
        list[str] | None, typer.Argument(metavar="[FILM]...", help="As vcn cache ls shows them.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all films.")] = False,
    work_dir: _Folder = None,
) -> None:
    """Remove what the cache holds of some films, or of all."""
    from vcn.errors import UsageError
    from vcn.runtime.store import default_root, entries, remove

    root = work_dir or default_root()
    chosen = [entry.film for entry in entries(root)] if everything else list(films or ())
    if not chosen and not everything:
        raise UsageError("name a film of the cache, or give --all", "See: vcn cache ls")
    for film in chosen:
        remove(root, film)
    typer.echo(f"{len(chosen)} films removed")
