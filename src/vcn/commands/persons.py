"""``vcn persons``: systems that cluster people by face, body and voice, on labelled films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands import options
from vcn.errors import UsageError
from vcn.runtime.interrupt import stoppable

if TYPE_CHECKING:
    from vcn.benchmark.persons import Row


def persons(
    data: Annotated[Path, typer.Argument(help="Folder of PROGRAMME.pkl in VPCD's layout.")],
    programmes: Annotated[
        list[str] | None, typer.Option("--programme", help="Test only this one; may be repeated.")
    ] = None,
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="RAD-Net also with faces alone, with body, with voice."),
    ] = False,
    noise: Annotated[
        float, typer.Option(help="Share of tracks whose bodies are exchanged.", min=0, max=1)
    ] = 0.0,
    eta: Annotated[float | None, typer.Option(help="RAD-Net, Eq. 1.", min=0, max=1)] = None,
    feature_weight: Annotated[
        float | None, typer.Option(help="RAD-Net, lambda_f over lambda_d.", min=0)
    ] = None,
    cycles: Annotated[int | None, typer.Option(help="RAD-Net, generations.", min=1)] = None,
    epochs: Annotated[int | None, typer.Option(help="RAD-Net.", min=1)] = None,
    seed: options.Seed = 0,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Compare RAD-Net, MuHPC and B-ReID, each programme by what is learned on the others."""
    from dataclasses import replace

    from vcn.benchmark.persons import compare, read_folder
    from vcn.commands.settings import with_settings
    from vcn.config import MuHpcConfig, RadNetConfig

    config = with_settings(RadNetConfig(), "radnet", settings, config_file)
    config = replace(
        config,
        eta=config.eta if eta is None else eta,
        feature_weight=config.feature_weight if feature_weight is None else feature_weight,
        cycles=cycles or config.cycles,
        epochs=epochs or config.epochs,
    )
    films = read_folder(data)
    unknown = set(programmes or ()) - films.keys()
    if unknown:
        raise UsageError(
            f"{data} has no programme {min(unknown)!r}", f"It has {', '.join(sorted(films))}"
        )
    with (
        options.reporting(progress, quiet, False, None) as reporter,
        stoppable("the comparison was stopped"),
    ):
        reporter.stage("train and compare", None, "epochs")
        rows = compare(
            films,
            config,
            with_settings(MuHpcConfig(), "muhpc", settings, config_file),
            seed,
            ablation=ablation,
            noise=noise,
            test=programmes or (),
            on_epoch=lambda *_: reporter.advance(1),
        )
        found = list(rows)
    for line in _table(found):
        typer.echo(line)


def _table(rows: list[Row]) -> list[str]:
    names = " ".join(f"{name:>5}" for name in ("WCP", "NMI", "CP", "CR", "CF"))
    lines = [f"{'PROGRAMME':16} {'SYSTEM':20} {names}  FOUND/TRUE"]
    for row in rows:
        both = row.cp + row.cr
        cf = 2 * row.cp * row.cr / both if both else 0.0
        scores = " ".join(f"{100 * value:5.1f}" for value in (row.wcp, row.nmi, row.cp, row.cr, cf))
        lines.append(f"{row.programme:16} {row.system:20} {scores}  {row.clusters:.2f}")
    return lines
