"""The order of the stages: the only package that knows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vcn.config import RunConfig
from vcn.errors import UsageError
from vcn.pipeline.adaptation import adapt
from vcn.pipeline.corrected import applied
from vcn.pipeline.people import People
from vcn.pipeline.run import Run
from vcn.pipeline.setup import plan
from vcn.runtime.progress import Progress
from vcn.runtime.whole import check_writable
from vcn.types import Crops, Embeddings, FilmResult
from vcn.weights.checkpoint import Checkpoint, load_checkpoint
from vcn.weights.packs import FaceModelSpec

__all__ = ["Clustered", "People", "Run", "cluster", "cluster_in_full", "finetune", "plan"]


def cluster(
    film: str | Path,
    config: RunConfig | None = None,
    *,
    corrections: Path | None = None,
    remap: bool = False,
    progress: Progress | None = None,
    work_dir: Path | None = None,
) -> FilmResult:
    """Find every face in a film and say which are the same person.

    Args:
        film: A video file.
        config: All choices; the defaults where None.
        corrections: What a person corrected (corrections.jsonl): each holds in the result,
            or is in its list of problems.
        remap: The corrections were made on another encoding of the same cut.
        progress: Told what is going on; silent where None.
        work_dir: Folder of the stage artefacts; the user's cache folder where None.

    Raises:
        InputError: The film cannot be read.
        DataError: The corrections cannot be read, or are about another film.
        PackError: The pack is unknown, incomplete or not what it should be.
        DeviceError: The device was asked for and did not load.
        OutputError: The work folder cannot be written.
    """
    return cluster_in_full(
        film, config, corrections=corrections, remap=remap, progress=progress, work_dir=work_dir
    ).result


@dataclass(frozen=True, slots=True)
class Clustered:
    """A film's result, with what its faces are to a model."""

    result: FilmResult
    embeddings: Embeddings
    """(N, D) of the base model."""
    crops: Crops
    """The same N."""
    face_model: FaceModelSpec


def cluster_in_full(
    film: str | Path,
    config: RunConfig | None = None,
    *,
    corrections: Path | None = None,
    remap: bool = False,
    progress: Progress | None = None,
    work_dir: Path | None = None,
    runs: int = 1,
) -> Clustered:
    """As `cluster`, for who goes on with the faces.

    Args:
        film: As of `cluster`, and the others that are not here.
        config: The same.
        corrections: The same.
        remap: The same.
        progress: The same.
        work_dir: The same.
        runs: In so many runs of shots the film was searched by `Run.scan_run`, here or on
            other machines; their part of the work is then not done again.
    """
    run = Run.prepare(film, config or RunConfig(), progress, work_dir)
    scan = run.scan(runs)  # video -> shots -> faces -> tracks -> crops
    embeddings = run.embed(scan)  # (N, D) of the base model
    scan, embeddings = run.split(scan, embeddings)  # a track is one person
    scan, embeddings, placed = run.correct(scan, embeddings, corrections, remap=remap)
    people = run.identify(run.track_film(scan, embeddings), placed)  # adaptation, clusters
    corrected = applied(corrections, placed, people.clustering.labels)
    result = run.result(scan, people, corrected, run.hear(scan))  # whose voice is whose
    return Clustered(result, embeddings, scan.crops, run.setup.face_model)


def finetune(
    film: str | Path,
    out: str | Path,
    config: RunConfig | None = None,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    work_dir: Path | None = None,
) -> Checkpoint:
    """Adapt the face model to a film and save it, for `RunConfig.checkpoint`.

    Args:
        film: A video file.
        out: The checkpoint, a .safetensors file; it is written again and again while
            the model is trained, each time whole.
        config: All choices; the defaults where None.
        resume: Go on from `out` where it is there. The result is that of a run that
            never stopped.
        progress: Told what is going on; silent where None.
        work_dir: Folder of the stage artefacts; the user's cache folder where None.

    Raises:
        UsageError: The configuration says not to adapt.
        InputError: The film cannot be read, or nobody's face is in it.
        DataError: `out` is to be resumed and is damaged or of another run.
        PackError: The pack is unknown, incomplete or not what it should be.
        DeviceError: The device was asked for and did not load.
        OutputError: `out` or the work folder cannot be written.
    """
    config, out = config or RunConfig(), Path(out)
    if config.adapt.mode == "off":
        raise UsageError("adaptation is off: there is nothing to save", "Use head or full")
    check_writable(out)
    before = load_checkpoint(out) if resume and out.exists() else None
    run = Run.prepare(film, config, progress, work_dir)
    scan = run.scan()
    scan, embeddings = run.split(scan, run.embed(scan))
    return adapt(run, run.track_film(scan, embeddings), out, before)
