"""Adapting the face model to a film, saved step by step."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from vcn import __version__
from vcn.config import AdaptConfig
from vcn.errors import InputError
from vcn.methods import TrackFilm
from vcn.methods.vcn import VideoClusterNet
from vcn.methods.vcn.chosen import as_chosen
from vcn.pipeline.manifest import package_versions
from vcn.pipeline.run import Run
from vcn.pipeline.setup import Setup, adapt_mode
from vcn.weights.checkpoint import Checkpoint, Iteration, Origin, Snapshot, save_checkpoint
from vcn.weights.packs import sha256_of
from vcn.weights.sealed import digest


def adapt(run: Run, film: TrackFilm, out: Path, before: Checkpoint | None) -> Checkpoint:
    """Adapt to the film of a run, from `before` on, and save each step in `out`.

    Raises:
        InputError: There are too few faces in the film.
        DataError: `before` is of another run.
        OutputError: `out` cannot be written.
    """
    setup, config = run.setup, run.setup.config
    if len(film.embeddings) < 2:
        raise InputError(f"{setup.film} shows too few faces to adapt to", "Use another film")
    mode = adapt_mode(config.adapt, setup.device)
    schedule = replace(config.adapt, mode=mode)
    origin = origin_of(setup, film, schedule)
    start = None
    if before is not None:
        before.check_origin(origin, out)
        start = before.snapshot
        if len(start.log) >= schedule.iterations:
            run.progress.note(f"{out} is complete: {len(start.log)} iterations")
            return before
    made: list[Checkpoint] = [] if before is None else [before]

    def keep(snapshot: Snapshot) -> None:
        known = len(made[-1].snapshot.log) if made else 0
        made[:] = [Checkpoint(origin, snapshot)]
        save_checkpoint(made[0], out)
        if len(snapshot.log) > known:
            run.progress.note(describe_iteration(snapshot.log[-1], schedule.iterations))

    method = as_chosen(VideoClusterNet(), replace(config, adapt=schedule))
    done = 0 if start is None else int(start.training["epoch"][0])
    with run.stage("adapt", f"adapt ({mode})", schedule.total_epochs - done, "epochs"):
        method.run(
            film,
            config.seed,
            device=setup.device.torch,
            model=run.trainable(mode),
            start=start,
            on_epoch=lambda *_: run.progress.advance(1),
            on_snapshot=keep,
        )
    return made[0]


def origin_of(setup: Setup, film: TrackFilm, schedule: AdaptConfig) -> Origin:
    """What a checkpoint says it was made from."""
    config = setup.config
    return Origin(
        film=setup.content,
        film_name=setup.film.name,
        crops=digest(film.embeddings.values, film.embeddings.track_index),
        pack=setup.pack.name,
        face_model=sha256_of(setup.face_model.path),
        seed=config.seed,
        config={
            "adapt": asdict(schedule),
            "quality": asdict(config.quality),
            "cluster": {"co_occurrence": config.cluster.co_occurrence},
        },
        versions={"vcn": __version__, "torch": package_versions().get("torch", "")},
    )


def describe_iteration(entry: Iteration, total: int) -> str:
    """One line for people: how an iteration of adaptation went."""
    matches = f"{entry.n_matches} coarse matches"
    if entry.n_matches:
        matches += f", {entry.agreement:.0%} of them mutual"
    return (
        f"iteration {entry.number} of {total}: loss {entry.loss:.3f}, {matches}, "
        f"{entry.n_rejected} tracks rejected"
    )
