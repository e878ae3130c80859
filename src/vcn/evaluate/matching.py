"""Which face of truth is which track of the result.

On every labelled frame, boxes of truth and tracked boxes are paired one to one so that
the sum of their overlaps (IoU) is largest, pairs below the threshold barred. A track
takes the identity of most of its pairs; among equal ones, that of the larger overlap.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from vcn.equations.boxes import iou_table
from vcn.evaluate.result import FilmOutcome
from vcn.evaluate.truth import FORMATS_HINT, BoxTruth, SpanTruth, TrackTruth, bad_row
from vcn.types import BoolArray, Float64Array, IntArray

_OTHER_FILM = "Are these the labels of another film?"


@dataclass(frozen=True, slots=True)
class BoxMatch:
    """Truth boxes and the tracks that they fit; N boxes, T tracks."""

    frame: IntArray
    """(N,) the frame of each box of truth."""
    track: IntArray
    """(N,) the track that it fits, -1 where none does."""
    iou: Float64Array
    """(N,) overlap with it, 0 where none."""
    row_of_track: IntArray
    """(T,) a row of truth that carries the identity of the track, -1 where none."""
    on_labelled_frame: BoolArray
    """(T,) tracks on screen on some labelled frame."""
    n_mixed: int
    """Tracks that fit boxes of more than one identity."""


def match_boxes(film: FilmOutcome, truth: BoxTruth, iou: float) -> BoxMatch:
    """Pair the boxes of truth with the tracks of a result.

    Boxes that are left out of the scores are paired too, so that a track on one of them
    is left out as well and no other face takes it.

    Raises:
        DataError: A row lies outside the film or its picture.
    """
    frame = _frames(film, truth)
    xyxy = _inside(film, truth)
    labelled = np.unique(frame)
    boxes = film.boxes_at(labelled)
    track = np.full(len(truth), -1, np.int64)
    overlap = np.zeros(len(truth))
    order = np.argsort(frame, kind="stable")
    truth_edges = np.searchsorted(frame[order], np.append(labelled, np.inf))
    boxes_edges = np.searchsorted(boxes.frame, np.append(labelled, np.inf))
    for i in range(len(labelled)):
        rows = order[truth_edges[i] : truth_edges[i + 1]]
        here = slice(boxes_edges[i], boxes_edges[i + 1])
        table = iou_table(xyxy[rows], boxes.xyxy[here])
        for a, b in _pairs(table, iou):
            track[rows[a]] = boxes.track[here][b]
            overlap[rows[a]] = table[a, b]
    on_labelled = np.zeros(film.n_tracks, np.bool_)
    on_labelled[boxes.track] = True
    row_of_track, n_mixed = _majority(film.n_tracks, truth, track, overlap)
    return BoxMatch(frame, track, overlap, row_of_track, on_labelled, n_mixed)


def match_tracks(film: FilmOutcome, truth: TrackTruth) -> IntArray:
    """(T,) the row of truth of each track, -1 where it has none.

    The labels of BBT and Buffy (`.ids`) name tracks as their `.tracks` file does: where the
    tracks of the result were given, by those ids; else by its own.

    Raises:
        DataError: The result has no such track, or another number of labels than tracks.
    """
    given = truth.format == "ids" and any(one is not None for one in film.given_id)
    if truth.format == "labels" and len(truth) != film.n_tracks:
        row = int(truth.row[min(len(truth), film.n_tracks + 1) - 1])
        raise bad_row(
            truth,
            row,
            f"{len(truth)} labels for {film.n_tracks} tracks of {film.path}; it was taken for one "
            f"label a line, and the first is {truth.identity[0][:40]!r}",
            FORMATS_HINT,
        )
    out = np.full(film.n_tracks, -1, np.int64)
    places: dict[str, list[int]] = defaultdict(list)
    for place in range(film.n_tracks):
        places[str(film.given_id[place] if given else place)].append(place)
    for i, track in enumerate(truth.track.tolist()):
        if str(track) not in places:
            raise bad_row(
                truth,
                int(truth.row[i]),
                f"there is no {'given ' * given}track {track} among the {film.n_tracks} "
                f"of {film.path}",
                _OTHER_FILM,
            )
        out[places[str(track)]] = i
    return out


def check_spans(film: FilmOutcome, truth: SpanTruth) -> None:
    """Raise DataError where a span of truth lies outside the film."""
    # A second is as fine as people write the end of a film.
    outside = (truth.start < film.start_seconds - 1) | (truth.end > film.end_seconds + 1)
    for i in np.flatnonzero(outside):
        raise bad_row(
            truth,
            int(truth.row[i]),
            f"{truth.start[i]:g} to {truth.end[i]:g} s lies outside the film, "
            f"{film.start_seconds:.2f} to {film.end_seconds:.2f} s",
            _OTHER_FILM,
        )


def _pairs(table: Float64Array, least: float) -> list[tuple[int, int]]:
    """Rows and columns of the one-to-one choice with the largest sum, each >= `least`."""
    if not (table >= least).any():
        return []
    if table.shape == (1, 1):
        return [(0, 0)]
    from scipy.optimize import linear_sum_assignment

    allowed = np.where(table >= least, table, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return [
        (int(a), int(b))
        for a, b in zip(rows, columns, strict=True)
        if table[a, b] >= least and table[a, b] > 0
    ]


def _frames(film: FilmOutcome, truth: BoxTruth) -> IntArray:
    if truth.frame is not None:
        for i in np.flatnonzero(truth.frame >= film.n_frames):
            shown = int(truth.frame[i]) + (truth.format == "mot")
            raise bad_row(
                truth,
                int(truth.row[i]),
                f"frame {shown} is beyond the end of the film, which has {film.n_frames} frames",
                _OTHER_FILM,
            )
        return truth.frame
    assert truth.seconds is not None
    outside = (truth.seconds < film.start_seconds - 5e-4) | (truth.seconds >= film.end_seconds)
    for i in np.flatnonzero(outside):
        raise bad_row(
            truth,
            int(truth.row[i]),
            f"{truth.seconds[i]:g} s is outside the film, "
            f"{film.start_seconds:.2f} to {film.end_seconds:.2f} s",
            _OTHER_FILM,
        )
    return film.frame_at(truth.seconds)


def _inside(film: FilmOutcome, truth: BoxTruth) -> Float64Array:
    """The boxes, clipped to the picture as those of the result are.

    A face may be cut by the edge; one whose middle is outside is of another picture.
    """
    middle = (truth.xyxy[:, :2] + truth.xyxy[:, 2:]) / 2
    outside = (middle < 0).any(axis=1) | (middle > (film.width, film.height)).any(axis=1)
    for i in np.flatnonzero(outside):
        box = ",".join(f"{value:g}" for value in truth.xyxy[i])
        raise bad_row(
            truth,
            int(truth.row[i]),
            f"the box {box} lies outside the picture, {film.width}x{film.height}",
            _OTHER_FILM,
        )
    size = np.array([film.width, film.height, film.width, film.height], np.float64)
    return np.clip(truth.xyxy, 0, size)


def _majority(
    n_tracks: int, truth: BoxTruth, track: IntArray, overlap: Float64Array
) -> tuple[IntArray, int]:
    """A row with the identity of each track, and how many tracks fit several identities."""
    out = np.full(n_tracks, -1, np.int64)
    rows = np.flatnonzero(track >= 0)
    if not len(rows):
        return out, 0
    names, code = np.unique(np.array(truth.identity)[rows], return_inverse=True)
    # What is left out is one identity, whatever its word, and never that of a person.
    code = np.where(truth.left_out[rows], len(names), code)
    key = track[rows] * (len(names) + 1) + code
    keys, first, inverse, count = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    total = np.bincount(inverse, weights=overlap[rows])
    owner = keys // (len(names) + 1)
    # The best of each track comes last: most pairs, then overlap, then the earlier row.
    order = np.lexsort((-rows[first], total, count, owner))
    last = np.append(owner[order][1:] != owner[order][:-1], True)
    best = order[last]
    out[owner[best]] = rows[first[best]]
    return out, int((np.bincount(owner, minlength=n_tracks) > 1).sum())
