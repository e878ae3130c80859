"""MOTChallenge text: frame, id, left, top, width, height, confidence, -1, -1, -1.

Frames count from 1, and so do pixels of left and top. The id is that of the person plus
1, as in re-identification: it stays the same over cuts. Each unknown track has an id of
its own after those of people.
"""

from __future__ import annotations

import numpy as np

from vcn.export.excerpt import Excerpt, Rendered
from vcn.report.boxes import Boxes
from vcn.types import UNKNOWN, Float64Array

_LEAST = 0.001


def render(excerpt: Excerpt) -> Rendered:
    """The lines by frame, then by id; one box of an id a frame."""
    boxes, n_people = excerpt.boxes(), len(excerpt.film.people)
    score = _confidence(boxes)
    identity = np.where(boxes.person == UNKNOWN, n_people + boxes.track, boxes.person) + 1
    # Of two boxes of one person in a frame the surer goes first, and the other is left out.
    order = np.lexsort((-score, identity, boxes.frame))
    frame, identity = boxes.frame[order], identity[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(frame) != 0) | (np.diff(identity) != 0)
    xyxy, score = boxes.xyxy[order].astype(np.float64), score[order]
    lines = [
        f"{frame[i] + 1},{identity[i]},{x1 + 1:.2f},{y1 + 1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},"
        f"{score[i]:.3f},-1,-1,-1\n"
        for i in np.flatnonzero(first)
        for x1, y1, x2, y2 in [xyxy[i]]
    ]
    notes = ["names are not in this format: the id is that of the person plus 1"]
    if not first.all():
        notes.append(f"{int((~first).sum())} boxes left out: the person is there twice in a frame")
    return Rendered("".join(lines).encode(), tuple(notes))


def _confidence(boxes: Boxes) -> Float64Array:
    """(M,) of the detector; of an interpolated box the mean of its track.

    A confidence of 0 would mean that the box is not to be scored.
    """
    n = int(boxes.track.max(initial=-1)) + 1
    total = np.bincount(boxes.track, boxes.score * boxes.observed, n)
    mean = total / np.maximum(np.bincount(boxes.track, boxes.observed, n), 1)
    score: Float64Array = np.where(boxes.observed, boxes.score, mean[boxes.track])
    return np.maximum(score, _LEAST)
