"""Faces for the pages, cut from the film itself where it is still there.

clusters.json holds no pictures, so the film that it names is read once more, up to the
last face that is shown. Only a film with the same content hash will do: faces of another
cut would show the wrong people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcn.config import EvaluateConfig
from vcn.errors import InputError
from vcn.evaluate.result import FilmOutcome
from vcn.types import Float64Array


@dataclass(frozen=True, slots=True)
class FacePictures:
    """Pictures of tracks."""

    uri: dict[int, str]
    """JPEG data URI by track."""
    seconds: dict[int, float]
    """When each shown face is on screen, also where there is no picture."""
    note: str
    """Why there are no pictures; empty where there are."""


def cut_faces(film: FilmOutcome, tracks: Iterable[int], config: EvaluateConfig) -> FacePictures:
    """Cut one face of each track: the largest of its sampled boxes."""
    chosen = {track: _largest(film, track) for track in sorted(set(tracks))}
    seconds = {
        track: float(film.seconds_at(np.array([frame]))[0]) for track, (frame, _) in chosen.items()
    }
    if not chosen:
        return FacePictures({}, {}, "")
    path = _film_file(film)
    if path is None:
        return FacePictures({}, seconds, f"no pictures: the film {film.video_path} is not here")
    from vcn.report.thumbnails import data_uri, square
    from vcn.video import content_hash, open_video

    by_frame: dict[int, list[int]] = defaultdict(list)
    for track, (frame, _) in chosen.items():
        by_frame[frame].append(track)
    uri: dict[int, str] = {}
    try:
        if film.content_hash is not None and content_hash(path) != film.content_hash:
            return FacePictures({}, seconds, f"no pictures: {path} is not the film of this result")
        with open_video(path) as video:
            for shown in video.frames():
                for track in by_frame.pop(shown.time.index, ()):
                    face = square(shown.image, chosen[track][1])
                    if face.size:
                        uri[track] = data_uri(face, config.face_side, config.jpeg_quality)
                if not by_frame:
                    break
    except InputError as error:
        return FacePictures(uri, seconds, f"not all pictures: {error.what}")
    return FacePictures(uri, seconds, "")


def _largest(film: FilmOutcome, track: int) -> tuple[int, Float64Array]:
    rows = np.flatnonzero(film.sampled.track == track)
    size = (film.sampled.xyxy[rows, 2:] - film.sampled.xyxy[rows, :2]).prod(axis=1)
    row = rows[int(np.argmax(size))]
    return int(film.sampled.frame[row]), film.sampled.xyxy[row]


def _film_file(film: FilmOutcome) -> Path | None:
    given = Path(film.video_path)
    for path in (given, film.path.parent / given, film.path.parent / given.name):
        if given.name and path.is_file():
            return path
    return None
