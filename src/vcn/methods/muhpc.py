"""MuHPC and B-ReID: people by face, body and voice, with thresholds.

Source: Brown, Kalogeiton, Zisserman, ICCVW 2021, by the published notes of it in SYSTEMS 7;
constants that no source states say so. No code was released.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vcn.config import MuHpcConfig
from vcn.methods.persons import PersonFilm, unit
from vcn.types import UNKNOWN, BoolArray, Clustering, Float64Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class MuHpc:
    """Faces by first neighbours, bridges by voice, bodies without a face to their nearest.

    Args:
        config: Thresholds; they belong to the features that the paper used.
        name: In tables.
    """

    config: MuHpcConfig = field(default_factory=MuHpcConfig)
    name: str = "muhpc"

    def __call__(self, film: PersonFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of a film; nothing is random."""
        faces, has_face = film.means("face")
        labels = first_neighbours(faces, has_face, film.cannot_link, self.config.tight)  # stage 1
        threshold = voice_threshold(film, labels)
        if threshold is not None:
            loose = self.config.tight + self.config.delta
            labels = bridged(film, faces, labels, loose, threshold)  # stage 2
        return Clustering.from_labels(placed(film, labels, self.config))  # stage 3


@dataclass(frozen=True, slots=True)
class BReId:
    """B-ReID: bodies alone, by first neighbours as MuHPC has them for faces.

    (The paper names it as a baseline and does not say how bodies are clustered.)
    """

    config: MuHpcConfig = field(default_factory=MuHpcConfig)
    name: str = "b-reid"

    def __call__(self, film: PersonFilm, seed: int) -> Clustering:  # noqa: ARG002
        """Cluster the tracks of a film that show a body; nothing is random."""
        bodies, has_body = film.means("body")
        labels = first_neighbours(bodies, has_body, film.cannot_link, self.config.body_tight)
        return Clustering.from_labels(labels)


def first_neighbours(
    means: FloatArray, has: BoolArray, cannot_link: IntArray, tight: float
) -> IntArray:
    """Stage 1: join first neighbours that are near and share no frame, until none are left.

    Links are taken in order of increasing distance; one that would join tracks that share
    a frame is left out (our choice: components could chain them).

    Args:
        means: (T, D) of length 1.
        has: (T,) tracks that take part; the others get -1.
        cannot_link: (M, 2).
        tight: Largest cosine distance of a link.

    Returns:
        (T,) any numbers, -1 for tracks that take no part.
    """
    labels = np.where(has, np.arange(len(means)), UNKNOWN)
    while True:
        ids = np.unique(labels[labels >= 0])
        if len(ids) < 2:
            return labels
        distance = _between_means(means, labels, ids)
        forbidden = _forbidden(labels, ids, cannot_link)
        distance[forbidden] = np.inf
        np.fill_diagonal(distance, np.inf)
        joined = _join(ids, distance, forbidden, tight)
        if joined is None:
            return labels
        labels = np.where(labels >= 0, joined[np.maximum(labels, 0)], UNKNOWN)


def _join(
    ids: IntArray, distance: Float64Array, forbidden: BoolArray, tight: float
) -> IntArray | None:
    """One round: (max id + 1,) the new number of each, or None where nothing was joined."""
    nearest = distance.argmin(axis=1)
    near = [
        (float(distance[i, k]), i, int(k))
        for i, k in enumerate(nearest.tolist())
        if distance[i, k] <= tight
    ]
    # i and j are linked where one is the other's first neighbour, or both have the same.
    by_neighbour: dict[int, list[int]] = {}
    for _, i, k in near:
        by_neighbour.setdefault(k, []).append(i)
    shared = [
        (float(max(distance[i, k], distance[j, k])), i, j)
        for k, members in by_neighbour.items()
        for a, i in enumerate(members)
        for j in members[a + 1 :]
    ]
    group = {i: {i} for i in range(len(ids))}
    any_joined = False
    for _, i, j in sorted(near + shared):
        one, two = group[i], group[j]
        if one is two or forbidden[np.ix_(sorted(one), sorted(two))].any():
            continue
        one |= two
        for member in two:
            group[member] = one
        any_joined = True
    if not any_joined:
        return None
    new = np.arange(int(ids.max()) + 1)
    for i, members in group.items():
        new[ids[i]] = ids[min(members)]
    return new


def voice_threshold(film: PersonFilm, labels: IntArray) -> float | None:
    """Least distance of voices that are known to be different people's; None: none are known.

    From pairs of tracks that share a frame, and of the people that those tracks are in.
    """
    found = [
        distance
        for one, two in film.cannot_link.tolist()
        if (distance := _nearest_voices(film, _with(labels, one), _with(labels, two))) is not None
    ]
    return min(found) if found else None


def bridged(
    film: PersonFilm, faces: FloatArray, labels: IntArray, loose: float, threshold: float
) -> IntArray:
    """Stage 2: join the nearest people whose faces are near and whose voices are nearer."""
    labels = labels.copy()
    while True:
        ids = np.unique(labels[labels >= 0])
        distance = _between_means(faces, labels, ids)
        distance[_forbidden(labels, ids, film.cannot_link)] = np.inf
        rows, columns = np.nonzero(np.triu(distance < loose, 1))
        order = np.argsort(distance[rows, columns], kind="stable")
        for i, j in zip(ids[rows[order]].tolist(), ids[columns[order]].tolist(), strict=True):
            voices = _nearest_voices(film, labels == i, labels == j)
            if voices is not None and voices < threshold:
                labels[labels == j] = i
                break
        else:
            return labels


def placed(film: PersonFilm, labels: IntArray, config: MuHpcConfig) -> IntArray:
    """Stage 3: a body without a face joins the nearest body of the shots around it.

    It must be near, and clearly nearer than the nearest of anybody else. The number of
    people stays as it is.
    """
    bodies, has_body = film.means("body")
    out = labels.copy()
    for track in np.flatnonzero((labels < 0) & has_body).tolist():
        around = np.abs(film.shot - film.shot[track]) <= config.window
        others = around & has_body & (labels >= 0)
        others[list(_partners(film, track))] = False
        if not others.any():
            continue
        rows = np.flatnonzero(others)
        distance = 1 - bodies[rows].astype(np.float64) @ bodies[track]
        best = int(np.argmin(distance))
        rest = distance[labels[rows] != labels[rows[best]]]
        second = float(rest.min()) if len(rest) else np.inf
        if distance[best] <= config.back and distance[best] <= config.ratio * second:
            out[track] = labels[rows[best]]
    return out


def _partners(film: PersonFilm, track: int) -> Iterator[int]:
    for one, two in film.cannot_link.tolist():
        if track in (one, two):
            yield two if one == track else one


def _with(labels: IntArray, track: int) -> BoolArray:
    """The track, and all tracks of its person."""
    members = labels == labels[track] if labels[track] >= 0 else np.zeros(len(labels), np.bool_)
    members[track] = True
    return members


def _nearest_voices(film: PersonFilm, one: BoolArray, two: BoolArray) -> float | None:
    """Least cosine distance of an utterance of one and an utterance of the other."""
    voices = unit(film.voice.values).astype(np.float64)
    first, second = (voices[members[film.voice.track_index]] for members in (one, two))
    return float(1 - (first @ second.T).max()) if len(first) and len(second) else None


def _between_means(means: FloatArray, labels: IntArray, ids: IntArray) -> Float64Array:
    """(K, K) cosine distance between the means of people."""
    centres = unit(np.stack([means[labels == i].mean(axis=0) for i in ids])).astype(np.float64)
    return 1 - centres @ centres.T


def _forbidden(labels: IntArray, ids: IntArray, cannot_link: IntArray) -> BoolArray:
    """(K, K) people of whom some two tracks share a frame."""
    position = np.full(int(ids.max(initial=0)) + 2, -1)
    position[ids] = np.arange(len(ids))
    out = np.zeros((len(ids), len(ids)), np.bool_)
    pairs = labels[cannot_link]
    pairs = position[pairs[(pairs >= 0).all(axis=1)]]
    out[pairs[:, 0], pairs[:, 1]] = out[pairs[:, 1], pairs[:, 0]] = True
    return out
