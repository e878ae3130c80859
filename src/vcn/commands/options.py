"""Options that several commands share, and what they have in common to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.errors import OutputError

if TYPE_CHECKING:
    from vcn.config import RunConfig
    from vcn.runtime.progress import Progress


class AdaptChoice(StrEnum):
    """Values of --adapt."""

    auto = "auto"
    head = "head"
    full = "full"
    off = "off"


class ProgressChoice(StrEnum):
    """Values of --progress."""

    auto = "auto"
    rich = "rich"
    plain = "plain"
    jsonl = "jsonl"
    none = "none"


Pack = Annotated[
    str, typer.Option(help="Model pack: a name (see: vcn models list) or a folder of your own.")
]
DetectorFile = Annotated[
    Path | None, typer.Option("--detector", help="An ONNX detector in place of the pack's.")
]
FaceModelFile = Annotated[
    Path | None, typer.Option("--face-model", help="A face model in place of the pack's.")
]
DeviceName = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:N.")]
Seed = Annotated[int, typer.Option(help="Seed of everything that is random.", min=0)]
Adapt = Annotated[
    AdaptChoice,
    typer.Option(help="Fine-tune the heads, the full model, or nothing; auto: full on a GPU."),
]
WorkDir = Annotated[
    Path | None, typer.Option(help="Folder of finished stages, to resume from. [user's cache]")
]
ShowProgress = Annotated[ProgressChoice, typer.Option("--progress", help="How to show progress.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also what libraries log.")]
LogFile = Annotated[Path | None, typer.Option(help="Write the log to a file too.")]
CoOccurrence = Annotated[
    bool,
    typer.Option(
        "--co-occurrence/--no-co-occurrence",
        help="Two faces in one frame are two people (not so with mirrors and split screens).",
    ),
]


def run_config(
    pack: str,
    detector: Path | None,
    face_model: Path | None,
    device: str,
    seed: int,
    adapt: AdaptChoice,
    co_occurrence: bool,
) -> RunConfig:
    """The configuration that the options ask for."""
    from dataclasses import replace

    from vcn.config import RunConfig

    base = RunConfig()
    return replace(
        base,
        pack=pack,
        detector=str(detector) if detector else None,
        face_model=str(face_model) if face_model else None,
        device=device,
        seed=seed,
        adapt=replace(base.adapt, mode=adapt.value),
        cluster=replace(base.cluster, co_occurrence=co_occurrence),
    )


@contextmanager
def reporting(
    kind: ProgressChoice, quiet: bool, verbose: bool, log_file: Path | None
) -> Iterator[Progress]:
    """Progress and logging of one command; the terminal is given back at the end.

    Raises:
        OutputError: The log file cannot be written.
    """
    from vcn.runtime.progress import make_progress

    handlers: list[logging.Handler] = [logging.NullHandler()]
    if verbose:
        handlers.append(logging.StreamHandler())
    if log_file is not None:
        try:
            handlers.append(logging.FileHandler(log_file, encoding="utf-8"))
        except OSError as error:
            raise OutputError(
                f"the log file {log_file} cannot be written: {error.strerror}",
                "Choose another with --log-file",
            ) from error
    logging.basicConfig(
        level=logging.INFO if verbose or log_file else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
    progress = make_progress("none" if quiet else kind.value)
    try:
        yield progress
    finally:
        progress.done()
        logging.shutdown()
