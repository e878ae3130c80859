"""`FilmResult` -> the object that clusters.json holds (clusters.schema.json).

Times are seconds in the stream's own clock. `stop_frame` is one past the last frame and
`end_seconds` the moment at which that last frame leaves the screen.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vcn.config import SCHEMA_VERSION, ReportConfig
from vcn.errors import DataError
from vcn.report.exemplars import exemplars_of, tracks_of
from vcn.types import (
    CastNames,
    Corrected,
    Figures,
    FilmResult,
    Heard,
    IntArray,
    Reason,
    Timeline,
    Track,
)
from vcn.types.rate import rate_of

Json = dict[str, Any]


def film_document(result: FilmResult, boxes_file: str, config: ReportConfig) -> Json:
    """The content of clusters.json: plain values only, in a fixed order.

    Args:
        result: What the run found.
        boxes_file: File name of the table of boxes, which lies in the same folder.
        config: How many boxes and exemplars to list.

    Raises:
        DataError: The manifest holds a value that JSON cannot.
    """
    reasons = unknown_reasons(result)
    document = {
        "schema_version": SCHEMA_VERSION,
        "manifest": plain({f.name: getattr(result.manifest, f.name) for f in _manifest(result)}),
        "video": _video(result),
        "shots": [
            {
                "index": shot.index,
                "start_frame": shot.start,
                "stop_frame": shot.stop,
                "start_seconds": result.timeline.seconds(shot.start),
                "end_seconds": result.timeline.end_seconds(shot.stop - 1),
            }
            for shot in result.shots
        ],
        "people": [_person(result, person, config) for person in people(result)],
        "tracks": [_track(result, track, reasons.get(track.id), config) for track in result.tracks],
        **({} if result.scene is None else {"scenes": _scenes(result)}),
        "unknown": [{"track": track, "reason": str(why)} for track, why in reasons.items()],
        "boxes_file": boxes_file,
    }
    if result.heard is not None:
        document["sound"] = plain(result.heard.sound)
        document["utterances"] = [_utterance(result.heard, u) for u in range(len(result.heard))]
    if result.figures is not None:
        document["figures"] = [
            _figure(result, result.figures, u) for u in range(len(result.figures))
        ]
    if result.corrections is not None:
        document["corrections"] = _corrections(result.corrections)
    if result.cast is not None:
        document["cast"] = _cast(result.cast)
    return document


def people(result: FilmResult) -> range:
    """Ids of the people: the labels of the clustering."""
    return range(result.clustering.n_clusters)


def called(result: FilmResult, person: int) -> str:
    """The name of a person, or what it is called until it has one."""
    return result.name_of(person) or person_label(person)


def person_label(person: int) -> str:
    """What a person is called until somebody gives a name: people count from 1."""
    return f"Person {person + 1}"


def result_key(content_hash: str | None, tracks: Iterable[Iterable[int]]) -> str:
    """A key for "these people of this film": names given to them fit no other result.

    Args:
        content_hash: Of the film.
        tracks: The track ids of each person, in the order of people.
    """
    content = json.dumps([content_hash, [list(ids) for ids in tracks]])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def unknown_reasons(result: FilmResult) -> dict[int, Reason]:
    """Why each unknown track is unknown, by track id in the film's order.

    A track that passed the gates on quality and still got no person is `uncertain`.
    """
    return {
        int(t): result.quality.reason[t] or Reason.uncertain
        for t in np.flatnonzero(result.clustering.labels < 0)
    }


def frames_on_screen(tracks: Sequence[Track]) -> IntArray:
    """Distinct frames on which at least one of the tracks is present, interpolated ones too."""
    if not tracks:
        return np.empty(0, np.int64)
    return np.unique(np.concatenate([track.frame for track in tracks]))


def screen_time(timeline: Timeline, tracks: Sequence[Track]) -> float:
    """Seconds of film during which at least one of the tracks is on screen."""
    return timeline.duration_of(frames_on_screen(tracks))


def plain(value: Any) -> Any:
    """The value as JSON types: mappings to dict, sequences to list, fractions to "n/d".

    Raises:
        DataError: A number that is not finite, or a type that JSON has no place for.
    """
    if isinstance(value, str):
        # File names may hold bytes that are not UTF-8; JSON may not.
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DataError(f"a result holds the number {value}, which JSON cannot")
        return value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Path):
        return plain(str(value))
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise DataError(f"a result holds a {type(value).__name__}, which JSON cannot")


def _manifest(result: FilmResult) -> tuple[Any, ...]:
    return fields(result.manifest)


def _video(result: FilmResult) -> Json:
    info, timeline = result.video, result.timeline
    start = timeline.seconds(0) if len(timeline) else 0.0
    end = timeline.seconds(len(timeline)) if len(timeline) else 0.0
    rate = rate_of(timeline, info.frame_rate)
    video: Json = plain(
        {
            "path": info.path,
            "content_hash": result.manifest.video.get("content_hash"),
            "width": info.width,
            "height": info.height,
            "frame_rate": info.frame_rate,
            "time_base": timeline.time_base,
            "n_frames": len(timeline),
            "start_seconds": start,
            "duration_seconds": end - start,
            "shown_seconds": timeline.shown_seconds,
            "nominal_rate": rate.nominal,
            "variable_rate": not rate.constant,
            "timecode": info.timecode,
        }
    )
    return video


def _person(result: FilmResult, person: int, config: ReportConfig) -> Json:
    tracks, timeline, heard = tracks_of(result, person), result.timeline, result.heard
    return {
        "id": person,
        "name": result.name_of(person),
        **_ignored(result, person),
        "tracks": [track.id for track in tracks],
        "screen_time_seconds": screen_time(timeline, tracks),
        **({} if heard is None else {"heard_seconds": round(heard.seconds_of(person), 3)}),
        **_no_face(result, person),
        "first_seconds": timeline.seconds(min(int(t.frame[0]) for t in tracks)),
        "last_seconds": timeline.end_seconds(max(int(t.frame[-1]) for t in tracks)),
        **_likely(result, person),
        **_nearest(result, person),
        "exemplars": [
            _exemplar(result, result.tracks[t])
            for t in exemplars_of(result, person, config.exemplars)
        ],
    }


def _utterance(heard: Heard, u: int) -> Json:
    known = {
        name: int(values[u]) if values[u] >= 0 else None
        for name, values in (
            ("person", heard.person),
            ("track", heard.track),
            ("voice", heard.voice),
        )
    }
    return {
        "start_seconds": round(float(heard.start[u]), 3),
        "end_seconds": round(float(heard.end[u]), 3),
        **known,
        "probability": round(float(heard.probability[u]), 3),
    }


def _figure(result: FilmResult, figures: Figures, u: int) -> Json:
    start, stop = int(figures.start[u]), int(figures.stop[u])
    track, person = int(figures.track[u]), int(figures.person[u])
    return {
        "shot": int(figures.shot[u]),
        "start_frame": start,
        "stop_frame": stop,
        "start_seconds": result.timeline.seconds(start),
        "end_seconds": result.timeline.end_seconds(stop - 1),
        "xyxy": [round(float(value), 2) for value in figures.xyxy[u]],
        "person": person if person >= 0 else None,
        "track": track if track >= 0 else None,
        "probability": round(float(figures.probability[u]), 3),
    }


def _no_face(result: FilmResult, person: int) -> Json:
    """How long a person is on screen without showing the face."""
    if result.figures is None:
        return {}
    shown = frames_on_screen(tracks_of(result, person))
    frames = np.setdiff1d(result.figures.frames_of(person), shown)
    return {"no_face_seconds": result.timeline.duration_of(frames)}


def _ignored(result: FilmResult, person: int) -> Json:
    said = result.corrections
    return {"ignored": True} if said is not None and person in said.ignored else {}


def _corrections(said: Corrected) -> Json:
    keys = ("why", "entry", "text", "other")
    return {
        "file": plain(said.file),
        "held": said.n_held,
        "problems": [dict(zip(keys, plain(problem), strict=True)) for problem in said.problems],
    }


def _cast(names: CastNames) -> Json:
    return {
        "source": plain(names.source),
        "pack": names.pack,
        "names": list(names.known),
        "problems": [{"photograph": plain(p), "text": plain(text)} for p, text in names.problems],
    }


def _likely(result: FilmResult, person: int) -> Json:
    """What the cast says that a person is called, fact or suggestion."""
    one = None if result.cast is None else result.cast.people.get(person)
    if one is None:
        return {}
    return {
        "likely": {
            "name": one.name,
            "probability": round(one.probability, 4),
            "sure": one.sure,
            "same_as": one.same_as,
        }
    }


def _exemplar(result: FilmResult, track: Track) -> Json:
    taken = int(result.thumbnail_frame[track.id])
    row = min(int(np.searchsorted(track.frame, taken)), len(track) - 1)
    frame = int(track.frame[row])
    return {
        "track": track.id,
        "frame": frame,
        "seconds": result.timeline.seconds(frame),
        "xyxy": _box(track, row),
    }


def _track(result: FilmResult, track: Track, reason: Reason | None, config: ReportConfig) -> Json:
    timeline = result.timeline
    start, stop = int(track.frame[0]), int(track.frame[-1]) + 1
    label = int(result.clustering.labels[track.id])
    return {
        "id": track.id,
        "shot": track.shot,
        "person": label if label >= 0 else None,
        "reason": None if reason is None else str(reason),
        "start_frame": start,
        "stop_frame": stop,
        "start_seconds": timeline.seconds(start),
        "end_seconds": timeline.end_seconds(stop - 1),
        **({} if track.given is None else {"given_id": track.given}),
        "quality": {"ser_fiq": round(float(result.quality.track_score[track.id]), 6)},
        **_why_track(result, track.id, label),
        "boxes": [
            {
                "frame": int(track.frame[row]),
                "seconds": timeline.seconds(int(track.frame[row])),
                "xyxy": _box(track, row),
                "observed": bool(track.observed[row]),
            }
            for row in _sampled(timeline, track, config.boxes_per_second)
        ],
    }


def _why_track(result: FilmResult, track: int, label: int) -> Json:
    """How likely a track belongs to its person, and what each cue said."""
    if result.why is None or label < 0:
        return {}
    because = {name: round(float(v[track]), 3) for name, v in result.why.because.items()}
    probability = round(float(result.why.probability[track]), 4)
    return {"probability": probability, "because": {**because, "prior": round(result.why.prior, 3)}}


def _nearest(result: FilmResult, person: int) -> Json:
    """The person most likely to be the same one, and the odds that it is."""
    if result.why is None or person >= len(result.why.nearest):
        return {}
    other = int(result.why.nearest[person])
    if other < 0:
        return {"nearest": None}
    odds = float(result.why.log_odds[person])
    return {"nearest": {"person": other, "log_odds": round(odds, 3)}}


def _scenes(result: FilmResult) -> list[Json]:
    """Runs of shots that set-ups hold together."""
    assert result.scene is not None
    shots, timeline = result.shots, result.timeline
    edges = np.flatnonzero(np.diff(result.scene, prepend=-1)).tolist()
    return [
        {
            "index": index,
            "first_shot": first,
            "last_shot": last - 1,
            "start_seconds": timeline.seconds(shots[first].start),
            "end_seconds": timeline.end_seconds(shots[last - 1].stop - 1),
        }
        for index, (first, last) in enumerate(zip(edges, [*edges[1:], len(shots)], strict=True))
    ]


def _sampled(timeline: Timeline, track: Track, rate: float) -> list[int]:
    """Rows of a track: the first, the last, and `rate` a second between."""
    seconds = timeline.pts[track.frame] * float(timeline.time_base)
    grid = np.arange(seconds[0], seconds[-1], 1 / rate)
    rows = np.searchsorted(seconds, grid)
    return sorted({0, len(track) - 1, *(int(row) for row in rows)})


def _box(track: Track, row: int) -> list[float]:
    # Hundredths of a pixel: finer than any detector, and float32 digits are noise.
    return [round(float(value), 2) for value in track.xyxy[row]]
