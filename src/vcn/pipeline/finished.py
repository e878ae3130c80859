"""The finished stages of an earlier run, by the result that it wrote; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config.recorded import config_of
from vcn.errors import VcnError
from vcn.methods.vcn.evidence import Evidence
from vcn.methods.vcn.link import Joint, mean_of_pairs
from vcn.pipeline.directions import mean_directions
from vcn.pipeline.keys import embed_key, scan_key
from vcn.pipeline.people import load_evidence
from vcn.pipeline.run import Run
from vcn.pipeline.scanned import Scan
from vcn.types import BoolArray, Float64Array, FloatArray, ImageArray, IntArray, Track


@dataclass(frozen=True, slots=True)
class Finished:
    """What the cache holds about the T tracks of a result."""

    scan: Scan
    rows: tuple[IntArray, ...]
    """Crops of each track."""
    directions: FloatArray
    """(T, D) of length 1, or 0 for a track without a usable crop."""
    log_odds: Float64Array | None = None
    """(T, T) of the clusterer, where it kept them."""
    parts: Mapping[str, FloatArray] = field(default_factory=dict)
    """By cue, (T, T) log ratios; empty where they were not kept."""
    prior: float = 0.0
    """Log-odds of two tracks of which nothing is known."""
    joint: Joint = mean_of_pairs
    """Log-odds of groups of tracks."""
    shaping: BoolArray | None = None
    """(T,) tracks that shaped people; the others could only join one. None: all shaped them."""

    def face(self, track: int) -> ImageArray | None:
        """(S, S, 3) RGB: the best crop of a track."""
        rows, crops = self.rows[track], self.scan.crops
        if not len(rows):
            return None
        best = int(rows[(crops.size[rows] * crops.score[rows]).argmax()])
        return np.asarray(crops.images[best])


def finished(
    film: Path,
    manifest: Mapping[str, Any],
    tracks: Sequence[Track],
    labels: IntArray,
    work_dir: Path | None,
) -> Finished | None:
    """The finished stages behind a result; None where they are not there any more.

    Args:
        film: The film file.
        manifest: Of the result.
        tracks: Of the result: tracks of the run, or parts of them.
        labels: (T,) people of the result: they tell its clustering from others of the film.
        work_dir: Folder of the stage artefacts; the user's cache folder where None.
    """
    try:
        run = Run.prepare(film, config_of(manifest), None, work_dir)
        found = run.store.find("scan", scan_key(run.setup))
        if found is None or run.store.find("embed", embed_key(run.setup)) is None:
            return None
        scan = run.scan()
        embeddings = run.embed(scan)
        scan, embeddings = run.split(scan, embeddings)
        values = embeddings.values
    except VcnError:  # another device, a pack that is gone: a review works without
        return None
    found_rows = _rows(scan, tracks)
    if found_rows is None:
        return None
    rows, whole = found_rows
    of_track = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    crops = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    directions = mean_directions(values[crops], of_track, len(rows))
    evidence = _evidence(run, labels)
    if evidence is None:
        return Finished(scan, rows, directions)
    # A result whose tracks a person split was weighed after the splits: its tracks are whole.
    whole = whole if len(evidence.log_odds) == len(scan.tracks) else np.arange(len(tracks))
    pairs = np.ix_(whole, whole)
    return Finished(
        scan,
        rows,
        directions,
        evidence.log_odds[pairs].astype(np.float64),
        {name: part[pairs] for name, part in evidence.parts.items()},
        evidence.prior,
        evidence.joint,
        None if evidence.shaping is None else evidence.shaping[whole],
    )


def _evidence(run: Run, labels: IntArray) -> Evidence | None:
    """The evidence of the clustering that gave these labels."""
    for path in sorted(run.store.path.glob("people-*/log_odds.npy")):
        found = run.store.find("people", path.parent.name.removeprefix("people-"))
        if found is not None and np.array_equal(found.array("labels"), labels):
            return load_evidence(found)
    return None


def _rows(scan: Scan, tracks: Sequence[Track]) -> tuple[tuple[IntArray, ...], IntArray] | None:
    """The crops of each track of a result, and its track of the scan; None: of another scan."""
    by_shot: dict[int, list[Track]] = {}
    for track in scan.tracks:
        by_shot.setdefault(track.shot, []).append(track)
    edges = np.searchsorted(scan.crops.track_index, np.arange(len(scan.tracks) + 1))
    rows, parents = [], []
    for part in tracks:
        whole = next((t for t in by_shot.get(part.shot, ()) if _holds(t, part)), None)
        if whole is None:
            return None
        own = np.arange(edges[whole.id], edges[whole.id + 1])
        frames = scan.crops.frame[own]
        rows.append(own[(frames >= part.frame[0]) & (frames <= part.frame[-1])])
        parents.append(whole.id)
    return tuple(rows), np.array(parents, np.int64)


def _holds(whole: Track, part: Track) -> bool:
    """Whether a track is a stretch of another one; beside a cut boxes may be moved."""
    if part.frame[0] < whole.frame[0] or part.frame[-1] > whole.frame[-1]:
        return False
    row = len(part) // 2
    at = int(np.searchsorted(whole.frame, part.frame[row]))
    return bool(np.abs(whole.xyxy[at] - part.xyxy[row]).max() < 1)
