"""clusters.json as typed values, checked: for evaluation, exports and other tools.

The file may come from anywhere, so nothing in it is believed: sizes and nesting are
limited, numbers are finite, names of files stay in the folder, and what refers to
something refers to something that is there. Unknown keys are left alone (a later 1.x may
add some).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from vcn.config import SCHEMA_VERSION
from vcn.errors import DataError
from vcn.report.checked import CheckedObject, load_object
from vcn.report.faceless import (
    FilmFigure,
    FilmUtterance,
    check_named,
    figure_of,
    utterance_of,
)
from vcn.report.likely import FilmLikely, likely_of
from vcn.types import Reason
from vcn.types.rate import snapped

_DEFAULT_RATE = Fraction(25)


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
    """What editors count in: exact, unless `variable_rate`."""
    variable_rate: bool
    timecode: str | None  # of the first frame; with a semicolon: drop-frame

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
    given_id: str | None
    """Its id in the file of --tracks."""
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
    likely: FilmLikely | None = None


@dataclass(frozen=True, slots=True)
class FilmScene:
    """Shots that come back to the same set-ups."""

    first_shot: int
    last_shot: int


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
    utterances: tuple[FilmUtterance, ...] | None = None
    """By time; None: nobody listened to the film, or it has no sound."""
    figures: tuple[FilmFigure, ...] | None = None
    """By frame; None: nobody looked for people without a face."""
    scenes: tuple[FilmScene, ...] | None = None
    """All shots, in order; None in a result of 1.0."""

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
    root = CheckedObject(load_object(path), f"{path}: ")
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
    scenes = None
    if "scenes" in root.values:
        scenes = tuple(
            FilmScene(item.integer("first_shot"), item.integer("last_shot"))
            for item in root.objects("scenes")
        )
        _check_scenes(root, scenes, len(shots))
    _check_tracks(root, tracks, shots, len(people))
    _check_people(root, people, tracks)
    unknown = [(item.integer("track"), item.text("reason")) for item in root.objects("unknown")]
    if unknown != [(t.id, t.reason) for t in tracks if t.person is None]:
        root.fail("unknown does not list the tracks without a person")
    boxes_file = root.text("boxes_file")
    if boxes_file in ("", ".", "..") or any(c in "/\\\0" for c in boxes_file):
        root.fail("boxes_file must be the name of a file in the same folder")
    spoken = root.objects("utterances") if "utterances" in root.values else None
    utterances = None if spoken is None else tuple(utterance_of(item) for item in spoken)
    seen = root.objects("figures") if "figures" in root.values else None
    figures = None if seen is None else tuple(figure_of(item, len(shots)) for item in seen)
    check_named(root, "utterances", utterances or (), len(people), len(tracks))
    check_named(root, "figures", figures or (), len(people), len(tracks))
    return FilmFile(
        path=path,
        schema_version=version,
        manifest=root.object("manifest").values,
        video=video,
        shots=shots,
        people=people,
        tracks=tracks,
        boxes_path=path.parent / boxes_file,
        utterances=utterances,
        figures=figures,
        scenes=scenes,
    )


def _video(item: CheckedObject) -> FilmVideo:
    if item.number("duration_seconds") < 0:
        item.fail("duration_seconds must not be negative")
    item.later_number("shown_seconds", 0)
    frame_rate = item.fraction("frame_rate", zero=True)
    later = item.values  # results of 1.0 lack some: a rate is then taken to be constant
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


def _shot(item: CheckedObject) -> FilmShot:
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


def _track(item: CheckedObject) -> FilmTrack:
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
        given_id=item.text_or_none("given_id") if "given_id" in item.values else None,
        boxes=tuple(_box(box, track_id, box.flag("observed")) for box in item.objects("boxes")),
    )
    if track.start_frame >= track.stop_frame or track.start_seconds > track.end_seconds:
        item.fail("the end must lie after the start")
    if (track.person is None) == (track.reason is None):
        item.fail("a track has either a person or a reason")
    if not track.boxes or not 0 <= track.ser_fiq <= 1:
        item.fail("a track has a box and a quality from 0 to 1")
    item.later_number("probability", 0, 1)
    _check_because(item)
    frames = [box.frame for box in track.boxes]
    if (
        frames != sorted(set(frames))
        or frames[0] < track.start_frame
        or (frames[-1] >= track.stop_frame)
    ):
        item.fail("boxes must be in order and inside the track")
    return track


def _check_because(item: CheckedObject) -> None:
    if "because" in item.values:
        because = item.object("because")
        for cue in because.values:
            because.number(cue)


def _box(item: CheckedObject, track: int, observed: bool) -> FilmBox:
    return FilmBox(
        track, item.integer("frame"), item.number("seconds"), item.xyxy("xyxy"), observed
    )


def _person(item: CheckedObject) -> FilmPerson:
    tracks = item.array("tracks")
    if not tracks or not all(type(t) is int and t >= 0 for t in tracks):
        item.fail("tracks must be a list of track ids")
    screen_time = item.number("screen_time_seconds")
    if screen_time < 0:
        item.fail("screen_time_seconds must not be negative")
    item.later_number("heard_seconds", 0)
    item.later_number("no_face_seconds", 0)
    if "season_id" in item.values:
        item.integer("season_id")
    if item.values.get("nearest") is not None:
        nearest = item.object("nearest")
        nearest.integer("person")
        nearest.number("log_odds")
    return FilmPerson(
        id=item.integer("id"),
        name=item.text_or_none("name"),
        tracks=tuple(tracks),
        screen_time_seconds=screen_time,
        first_seconds=item.number("first_seconds"),
        last_seconds=item.number("last_seconds"),
        exemplars=tuple(_box(box, box.integer("track"), True) for box in item.objects("exemplars")),
        ignored=item.flag("ignored") if "ignored" in item.values else False,
        likely=likely_of(item.object("likely")) if "likely" in item.values else None,
    )


def _check_shots(root: CheckedObject, shots: tuple[FilmShot, ...], video: FilmVideo) -> None:
    edge = 0
    for position, shot in enumerate(shots):
        if shot.index != position or shot.start_frame != edge:
            root.fail(f"shots[{position}] must have its position as index and start at {edge}")
        edge = shot.stop_frame
    if edge != video.n_frames:
        root.fail(f"shots must end at frame {video.n_frames}")


def _check_scenes(root: CheckedObject, scenes: tuple[FilmScene, ...], n_shots: int) -> None:
    edge = 0
    for position, scene in enumerate(scenes):
        if scene.first_shot != edge or not edge <= scene.last_shot < n_shots:
            root.fail(f"scenes[{position}] must start at shot {edge} and end at or after it")
        edge = scene.last_shot + 1
    if edge != n_shots:
        root.fail(f"scenes must end at shot {n_shots - 1}")


def _check_tracks(
    root: CheckedObject, tracks: tuple[FilmTrack, ...], shots: tuple[FilmShot, ...], n_people: int
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
    root: CheckedObject, people: tuple[FilmPerson, ...], tracks: tuple[FilmTrack, ...]
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
        if person.likely is not None and (person.likely.same_as or 0) >= len(people):
            root.fail(f"people[{position}].likely names somebody who is not there")
        if any(box.track not in person.tracks for box in person.exemplars):
            root.fail(f"people[{position}].exemplars show tracks of somebody else")
