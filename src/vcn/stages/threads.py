"""Threads: shots that show one set-up, and the faces that stand where a face stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vcn.config import ThreadConfig
from vcn.equations.boxes import iou_table
from vcn.types import Float64Array, FloatArray, ImageArray, IntArray, SetUps, Shot, Track

_CELLS = 8
"""A picture is compared in so many parts across and down."""
_FLAT = 4.0
"""Grey levels of deviation under which a part shows nothing."""
_LEAST = 8
"""Parts, matches and features of which a map needs more."""


_DISSOLVE = 4
"""Frames of the shortest dissolve."""


class Link(NamedTuple):
    """Two shots that show one set-up."""

    first: int
    second: int
    map: Float64Array
    """(2, 3) from the last picture of the first to the first of the second, at the width of
    the features."""


def find_links(
    setups: SetUps, n_shots: int, config: ThreadConfig, on_shots: Callable[[int], None]
) -> list[Link]:
    """The pairs of shots of one set-up.

    The last picture of a shot is compared with the first of later ones: ORB features, the
    ratio test, a similarity by RANSAC, the criterion of Brown and Lowe (2007) for a true one,
    and agreement of most of the picture under it. Where one shot dissolves into the next both
    pictures are mixtures of the same two: then the outer ones must be of one set-up.
    """
    links = []
    for first in range(n_shots):
        on_shots(1)
        if len(setups.features(2 * first + 1)[0]) < _LEAST:
            continue
        for second in range(first + 1, min(first + 1 + config.window, n_shots)):
            found = _one_set_up(setups, 2 * first + 1, 2 * second, config)
            if found is None:
                continue
            mixed = second == first + 1 and _dissolves(setups, first)
            if not mixed or _one_set_up(setups, 2 * first, 2 * second + 1, config) is not None:
                links.append(Link(first, second, found))
    return links


def _dissolves(setups: SetUps, shot: int) -> bool:
    """Whether a shot goes over into the next step by step.

    One step of a dissolve of n frames is 1 / n of the way from the first picture of the one shot
    to the last of the other; an abrupt cut is most of it.
    """
    pictures = [np.array(setups.pictures[2 * shot + n], np.float32) for n in range(4)]
    way = float(np.abs(pictures[0] - pictures[3]).mean())
    return float(np.abs(pictures[1] - pictures[2]).mean()) < way / _DISSOLVE


def _one_set_up(
    setups: SetUps, first: int, second: int, config: ThreadConfig
) -> Float64Array | None:
    """(2, 3) map between two pictures of one set-up; None: they are not."""
    points, descriptors = setups.features(first)
    others, described = setups.features(second)
    if min(len(points), len(others)) < _LEAST:
        return None
    matched = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(
        np.array(descriptors), np.array(described), k=2
    )
    pairs = [
        pair[0]
        for pair in matched
        if len(pair) == 2 and pair[0].distance < config.ratio * pair[1].distance
    ]
    found = _map(points, others, pairs, config)
    if found is None:
        return None
    here, there = np.array(setups.pictures[first]), np.array(setups.pictures[second])
    return found if _agreement(here, there, found, config) >= config.agree else None


def _map(
    points: FloatArray, others: FloatArray, pairs: Sequence[cv2.DMatch], config: ThreadConfig
) -> Float64Array | None:
    if len(pairs) < _LEAST:
        return None
    a = np.array([points[pair.queryIdx] for pair in pairs], np.float32)
    b = np.array([others[pair.trainIdx] for pair in pairs], np.float32)
    cv2.setRNGSeed(0)  # RANSAC draws from OpenCV's own source of chance
    found, inlier = cv2.estimateAffinePartial2D(
        a, b, method=cv2.RANSAC, ransacReprojThreshold=config.reprojection
    )
    if found is None:
        return None
    alpha, beta = config.inliers
    low, high = config.scale
    scale = float(np.hypot(found[0, 0], found[1, 0]))
    if int(inlier.sum()) < alpha + beta * len(pairs) or not low < scale < high:
        return None
    return np.asarray(found, np.float64)


def _agreement(
    here: ImageArray, there: ImageArray, found: Float64Array, config: ThreadConfig
) -> float:
    """Share of the parts of a picture that agree when the other is mapped onto it."""
    height, width = there.shape[:2]
    matrix = found.copy()
    matrix[:, 2] *= width / config.width
    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (here, there))
    a = cv2.GaussianBlur(cv2.warpAffine(a, matrix, (width, height)), (0, 0), 0.8)
    b = cv2.GaussianBlur(b, (0, 0), 0.8)
    seen = cv2.warpAffine(np.ones((height, width), np.float32), matrix, (width, height))
    agree = []
    for y in range(_CELLS):
        for x in range(_CELLS):
            part = np.s_[
                y * height // _CELLS : (y + 1) * height // _CELLS,
                x * width // _CELLS : (x + 1) * width // _CELLS,
            ]
            p, q = a[part] - a[part].mean(), b[part] - b[part].mean()
            if seen[part].mean() < 0.9 or max(p.std(), q.std()) < _FLAT:
                continue
            agree.append((p * q).mean() / max(float(p.std() * q.std()), 1e-6) > config.correlation)
    return float(np.mean(agree)) if len(agree) >= _LEAST else 0.0


def face_threads(
    links: Sequence[Link],
    tracks: Sequence[Track],
    shots: Sequence[Shot],
    width: int,
    config: ThreadConfig,
) -> IntArray:
    """Pairs of tracks: a face at the end of a shot, and one that stands there in a later one.

    Args:
        links: Shots of one set-up.
        tracks: T tracks.
        shots: S shots.
        width: Of the displayed picture in pixels.
        config: Overlap of the two boxes.

    Returns:
        (M, 2).
    """
    scale = config.width / width
    of_shot: dict[int, list[Track]] = defaultdict(list)
    for track in tracks:
        of_shot[track.shot].append(track)
    found: list[tuple[int, int]] = []
    for link in links:
        end, start = shots[link.first].stop - 1, shots[link.second].start
        here = [t for t in of_shot[link.first] if t.frame[-1] >= end - _SLACK]
        there = [t for t in of_shot[link.second] if t.frame[0] <= start + _SLACK]
        if not here or not there:
            continue
        ends = np.stack([_moved(track.xyxy[-1] * scale, link.map) for track in here])
        table = iou_table(ends, np.stack([track.xyxy[0] * scale for track in there]))
        overlaps = sorted(
            (
                (float(table[i, j]), a.id, b.id)
                for i, a in enumerate(here)
                for j, b in enumerate(there)
            ),
            reverse=True,
        )
        taken: set[tuple[str, int]] = set()
        for overlap, a, b in overlaps:
            if overlap < config.overlap:
                break
            if ("a", a) not in taken and ("b", b) not in taken:
                taken |= {("a", a), ("b", b)}
                found.append((a, b))
    return np.array(found, np.int64).reshape(-1, 2)


_SLACK = 3
"""Frames between the end of a track and that of its shot: not every frame is searched."""


def _moved(xyxy: FloatArray, matrix: Float64Array) -> Float64Array:
    corners = xyxy.reshape(2, 2).astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])
