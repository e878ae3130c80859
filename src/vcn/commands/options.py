"""Options that several commands share, and what they have in common to do."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vcn.commands.settings import chosen, with_context
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


class ShotChoice(StrEnum):
    """Values of --shots."""

    auto = "auto"
    adaptive = "adaptive"
    content = "content"
    hash = "hash"
    histogram = "histogram"
    threshold = "threshold"
    none = "none"


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
    Path | None,
    typer.Option(
        "--detector",
        metavar="FILE|NAME",
        help="An ONNX detector in place of the pack's, or one that is installed: retinaface, "
        "scrfd, yunet, centerface.",
    ),
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
Shots = Annotated[
    ShotChoice,
    typer.Option(help="How shots are found: one of PySceneDetect's detectors; auto: together."),
]
ShotThreshold = Annotated[
    float | None, typer.Option("--shot-threshold", help="Of that detector. [PySceneDetect's]")
]
Cuts = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The cuts, where they are known: PySceneDetect's CSV, an EDL, or one time a line.",
    ),
]
WorkDir = Annotated[
    Path | None, typer.Option(help="Folder of finished stages, to resume from. [user's cache]")
]
ShowProgress = Annotated[ProgressChoice, typer.Option("--progress", help="How to show progress.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also what libraries log.")]
LogFile = Annotated[Path | None, typer.Option(help="Write the log to a file too.")]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processor cores that one film may use. [all]", show_default=False),
]
CoOccurrence = Annotated[
    bool,
    typer.Option(
        "--co-occurrence/--no-co-occurrence",
        help="Two faces in one frame are two people (not so with mirrors and split screens).",
    ),
]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        callback=with_context,
        help="Any choice that vcn config show lists; may be repeated.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Choices in TOML, as vcn config show prints them."),
]


def run_config(
    pack: str,
    detector: Path | None,
    face_model: Path | None,
    device: str,
    seed: int,
    adapt: AdaptChoice,
    co_occurrence: bool,
    *,
    settings: list[str] | None = None,
    config_file: Path | None = None,
    **others: object,
) -> RunConfig:
    """The configuration that the options ask for: --config, then --set, then the others.

    Args:
        pack: Of --pack; the six below of the options that are called like them.
        detector: A file, or a name.
        face_model: A file.
        device: As torch calls it, or auto.
        seed: Of everything that is random.
        adapt: What is trained.
        co_occurrence: Whether two faces in one frame are two people.
        settings: Of --set.
        config_file: Of --config.
        others: Options of one command, by the name of their parameter
            (`vcn.commands.settings.NAMES`).

    Raises:
        UsageError: A name or a value is not known, or one is given twice.
        DataError: The file of --config cannot be read.
    """
    from vcn.config import RunConfig
    from vcn.config.choices import changed

    shared: dict[str, object] = {
        "pack": pack,
        "detector": detector,
        "face_model": face_model,
        "device": device,
        "seed": seed,
        "adapt": adapt,
        "co_occurrence": co_occurrence,
    }
    values, _ = chosen(settings, config_file, shared | others)
    return changed(RunConfig(), values)


def limit_cores(workers: int | None) -> None:
    """Let torch and onnxruntime use so many cores; to be called before they are loaded."""
    if workers is not None:
        os.environ["OMP_NUM_THREADS"] = str(workers)


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
