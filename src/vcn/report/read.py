"""clusters.json as typed values, checked: for evaluation, exports and other tools.

The file may come from anywhere, so nothing in it is believed: sizes and nesting are
limited, numbers are finite, names of files stay in the folder, and what refers to
something refers to something that is there. Unknown keys are left alone (a later 1.x may
add some).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from vcn.config import SCHEMA_VERSION
from vcn.errors import DataError
from vcn.types import Reason
from vcn.types.rate import snapped

_MAX_BYTES = 256 << 20
"""A 2-hour film with 3,000 tracks makes about 5 MB."""
_MAX_INTEGER = (1 << 53) - 1
_DEFAULT_RATE = Fraction(25)
_HINT = "Make it again with `vcn cluster`."


@dataclass(frozen=True, slots=True)
class FilmVideo:
    """The film that a result is about."""

    path: str
    content_hash: str | None
    width: int
    """Displayed pixels."""
    height: int
    frame_rate: Fraction
    """Average rate, for orientation only."""
    time_base: Fraction
    n_frames: int
    start_seconds: float
    duration_seconds: float
    nominal_rate: Fraction
    """The rate that editors count in: exact where it is constant."""
    variable_rate: bool
    """True where frame i is not on screen at i / `nominal_rate`."""
    timecode: str | None
    """Of the first frame, as the container has it; with a semicolon: drop-frame."""

    @property
    def end_seconds(self) -> float:
        """When the last frame leaves the screen."""
        return self.start_seconds + self.duration_seconds


@dataclass(frozen=True, slots=True)
class FilmShot:
    """A half-open range of frames without a cut."""

    index: int
    start_frame: int
    stop_frame: int
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True)
class FilmBox:
    """One sampled box, or an exemplar."""

    track: int
    frame: int
    seconds: float
    xyxy: tuple[float, float, float, float]
    """Displayed pixels."""
    observed: bool
    """False where the box was interpolated."""


@dataclass(frozen=True, slots=True)
class FilmTrack:
    """One face through one shot; exactly one of `person` and `reason` is None."""

    id: int
    shot: int
    person: int | None
    reason: Reason | None
    start_frame: int
    stop_frame: int
    """One past the last frame."""
    start_seconds: float
    end_seconds: float
    ser_fiq: float
    boxes: tuple[FilmBox, ...]


@dataclass(frozen=True, slots=True)
class FilmPerson:
    """One person."""

    id: int
    name: str | None
    tracks: tuple[int, ...]
    screen_time_seconds: float
    first_seconds: float
    last_seconds: float
    exemplars: tuple[FilmBox, ...]
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class FilmFile:
    """The content of one clusters.json."""

    path: Path
    schema_version: str
    manifest: Mapping[str, Any]
    """As it was written; only known to be an object."""
    video: FilmVideo
    shots: tuple[FilmShot, ...]
    people: tuple[FilmPerson, ...]
    tracks: tuple[FilmTrack, ...]
    boxes_path: Path
    """The table of all boxes, in the same folder; it need not exist."""

    @property
    def unknown(self) -> tuple[FilmTrack, ...]:
        """The tracks without a person."""
        return tuple(track for track in self.tracks if track.person is None)


def read_result(path: Path) -> FilmFile:
    """Read and check a clusters.json.

    Raises:
        DataError: It is missing, no JSON, of another version, or says something that
            cannot be. One line that names the place.
    """
    root = _Object(_load(path), f"{path}: ")
    version = root.text("schema_version")
    if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        raise DataError(
            f"{path} has the schema version {version[:20]!r}; this vcn reads {SCHEMA_VERSION}",
            "Use the vcn that wrote it, or make it again.",
        )
    video = _video(root.object("video"))
    shots = tuple(_shot(item) for item in root.objects("shots"))
    tracks = tuple(_track(item) for item in root.objects("tracks"))
    people = tuple(_person(item) for item in root.objects("people"))
    _check_shots(root, shots, video)
    _check_tracks(root, tracks, shots, len(people))
    _check_people(root, people, tracks)
    unknown = [(item.integer("track"), item.text("reason")) for item in root.objects("unknown")]
    if unknown != [(t.id, t.reason) for t in tracks if t.person is None]:
        root.fail("unknown does not list the tracks without a person")
    boxes_file = root.text("boxes_file")
    if boxes_file in ("", ".", "..") or any(c in "/\\\0" for c in boxes_file):
        root.fail("boxes_file must be the name of a file in the same folder")
    return FilmFile(
        path=path,
        schema_version=version,
        manifest=root.object("manifest").values,
        video=video,
        shots=shots,
        people=people,
        tracks=tracks,
        boxes_path=path.parent / boxes_file,
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", _HINT) from error
    if len(content) > _MAX_BYTES:
        raise DataError(f"{path} is larger than {_MAX_BYTES >> 20} MB", _HINT)
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{path} is not JSON: {what}", _HINT) from error
    if not isinstance(value, dict):
        raise DataError(f"{path} is not a clusters.json: it holds no object", _HINT)
    return value


class _Object:
    """A JSON object and where it was found; each getter checks what it gives."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self.values = values
        self._where = where

    def fail(self, what: str) -> NoReturn:
        raise DataError(f"{self._where}{what}", _HINT)

    def _get(self, key: str) -> Any:
        if key not in self.values:
            self.fail(f"{key} is missing")
        return self.values[key]

    def integer(self, key: str, minimum: int = 0) -> int:
        value = self._get(key)
        if type(value) is not int or not minimum <= value <= _MAX_INTEGER:
            self.fail(f"{key} must be a whole number from {minimum}")
        return value

    def number(self, key: str) -> float:
        value = self._get(key)
        if type(value) not in (int, float) or abs(value) > 1e15 or not math.isfinite(value):
            self.fail(f"{key} must be a number")
        return float(value)

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str):
            self.fail(f"{key} must be text")
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self._get(key) is None else self.text(key)

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false")
        return value

    def fraction(self, key: str, *, zero: bool) -> Fraction:
        above, _, below = self.text(key).partition("/")
        if not all(0 < len(p) <= 19 and p.isascii() and p.isdigit() for p in (above, below)):
            self.fail(f'{key} must be a fraction like "25/1"')
        if int(below) == 0 or (int(above) == 0 and not zero):
            self.fail(f"{key} must not be zero")
        return Fraction(int(above), int(below))

    def array(self, key: str) -> list[Any]:
        value = self._get(key)
        if not isinstance(value, list):
            self.fail(f"{key} must be a list")
        return value

    def object(self, key: str) -> _Object:
        return self._child(self._get(key), key)

    def objects(self, key: str) -> Iterator[_Object]:
        for i, value in enumerate(self.array(key)):
            yield self._child(value, f"{key}[{i}]")

    def _child(self, value: Any, name: str) -> _Object:
        if not isinstance(value, dict):
            self.fail(f"{name} must be an object")
        return _Object(value, f"{self._where}{name}.")

    def xyxy(self, key: str) -> tuple[float, float, float, float]:
        values = self.array(key)
        if len(values) != 4 or not all(type(v) in (int, float) and abs(v) < 1e9 for v in values):
            self.fail(f"{key} must be four numbers")
        x1, y1, x2, y2 = (float(v) for v in values)
        return (x1, y1, x2, y2)


def _video(item: _Object) -> FilmVideo:
    if item.number("duration_seconds") < 0:
        item.fail("duration_seconds must not be negative")
    frame_rate = item.fraction("frame_rate", zero=True)
    # Results of schema version 1.0 lack what follows: a rate is then taken to be constant.
    later = item.values
    nominal = item.fraction("nominal_rate", zero=False) if "nominal_rate" in later else None
    return FilmVideo(
        path=item.text("path"),
        content_hash=item.text_or_none("content_hash"),
        width=item.integer("width", 1),
        height=item.integer("height", 1),
        frame_rate=frame_rate,
        time_base=item.fraction("time_base", zero=False),
        n_frames=item.integer("n_frames"),
        start_seconds=item.number("start_seconds"),
        duration_seconds=item.number("duration_seconds"),
        nominal_rate=nominal or snapped(frame_rate or _DEFAULT_RATE),
        variable_rate=item.flag("variable_rate") if "variable_rate" in later else False,
        timecode=item.text_or_none("timecode") if "timecode" in later else None,
    )


def _shot(item: _Object) -> FilmShot:
    shot = FilmShot(
        index=item.integer("index"),
        start_frame=item.integer("start_frame"),
        stop_frame=item.integer("stop_frame", 1),
        start_seconds=item.number("start_seconds"),
        end_seconds=item.number("end_seconds"),
    )
    if shot.start_frame >= shot.stop_frame or shot.start_seconds > shot.end_seconds:
        item.fail("the end must lie after the start")
    return shot


def _track(item: _Object) -> FilmTrack:
    track_id = item.integer("id")
    reason = item.text_or_none("reason")
    if reason is not None and reason not in set(Reason):
        item.fail(f"reason must be one of {', '.join(Reason)}")
    track = FilmTrack(
        id=track_id,
        shot=item.integer("shot"),
        person=None if item.values.get("person", 0) is None else item.integer("person"),
        reason=None if reason is None else Reason(reason),
        start_frame=item.integer("start_frame"),
        stop_frame=item.integer("stop_frame", 1),
        start_seconds=item.number("start_seconds"),
        end_seconds=item.number("end_seconds"),
        ser_fiq=item.object("quality").number("ser_fiq"),
        boxes=tuple(_box(box, track_id, box.flag("observed")) for box in item.objects("boxes")),
    )
    if track.start_frame >= track.stop_frame or track.start_seconds > track.end_seconds:
        item.fail("the end must lie after the start")
    if (track.person is None) == (track.reason is None):
        item.fail("a track has either a person or a reason")
    if not track.boxes or not 0 <= track.ser_fiq <= 1:
        item.fail("a track has a box and a quality from 0 to 1")
    frames = [box.frame for box in track.boxes]
    if (
        frames != sorted(set(frames))
        or frames[0] < track.start_frame
        or (frames[-1] >= track.stop_frame)
    ):
        item.fail("boxes must be in order and inside the track")
    return track


def _box(item: _Object, track: int, observed: bool) -> FilmBox:
    return FilmBox(
        track, item.integer("frame"), item.number("seconds"), item.xyxy("xyxy"), observed
    )


def _person(item: _Object) -> FilmPerson:
    tracks = item.array("tracks")
    if not tracks or not all(type(t) is int and t >= 0 for t in tracks):
        item.fail("tracks must be a list of track ids")
    screen_time = item.number("screen_time_seconds")
    if screen_time < 0:
        item.fail("screen_time_seconds must not be negative")
    return FilmPerson(
        id=item.integer("id"),
        name=item.text_or_none("name"),
        tracks=tuple(tracks),
        screen_time_seconds=screen_time,
        first_seconds=item.number("first_seconds"),
        last_seconds=item.number("last_seconds"),
        exemplars=tuple(_box(box, box.integer("track"), True) for box in item.objects("exemplars")),
        ignored=item.flag("ignored") if "ignored" in item.values else False,
    )


def _check_shots(root: _Object, shots: tuple[FilmShot, ...], video: FilmVideo) -> None:
    edge = 0
    for position, shot in enumerate(shots):
        if shot.index != position or shot.start_frame != edge:
            root.fail(f"shots[{position}] must have its position as index and start at {edge}")
        edge = shot.stop_frame
    if edge != video.n_frames:
        root.fail(f"shots must end at frame {video.n_frames}")


def _check_tracks(
    root: _Object, tracks: tuple[FilmTrack, ...], shots: tuple[FilmShot, ...], n_people: int
) -> None:
    for position, track in enumerate(tracks):
        if track.id != position:
            root.fail(f"tracks[{position}].id must be its position")
        if track.person is not None and track.person >= n_people:
            root.fail(f"tracks[{position}].person is not in people")
        if track.shot >= len(shots):
            root.fail(f"tracks[{position}].shot is not in shots")
        shot = shots[track.shot]
        if track.start_frame < shot.start_frame or track.stop_frame > shot.stop_frame:
            root.fail(f"tracks[{position}] leaves its shot")


def _check_people(
    root: _Object, people: tuple[FilmPerson, ...], tracks: tuple[FilmTrack, ...]
) -> None:
    members: list[list[int]] = [[] for _ in people]
    for track in tracks:
        if track.person is not None:
            members[track.person].append(track.id)
    for position, person in enumerate(people):
        if person.id != position:
            root.fail(f"people[{position}].id must be its position")
        if sorted(person.tracks) != members[position]:
            root.fail(f"people[{position}].tracks are not the tracks with that person")
        if any(box.track not in person.tracks for box in person.exemplars):
            root.fail(f"people[{position}].exemplars show tracks of somebody else")
