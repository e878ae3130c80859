"""People without a visible face: looked for in a pass of their own, then given to people.

Only where the pack brings a detector of people. What is found says nothing of the faces but
what their bodies look like.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from vcn.config import RunConfig
from vcn.cues.levels import Context, LevelReading, contexts
from vcn.detectors.person import PersonDetector
from vcn.equations.cosine import cosine_distances
from vcn.nets.body import BodyModel
from vcn.pipeline.directions import mean_directions
from vcn.runtime.store import Artefact, Draft
from vcn.stages.detect import Schedule
from vcn.stages.figures import chained, cut, faces_in, nearest_face, spans, whose
from vcn.types import (
    UNKNOWN,
    Bodies,
    BoolArray,
    Figures,
    FloatArray,
    IntArray,
    Setting,
    Shot,
    Timeline,
    Track,
)
from vcn.video import Video


def look_for_people(
    video: Video,
    shots: Sequence[Shot],
    detector: PersonDetector,
    model: BodyModel,
    rate: float,
    draft: Draft,
    advance: Callable[[int], None],
) -> None:
    """Go through the film, and write who is where and what the bodies look like.

    Args:
        video: The open film.
        shots: Of it.
        detector: Finds people.
        model: Looks at bodies.
        rate: Searches a second, beside the first picture of each shot.
        draft: Where to write; `load_bodies` reads it back.
        advance: Called with the number of frames read since the last call.
    """
    schedule, starts = Schedule(rate), {shot.start for shot in shots}
    searched, counts, rows, features = array("q"), array("q"), array("f"), array("f")
    for frame in video.frames():
        advance(1)
        if frame.time.index in starts:
            schedule.restart()
        if not schedule.due(frame.time.seconds):
            continue
        xyxy, _ = detector.detect(frame.image)
        searched.append(frame.time.index)
        counts.append(len(xyxy))
        if len(xyxy):
            rows.extend(xyxy.ravel().tolist())
            found = model.embed(cut(frame.image, xyxy, model.spec.input_size))
            features.extend(found.ravel().tolist())
    at = np.array(searched, np.int64)
    shot = np.searchsorted([shot.start for shot in shots], at, side="right") - 1
    stops = np.array([shot.stop for shot in shots], np.int64)
    until = np.minimum(np.append(at[1:], stops[-1:]), stops[shot])
    for name, values in (("frame", at), ("until", until), ("shot", shot)):
        draft.put_array(name, np.repeat(values, np.array(counts, np.int64)))
    draft.put_array("xyxy", np.array(rows, np.float32).reshape(-1, 4))
    draft.put_array("feature", np.array(features, np.float32).reshape(-1, model.spec.embedding_dim))


def load_bodies(found: Artefact) -> Bodies:
    """Read what `look_for_people` wrote.

    Raises:
        DataError: It cannot be read.
    """
    return Bodies(*(found.array(name) for name in ("frame", "until", "shot", "xyxy", "feature")))


def bodies_of(bodies: Bodies, tracks: Sequence[Track], extended: FloatArray) -> FloatArray:
    """(T, B) what the body of each track looks like.

    Args:
        bodies: People of the film.
        tracks: Faces.
        extended: (T, B) the same by boxes that are extended from those of the faces: for
            tracks in whose pictures the detector saw nobody.
    """
    face = faces_in(bodies, tracks)
    rows = np.flatnonzero(face != UNKNOWN)
    rows = rows[np.argsort(face[rows], kind="stable")]
    seen = mean_directions(bodies.feature[rows], face[rows], len(tracks))
    return np.where(seen.any(axis=1, keepdims=True), seen, extended)


def figures_of(
    bodies: Bodies,
    tracks: Sequence[Track],
    looks: FloatArray,
    setting: Setting,
    timeline: Timeline,
    labels: IntArray,
    config: RunConfig,
) -> Figures:
    """Who is seen without a face, and who that is.

    A body that shows a face at another moment of its shot is that face's person. Any other is
    compared with those around it.

    Args:
        bodies: People of the film.
        tracks: T faces.
        looks: (T, B) of `bodies_of`.
        setting: Of the tracks.
        timeline: Of the film.
        labels: (T,) the person of each track, or -1.
        config: Of bodies, and of what their distances mean.
    """
    face, run = faces_in(bodies, tracks), chained(bodies, config.figures.overlap)
    found = sorted(spans(bodies, face, run), key=lambda rows: rows.tolist())
    first = np.array([rows[0] for rows in found], np.int64)
    last = np.array([rows[-1] for rows in found], np.int64)
    start, stop = bodies.frame[first], bodies.until[last]
    track = np.array([nearest_face(bodies, face, run, rows) for rows in found], np.int64)
    person = np.append(labels, UNKNOWN)[track]
    probability = (person != UNKNOWN).astype(np.float32)
    alone = np.flatnonzero(track == UNKNOWN)
    if len(alone) and len(tracks) + len(alone) <= config.cluster.dense_tracks:
        seconds = [
            (timeline.seconds(int(a)), timeline.seconds(int(b)))
            for a, b in zip(start[alone], stop[alone], strict=True)
        ]
        owner = np.repeat(np.arange(len(alone)), [len(found[u]) for u in alone.tolist()])
        rows = np.concatenate([found[u] for u in alone.tolist()])
        everybody = Setting(
            np.concatenate([setting.shot, bodies.shot[first[alone]]]),
            np.concatenate([setting.seconds, np.array(seconds, np.float64).reshape(-1, 2)]),
            setting.scene,
            setting.threads,
        )
        own = mean_directions(bodies.feature[rows], owner, len(alone))
        apart = _together(bodies, tracks, [found[u] for u in alone.tolist()])
        weight, around = _compared(np.concatenate([looks, own]), everybody, apart, labels, config)
        for u, w, near in zip(alone.tolist(), weight, around, strict=True):
            person[u], probability[u] = whose(w, labels, near)
            if probability[u] < config.figures.min_probability:
                person[u] = UNKNOWN
    shot = bodies.shot[first]
    return Figures(shot, start, stop, bodies.xyxy[first], track, person, probability)


def _together(bodies: Bodies, tracks: Sequence[Track], found: Sequence[IntArray]) -> BoolArray:
    """(U, T) whether a face is on screen beside a body without one."""
    out = np.zeros((len(found), len(tracks)), np.bool_)
    shots = np.array([track.shot for track in tracks], np.int64)
    for u, rows in enumerate(found):
        for t in np.flatnonzero(shots == bodies.shot[rows[0]]).tolist():
            out[u, t] = np.isin(bodies.frame[rows], tracks[t].frame).any()
    return out


def _compared(
    looks: FloatArray, setting: Setting, apart: BoolArray, labels: IntArray, config: RunConfig
) -> tuple[FloatArray, BoolArray]:
    """(U, T) log-odds that a body without a face is a track's, and (U, T) where that is said.

    What a distance of bodies means is learnt from the people found, and from those who are on
    screen together.
    """
    n = len(labels)
    context = contexts(setting, config.figures.near_seconds)
    reading = LevelReading(cosine_distances(looks).astype(np.float32), context, config.evidence)
    who = np.concatenate([labels, np.full(len(looks) - n, UNKNOWN)])
    same = (who[:, None] == who[None, :]) & (who != UNKNOWN)[:, None]
    counts = ((who[:, None] != UNKNOWN) & (who[None, :] != UNKNOWN)).astype(np.float32)
    counts[n:, :n] = apart
    counts[:n, n:] = apart.T
    weight = reading.weights(same.astype(np.float64), counts)[n:, :n]
    known = ~np.isnan(reading.distance[n:, :n])
    return weight, (context[n:, :n] != Context.far) & known & ~apart
