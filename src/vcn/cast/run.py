"""A run whose people get names."""

from __future__ import annotations

from pathlib import Path

from vcn.cast.known import SUFFIX, Known, people_path, read_known, write_known
from vcn.cast.make import from_photographs, with_names
from vcn.config import CastConfig, RunConfig
from vcn.config.recorded import config_of
from vcn.corrections import ledger_path
from vcn.pipeline import Clustered, cluster_in_full
from vcn.report.film import film_of
from vcn.report.read import read_result
from vcn.runtime.progress import Progress
from vcn.weights.packs import load_parts, sha256_of


def cluster_with_names(
    film: Path,
    config: RunConfig,
    out: Path,
    *,
    cast: Path | None,
    corrections: Path | None,
    remap: bool,
    choices: CastConfig | None = None,
    progress: Progress,
    work_dir: Path | None,
) -> Clustered:
    """Cluster a film and name its people.

    Args:
        film: A video file.
        config: All choices.
        out: Path of clusters.json: the known people are kept beside it for later runs.
        cast: A folder of photographs, or a file of people; None: those kept beside `out`.
        corrections: What a person corrected: its names go before those of the cast.
        remap: The corrections are of another encoding of the same cut.
        choices: How people get names; the defaults where None.
        progress: Told what is going on.
        work_dir: Folder of the stage artefacts.

    Raises:
        VcnError: As `vcn.cluster`; what is wrong with `cast`, before the long work begins.
    """
    choices, beside = choices or CastConfig(), people_path(out)
    source = cast or (beside if beside.exists() else None)
    known: Known | None = None
    problems: tuple[tuple[str, str], ...] = ()
    if source is not None and (source.is_dir() or source.suffix != SUFFIX):
        known, problems = from_photographs(source, config, choices, progress)
    elif source is not None:
        known = read_known(source)
        check_model(known, source, config, film)
    found = cluster_in_full(
        film, config, corrections=corrections, remap=remap, progress=progress, work_dir=work_dir
    )
    if known is None:
        return found
    if source != beside:
        write_known(known, beside)
    return with_names(found, known, problems, config, choices)


def cluster_again(
    clusters: Path,
    film: Path | None,
    known: tuple[Known, Path] | None,
    choices: CastConfig,
    progress: Progress,
    work_dir: Path | None,
) -> tuple[Clustered, RunConfig]:
    """The run that made a result, from its finished stages, with the corrections of today.

    Args:
        clusters: The result.
        film: Where the film is, if it was moved.
        known: People with names and the path of their file, in place of those beside the result.
        choices: How people get names.
        progress: Told what is going on.
        work_dir: Folder of the stage artefacts.

    Raises:
        VcnError: As `vcn.cluster`; the result is none, or its film is not there.
        PackError: The people were seen by another face model.
    """
    result = read_result(clusters)
    path, config = film_of(result, film), config_of(result.manifest)
    beside, ledger = people_path(clusters), ledger_path(clusters)
    if known is None and beside.exists():
        known = read_known(beside), beside
    if known is not None:
        check_model(*known, config, path)
    found = cluster_in_full(
        path,
        config,
        corrections=ledger if ledger.exists() else None,
        progress=progress,
        work_dir=work_dir,
    )
    return found if known is None else with_names(found, known[0], (), config, choices), config


def check_model(known: Known, path: Path, config: RunConfig, film: Path) -> None:
    """Refuse people who were seen by another face model than that of a run.

    Raises:
        PackError: They were; with the command that fixes it.
    """
    pack, _, face_model = load_parts(config)
    known.check_model(pack.name, sha256_of(face_model.path), path, str(film))
