"""People by their bodies: which box holds which face, and who is seen without one.

After MuHPC's third stage (Brown et al. 2021): a body without a face is whoever of those around
has such a body. What "such" means is learnt in the film, as for the other cues.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from vcn.types import (
    UNKNOWN,
    Bodies,
    BoolArray,
    Float64Array,
    FloatArray,
    ImageArray,
    IntArray,
    Track,
)


def cut(image: ImageArray, xyxy: FloatArray, size: tuple[int, int]) -> ImageArray:
    """Cut people out of a picture (H, W, 3).

    Args:
        image: RGB.
        xyxy: (n, 4) boxes inside it, a pixel wide and high at least.
        size: Width and height of each result.

    Returns:
        (n, height, width, 3) RGB.
    """
    out = np.empty((len(xyxy), size[1], size[0], 3), np.uint8)
    for row, box in enumerate(xyxy):
        x1, y1 = np.floor(box[:2]).astype(int)
        x2, y2 = np.ceil(box[2:]).astype(int)
        out[row] = cv2.resize(image[y1:y2, x1:x2], size, interpolation=cv2.INTER_AREA)
    return out


def faces_in(bodies: Bodies, tracks: Sequence[Track]) -> IntArray:
    """(M,) the track whose face each person shows, or -1; a face is of one person.

    Args:
        bodies: People of the searched pictures.
        tracks: Faces.
    """
    out = np.full(len(bodies), UNKNOWN)
    rows_of = dict(_searches(bodies))
    n_frames = 1 + max((int(t.frame[-1]) for t in tracks), default=0)
    searched = np.zeros(max(n_frames, int(bodies.frame.max(initial=0)) + 1), np.bool_)
    searched[bodies.frame] = True
    shown: dict[int, list[tuple[int, FloatArray]]] = {}
    for track in tracks:
        for row in np.flatnonzero(searched[track.frame]).tolist():
            shown.setdefault(int(track.frame[row]), []).append((track.id, track.xyxy[row]))
    for frame, faces in shown.items():
        pairs = []
        for row in rows_of[frame].tolist():
            box = bodies.xyxy[row]
            side = np.maximum(box[2:] - box[:2], 1e-6)
            for number, (_, face) in enumerate(faces):
                x, y = ((face[:2] + face[2:]) / 2 - box[:2]) / side
                if 0 <= x <= 1 and 0 <= y <= 1 and face[2] - face[0] <= side[0]:
                    # The head is amid the shoulders, at the top: whose face fits best, has it.
                    pairs.append((abs(float(x) - 0.5) + float(y), row, number))
        taken: set[int] = set()
        for _, row, number in sorted(pairs):
            if out[row] == UNKNOWN and number not in taken:
                out[row] = faces[number][0]
                taken.add(number)
    return out


def chained(bodies: Bodies, overlap: float) -> IntArray:
    """(M,) the number of each person's run through its shot: boxes that overlap, search by search.

    Args:
        bodies: People of the searched pictures.
        overlap: Least intersection over union.
    """
    out = np.arange(len(bodies))
    before: IntArray = np.empty(0, np.int64)
    for _, rows in _searches(bodies):
        of_shot = len(before) > 0 and bodies.shot[before[0]] == bodies.shot[rows[0]]
        if of_shot and bodies.until[before[0]] == bodies.frame[rows[0]]:
            share = _overlaps(bodies.xyxy[before], bodies.xyxy[rows])
            while share.size and share.max() >= overlap:
                a, b = np.unravel_index(int(share.argmax()), share.shape)
                out[rows[b]] = out[before[a]]
                share[a], share[:, b] = -1, -1
        before = rows
    return out


def _searches(bodies: Bodies) -> Iterator[tuple[int, IntArray]]:
    edges = np.flatnonzero(np.diff(bodies.frame, prepend=-1)).tolist()
    for start, stop in zip(edges, [*edges[1:], len(bodies)], strict=True):
        yield int(bodies.frame[start]), np.arange(start, stop)


def _overlaps(one: FloatArray, two: FloatArray) -> Float64Array:
    """(n, m) intersection over union."""
    a, b = one[:, None].astype(np.float64), two[None].astype(np.float64)
    side = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    both = np.clip(side, 0, None).prod(axis=-1)
    area = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1)
    return np.asarray(both / np.maximum(area - both, 1e-9))


def spans(bodies: Bodies, face: IntArray, run: IntArray) -> Iterator[IntArray]:
    """Rows of each span without a face: searches of one run, one after the other."""
    for number in np.unique(run):
        rows = np.flatnonzero(run == number)
        bare = rows[face[rows] == UNKNOWN]
        breaks = np.flatnonzero(bodies.until[bare[:-1]] != bodies.frame[bare[1:]]) + 1
        yield from (part for part in np.split(bare, breaks) if len(part))


def nearest_face(bodies: Bodies, face: IntArray, run: IntArray, span: IntArray) -> int:
    """The track that a span's run shows nearest in time, or -1: it never shows a face."""
    rows = np.flatnonzero((run == run[span[0]]) & (face != UNKNOWN))
    if not len(rows):
        return UNKNOWN
    gap = np.abs(bodies.frame[rows, None] - bodies.frame[span]).min(axis=1)
    return int(face[rows[int(gap.argmin())]])


def whose(weight: FloatArray, labels: IntArray, around: BoolArray) -> tuple[int, float]:
    """The person whose body it is, and how probable: somebody else is one more candidate.

    Args:
        weight: (T,) log-odds that a body is that of each track, by their bodies alone.
        labels: (T,) the person of each track, or -1.
        around: (T,) tracks that it can be compared with.

    Returns:
        The most probable, -1 where nobody is around; with its probability.
    """
    people = np.unique(labels[around & (labels != UNKNOWN)])
    if not len(people):
        return UNKNOWN, 0.0
    odds = np.array([weight[around & (labels == p)].mean() for p in people], np.float64)
    share = np.exp(odds) / (1 + np.exp(odds).sum())
    best = int(share.argmax())
    return int(people[best]), float(share[best])
