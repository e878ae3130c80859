"""Tracks of a film as training data: features, and which of them share a frame.

Multi-Face 3.1: tracks of at least a second (24 frames) that co-occur with another. The
file is one that the benchmark reads too (`vcn.benchmark.sources.read_features`).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcn.benchmark.clips import people_of_tracks
from vcn.config import RunConfig
from vcn.errors import DataError
from vcn.methods import TrackFilm
from vcn.pipeline import Run
from vcn.pipeline.scanned import Scan
from vcn.runtime.progress import Progress
from vcn.runtime.whole import replace_file
from vcn.types import BoolArray, IntArray
from vcn.weights.packs import sha256_of


class Harvest(NamedTuple):
    """What a film gave."""

    tracks: int
    kept: int
    crops: int
    pairs: int


def harvest_film(
    film: Path,
    out: Path,
    config: RunConfig,
    progress: Progress,
    work_dir: Path | None,
    *,
    min_seconds: float,
    everything: bool = False,
    labels: Path | None = None,
) -> Harvest:
    """Scan a film and write its tracks as an .npz.

    `tracks` in the file are the ids that `vcn cluster` gives the same tracks.

    Args:
        film: A video.
        out: The .npz; an older one is replaced.
        config: Pack, device, how crops are sampled.
        progress: Told what is going on.
        work_dir: Of the stages, which are those of any run.
        min_seconds: Tracks to learn from are at least so long.
        everything: Keep short tracks, and those that share no frame with another, too.
        labels: Who is who, boxes or tracks; None: nobody knows.

    Raises:
        DataError: There is no such track.
        VcnError: As `vcn.pipeline.cluster`.
    """
    run = Run.prepare(film, config, progress, work_dir)
    scan = run.scan()
    scan, embeddings = run.split(scan, run.embed(scan))
    tracks = run.track_film(scan, embeddings)
    kept = np.isin(np.arange(tracks.n_tracks), np.unique(tracks.embeddings.track_index))
    if not everything:
        kept &= worth_learning_from(scan, tracks, min_seconds)
    if not kept.any():
        raise DataError(
            f"no track of {film} is long enough and shares a frame with another",
            "Add --all to keep the others",
        )
    people = [""] * tracks.n_tracks if labels is None else people_of_tracks(run, scan, labels)
    chosen = np.flatnonzero(kept)
    position = np.full(tracks.n_tracks, -1, np.int64)
    position[chosen] = np.arange(len(chosen))
    rows = kept[tracks.embeddings.track_index]
    pairs: IntArray = np.empty((0, 2), np.int64)
    if tracks.cannot_link is not None:
        pairs = position[tracks.cannot_link]
        pairs = pairs[(pairs >= 0).all(axis=1)]
    arrays: dict[str, NDArray[Any]] = {
        "features": tracks.embeddings.values[rows],
        "track_index": position[tracks.embeddings.track_index[rows]],
        "labels": np.array([people[track] or "unknown" for track in chosen.tolist()], np.str_),
        "cannot_link": pairs,
        "tracks": chosen,
        "face_model": np.array(sha256_of(run.setup.face_model.path)),
    }
    if tracks.impostor_cosine is not None:
        arrays["impostor_cosine"] = np.array(tracks.impostor_cosine)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    replace_file(out, buffer.getvalue())
    return Harvest(tracks.n_tracks, len(chosen), int(rows.sum()), len(pairs))


def worth_learning_from(scan: Scan, tracks: TrackFilm, min_seconds: float) -> BoolArray:
    """(T,) tracks that are long enough and share a frame with another such (Multi-Face 3.1)."""
    seconds = scan.timeline.seconds
    long = np.array(
        [
            seconds(int(track.frame[-1])) - seconds(int(track.frame[0])) >= min_seconds
            for track in scan.tracks
        ]
    )
    shared = np.zeros(tracks.n_tracks, np.bool_)
    if tracks.cannot_link is not None:
        both = long[tracks.cannot_link].all(axis=1)
        shared[tracks.cannot_link[both].ravel()] = True
    return shared
