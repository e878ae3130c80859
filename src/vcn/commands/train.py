"""``vcn train``: learn from labelled tracks of other films what a system needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from vcn.commands import options
from vcn.errors import UsageError
from vcn.runtime.interrupt import stoppable

if TYPE_CHECKING:
    from collections.abc import Callable

    from vcn.config import RadNetConfig
    from vcn.config.learned import BallConfig, MultiFaceConfig
    from vcn.methods.trackset import TrackSet
    from vcn.weights.learned import Learned


Config = TypeVar("Config", "BallConfig", "MultiFaceConfig", "RadNetConfig")


def train(
    system: Annotated[
        str,
        typer.Argument(
            metavar="SYSTEM",
            help="bcl, bcl-triplet, bcl-contrastive, bcl-ldml, bcl-prototypical, "
            "bcl-cross-entropy, mvcorr, imptriplet or radnet.",
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(
            help="Folder of films to learn from: .npz, or the layout of BBT and Buffy; for radnet "
            "that of VPCD."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A .safetensors file.")],
    validation: Annotated[
        Path | None,
        typer.Option(help="Films that judge the training. [people held out of --data]"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Most epochs.", min=1)] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the file where it is there.")
    ] = False,
    seed: options.Seed = 0,
    settings: options.Settings = None,
    config_file: options.ConfigFile = None,
    progress: options.ShowProgress = options.ProgressChoice.auto,
    quiet: options.Quiet = False,
) -> None:
    """Learn an embedding of tracks from other films, for: vcn cluster --method SYSTEM."""
    from vcn.benchmark.training_data import read_training
    from vcn.commands.settings import with_settings
    from vcn.config import RadNetConfig, RunConfig
    from vcn.methods.bcl.objectives import SYSTEMS as BALL
    from vcn.methods.multiface.train import SYSTEMS as MULTI_FACE
    from vcn.runtime.whole import check_writable
    from vcn.weights.learned import load_learned, save_learned

    known = (*BALL, *MULTI_FACE, "radnet")
    if system not in known:
        raise UsageError(f"{system} is not trained", f"Choose one of {', '.join(known)}")
    if out.suffix != ".safetensors":
        raise UsageError(f"-o {out} must end in .safetensors")
    if validation is not None and system in MULTI_FACE:
        raise UsageError(f"{system} holds films of --data out itself", "Leave out --validation")
    check_writable(out)
    if system == "radnet":
        if validation is not None or resume:
            raise UsageError("radnet is trained at one go", "Leave out --validation and --resume")
        radnet = with_settings(RadNetConfig(), "radnet", settings, config_file)
        _persons(data, out, _epochs(radnet, epochs), seed, progress, quiet)
        return
    chosen = with_settings(RunConfig(), "", settings, config_file).systems
    start = load_learned(out, system) if resume and out.exists() else None
    tracks = read_training(data)
    judges = None if validation is None else read_training(validation)
    fit = (
        _ball(tracks, judges, system, _epochs(chosen.ball, epochs), seed)
        if system in BALL
        else _multi_face(tracks, system, _epochs(chosen.multiface, epochs), seed)
    )
    with (
        options.reporting(progress, quiet, False, None) as reporter,
        stoppable(f"training of {system} was stopped", f"Add --resume to go on from {out}"),
    ):
        reporter.note(
            f"{len(tracks)} tracks of {len(tracks.people)} people in {len(tracks.films)} films"
        )
        reporter.stage(f"train {system}", epochs, "epochs")
        if start is not None:
            reporter.advance(len(start.log))
        learned = fit(
            start=start,
            on_epoch=lambda _: reporter.advance(1),
            on_save=lambda unfinished: save_learned(unfinished, out),
        )
        save_learned(learned, out)
    if not quiet:
        typer.echo(_summary(learned, out))


def _epochs(config: Config, epochs: int | None) -> Config:
    """The constants, with --epochs where it was given."""
    from dataclasses import replace

    return replace(config, epochs=epochs or config.epochs)


def _ball(
    tracks: TrackSet, judges: TrackSet | None, system: str, config: BallConfig, seed: int
) -> Callable[..., Learned]:
    from functools import partial

    from vcn.methods.bcl.train import fit, given_split, split

    data = split(tracks, config, seed) if judges is None else given_split(tracks, judges)
    return partial(fit, data, system, config, seed)


def _multi_face(
    tracks: TrackSet, system: str, config: MultiFaceConfig, seed: int
) -> Callable[..., Learned]:
    from functools import partial

    from vcn.methods.multiface.train import fit

    return partial(fit, tracks, system, config, seed)


def _summary(learned: Learned, out: Path) -> str:
    best = max(learned.log, key=lambda entry: entry["score"])
    text = f"{out}: {learned.system}, epoch {best['epoch']:.0f} of {len(learned.log)}"
    if learned.threshold is not None:
        text += (
            f", NMI {best['score']:.3f} and {best['clusters']:.0f} clusters of "
            f"{learned.origin['validation_people']} held-out people, threshold "
            f"{learned.threshold:.4f}"
        )
    return f"{text}; use: vcn cluster --method {learned.system} --checkpoint {out}"


def _persons(
    data: Path,
    out: Path,
    config: RadNetConfig,
    seed: int,
    progress: options.ProgressChoice,
    quiet: bool,
) -> None:
    """RAD-Net learns from people with face, body and voice."""
    from vcn.benchmark.persons import read_folder
    from vcn.methods.radnet import train as train_radnet
    from vcn.methods.radnet.saved import learned_of
    from vcn.weights.learned import save_learned

    films = [one for programme in read_folder(data).values() for one in programme]
    losses: list[float] = []
    with (
        options.reporting(progress, quiet, False, None) as reporter,
        stoppable("training of radnet was stopped"),
    ):
        reporter.stage("train radnet", config.epochs, "epochs")

        def tell(_: int, loss: float) -> None:
            losses.append(loss)
            reporter.advance(1)

        learned = learned_of(train_radnet(films, config, seed, tell), films, seed, losses)
        save_learned(learned, out)
    if not quiet:
        made = learned.origin
        typer.echo(
            f"{out}: radnet, {made['tracks']} tracks of {made['people']} people "
            f"in {len(films)} films, loss {losses[-1]:.3f}, threshold {learned.threshold:.2f}"
        )
