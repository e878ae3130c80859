"""Corrections of a person in a run: tracks split, certain pairs, and the last word on labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vcn.corrections import (
    Placed,
    Problem,
    Why,
    active,
    enforce,
    no_corrections,
    of_film,
    place,
    read_ledger,
)
from vcn.methods import TrackFilm
from vcn.pipeline.directions import mean_directions
from vcn.pipeline.people import People
from vcn.pipeline.scanned import Scan
from vcn.pipeline.setup import Setup
from vcn.runtime.store import fingerprint
from vcn.types import (
    Corrected,
    Embeddings,
    FloatArray,
    ImageArray,
    IntArray,
    Quality,
    Reason,
)


def read_placed(ledger: Path | None, scan: Scan, setup: Setup, *, remap: bool) -> Placed:
    """The corrections of a ledger, placed on the tracks of a scan.

    Raises:
        DataError: The ledger cannot be read, or is about another film.
    """
    if ledger is None:
        return no_corrections(scan.tracks)
    contents = read_ledger(ledger)
    counted = active(contents.entries)
    picture = (setup.info.width, setup.info.height)
    entries = of_film(counted, setup.content, picture, remap=remap, path=ledger)
    placed = place(entries, scan.tracks, scan.timeline, scan.shots, setup.config.corrections)
    return replace(placed, problems=(*contents.problems, *placed.problems))


def split(scan: Scan, embeddings: Embeddings, placed: Placed) -> tuple[Scan, Embeddings]:
    """The scan with tracks split as a person said. Crops and boxes keep their order."""
    if not placed.splits:
        return scan, embeddings
    index = _parts(scan.crops.track_index, scan.crops.frame, placed)
    crops = replace(scan.crops, track_index=index)
    images, frames = _thumbnails(scan, index, placed)
    after = replace(
        scan, tracks=placed.tracks, crops=crops, thumbnails=images, thumbnail_frame=frames
    )
    return after, replace(embeddings, track_index=index)


def told(film: TrackFilm, placed: Placed) -> TrackFilm:
    """The film as a method sees it, with what is certain."""
    return replace(
        film,
        certain_same=placed.certain_same,
        certain_different=placed.certain_different,
        not_faces=placed.not_faces,
    )


def key_of(placed: Placed) -> str | None:
    """Fingerprint of what is certain; None: nothing is."""
    arrays = (
        placed.certain_same,
        placed.certain_different,
        placed.not_faces,
        placed.known,
    )
    if not placed.splits and not any(len(array) for array in arrays):
        return None
    return fingerprint([array.tolist() for array in arrays], placed.splits)


def hold(people: People, placed: Placed, film: TrackFilm) -> People:
    """What a method found, changed where a correction does not hold in it."""
    clustering = enforce(people.clustering, placed, track_directions(film))
    nobody = set(placed.not_faces.tolist())
    labels = clustering.labels.tolist()
    reason = tuple(
        Reason.not_a_face
        if track in nobody
        else None
        if label >= 0 and people.clustering.labels[track] < 0
        else was
        for track, (was, label) in enumerate(zip(people.quality.reason, labels, strict=True))
    )
    quality = Quality(people.quality.crop_ok, people.quality.track_score, reason)
    return replace(people, quality=quality, clustering=clustering)


def track_directions(film: TrackFilm) -> FloatArray:
    """(T, D) mean of the normalised embeddings of each track; 0 where it has none."""
    return mean_directions(film.embeddings.values, film.embeddings.track_index, film.n_tracks)


def applied(ledger: Path | None, placed: Placed, labels: IntArray) -> Corrected | None:
    """What a result says about its corrections."""
    if ledger is None:
        return None
    problems = list(placed.problems)
    problems += [
        Problem(Why.contradictory, claim.entry, f"{claim.kind} does not hold in this result")
        for claim in placed.violated(labels)
    ]
    names = {int(labels[track]): name for track, name in sorted(placed.names.items())}
    return Corrected(
        ledger.name,
        len({claim.entry for claim in placed.claims}),
        {person: name for person, name in names.items() if person >= 0},
        frozenset(int(labels[t]) for t in placed.ignored if labels[t] >= 0),
        tuple((str(p.why), p.entry, p.text, p.other) for p in problems),
    )


def _parts(track: IntArray, frame: IntArray, placed: Placed) -> IntArray:
    """The track after splitting of each crop."""
    first = np.searchsorted(placed.parent, np.arange(int(placed.parent[-1]) + 1))
    out: IntArray = first[track] if len(track) else np.empty(0, np.int64)
    for number, at in placed.splits:
        out = out + ((track == number) & (frame >= at))
    return out


def _thumbnails(scan: Scan, index: IntArray, placed: Placed) -> tuple[ImageArray, IntArray]:
    import cv2

    images = np.array(scan.thumbnails[placed.parent])
    frames = np.array(scan.thumbnail_frame[placed.parent])
    crops, side = scan.crops, images.shape[1]
    for part in _split_parts(placed.parent):
        track = placed.tracks[part]
        rows = np.flatnonzero(index == part)
        if track.frame[0] <= frames[part] <= track.frame[-1] or not len(rows):
            continue
        best = int(rows[(crops.size[rows] * crops.score[rows]).argmax()])
        size = (side, side)
        images[part] = cv2.resize(np.array(crops.images[best]), size, interpolation=cv2.INTER_AREA)
        frames[part] = crops.frame[best]
    return images, frames


def _split_parts(parent: IntArray) -> Sequence[int]:
    """Tracks that are not whole any more."""
    count = np.bincount(parent)
    parts: list[int] = np.flatnonzero(count[parent] > 1).tolist()
    return parts
