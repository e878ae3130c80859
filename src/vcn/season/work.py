"""The work on one film, wherever it is done: in this process, in another one, on another node."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import vcn
from vcn.config import RunConfig, SeasonConfig
from vcn.corrections import ledger_path
from vcn.errors import UsageError, VcnError
from vcn.pipeline import Run, cluster_in_full
from vcn.report.document import people
from vcn.report.exemplars import exemplars_of
from vcn.report.thumbnails import jpeg
from vcn.report.write import check_writable, write_result
from vcn.runtime.memory import is_out_of_memory
from vcn.runtime.progress import Progress
from vcn.runtime.store import fingerprint
from vcn.runtime.whole import replace_file
from vcn.season.looks import COLUMNS, looks_and_tracks, save_looks
from vcn.season.shelf import FilmRecord, Shelf
from vcn.stages.quality import crop_weights
from vcn.types import Float64Array, Why
from vcn.video import content_hash, open_video
from vcn.video.container import readable
from vcn.weights.packs import sha256_of


@dataclass(frozen=True, slots=True)
class FilmTask:
    """One film to be done. Frames never travel: the worker reads the film itself."""

    film: Path
    id: str
    root: Path
    """Of the season."""
    config: RunConfig
    season: SeasonConfig
    work_dir: Path | None
    version: str = vcn.__version__
    """Of vcn, where the task was made."""
    runs: int = 1
    """In so many runs of shots it is searched by `RunTask`s before."""


@dataclass(frozen=True, slots=True)
class RunTask:
    """A run of the shots of a film, to be searched for faces."""

    film: FilmTask
    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A film, or a run of its shots, that could not be done."""

    task: FilmTask | RunTask
    why: str


@dataclass(frozen=True, slots=True)
class Searched:
    """A run that is done: what it found is in the work folder."""

    task: RunTask


Outcome = FilmRecord | Searched | Failed


def film_key(content: str, config: RunConfig, season: SeasonConfig, clusters: Path) -> str:
    """Fingerprint of all that a film's result is made of, but for the code of this version."""
    ledger = ledger_path(clusters)
    said = ledger.read_bytes().hex() if ledger.exists() else ""
    return fingerprint(vcn.__version__, content, config.as_dict(), season.looks, COLUMNS, said)


def do_film(task: FilmTask, progress: Progress | None = None) -> FilmRecord:
    """Cluster a film and put what the season needs of it on its shelf.

    Raises:
        VcnError: As `vcn.cluster`.
    """
    _check_version(task)
    film, shelf = readable(task.film), Shelf(task.root)
    with open_video(film):  # what is no film leaves no folder
        pass
    shelf.make(task.id)
    out = shelf.clusters(task.id)
    check_writable(out)
    state = film.stat()
    content = content_hash(film)
    key = film_key(content, task.config, task.season, out)
    ledger = ledger_path(out)
    found = cluster_in_full(
        film,
        task.config,
        corrections=ledger if ledger.exists() else None,
        progress=progress,
        work_dir=task.work_dir,
        runs=task.runs,
    )
    result, report = found.result, task.config.report
    shelf.forget(task.id)  # from here on until the end it is not done
    write_result(result, out, config=report)
    looks, look_of_track = looks_and_tracks(
        result.clustering.labels,
        found.embeddings,
        found.crops,
        result.quality.crop_ok,
        task.season.looks,
        _beside(result.why),
        crop_weights(found.crops) if task.config.quality.weigh_crops else None,
    )
    save_looks(looks, look_of_track, shelf.looks(task.id))
    for person in people(result):
        best = result.thumbnails[exemplars_of(result, person, 1)[0]]
        face = jpeg(best, report.thumbnail_side, report.jpeg_quality)
        replace_file(shelf.face(task.id, person), face)
    record = FilmRecord(
        task.id,
        str(film),
        state.st_size,
        state.st_mtime_ns,
        content,
        key,
        task.config.pack,
        sha256_of(found.face_model.path),
        found.face_model.impostor_cosine,
    )
    shelf.put(record)
    return record


def search_run(task: RunTask) -> Searched:
    """Search a run of shots; the work folder keeps what is found.

    Raises:
        VcnError: As `vcn.cluster`.
    """
    film = task.film
    _check_version(film)
    run = Run.prepare(readable(film.film), film.config, None, film.work_dir)
    run.scan_run(task.number, film.runs)
    return Searched(task)


def _check_version(task: FilmTask) -> None:
    if task.version != vcn.__version__:
        raise UsageError(
            f"this node has vcn {vcn.__version__}, the season is made by {task.version}",
            "Install the same vcn on all nodes",
        )


def _beside(why: Why | None) -> Float64Array | None:
    """(T,) what spoke for a track's person beside the face of the base model."""
    if why is None:
        return None
    parts = dict(why.because)
    face = parts.pop("face", np.zeros(1, np.float32))
    # A second face model halves the word of the first: what it adds is the difference.
    if "adapted" in parts:
        parts["adapted"] = parts["adapted"] - face
    total = sum(parts.values(), np.zeros(len(why.probability), np.float32))
    return np.asarray(total, np.float64)


def attempt(task: FilmTask | RunTask, progress: Progress | None = None) -> Outcome:
    """Do what a task says, with its error as a line: one film must not end the others."""
    try:
        return search_run(task) if isinstance(task, RunTask) else do_film(task, progress)
    except VcnError as error:
        return Failed(task, str(error))
    except Exception as error:  # also what a library raises on a film that nobody foresaw
        if os.environ.get("VCN_DEBUG"):
            raise
        if is_out_of_memory(error):
            return Failed(task, "there was not enough memory")
        line = (str(error).splitlines() or [""])[0]
        return Failed(task, f"unexpected {type(error).__name__}: {line}")
