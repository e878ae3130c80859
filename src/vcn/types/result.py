"""Everything that one run found, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vcn.errors import DataError
from vcn.types.arrays import FloatArray, ImageArray, IntArray, frozen, set_fields
from vcn.types.faces import Quality, Track
from vcn.types.figures import Figures
from vcn.types.people import Clustering
from vcn.types.sound import Heard
from vcn.types.time import Shot, Timeline, VideoInfo, check_shots
from vcn.types.why import Why


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What made a result: enough to make it again. It is in every output."""

    schema_version: str
    vcn_version: str
    config: Mapping[str, Any]
    """The whole RunConfig."""
    seed: int
    video: Mapping[str, Any]
    """Path, content hash, size in bytes and VideoInfo."""
    packs: tuple[Mapping[str, Any], ...]
    """Name, licence, commercial use, and sha256 of each file."""
    versions: Mapping[str, str]
    device: Mapping[str, str]
    adapt_mode: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Counted on the way: co-occurring pairs, corrupt packets, ..."""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """The choices that are not the defaults, by full name (`detect.max_side`)."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds for each stage; the only part that differs between equal runs."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a person's corrections did to a result."""

    file: str
    """Name of the ledger."""
    n_held: int
    """Corrections of which something holds in this result."""
    names: Mapping[int, str]
    """Names of people that were given one."""
    ignored: frozenset[int]
    """People whom nobody needs."""
    problems: tuple[tuple[str, str, str, str | None], ...]
    """Of each correction that does not hold, or not wholly: why, its id, words for people,
    and the id of the one that it contradicts."""


@dataclass(frozen=True, slots=True)
class Likely:
    """What a person may be called, and how likely that is."""

    name: str
    probability: float
    sure: bool
    """True: it is the name; False: a suggestion."""
    same_as: int | None
    """The person who has that name already: the two may be one."""


@dataclass(frozen=True, slots=True)
class CastNames:
    """Names from photographs, or from people named in other films."""

    source: str
    pack: str
    known: tuple[str, ...]
    """All names that there were."""
    people: Mapping[int, Likely]
    """By person; nobody whom a correction names."""
    problems: tuple[tuple[str, str], ...]
    """Photographs that were not used, and why."""


@dataclass(frozen=True, slots=True)
class FilmResult:
    """Everything that one run found out about one film."""

    video: VideoInfo
    timeline: Timeline
    shots: tuple[Shot, ...]
    tracks: tuple[Track, ...]
    quality: Quality
    clustering: Clustering
    thumbnails: ImageArray
    """(T, S, S, 3) RGB: the best crop of each track."""
    thumbnail_frame: IntArray
    """(T,) the frame that each thumbnail was taken from."""
    manifest: RunManifest
    corrections: Corrected | None = None
    """None: there is no ledger."""
    why: Why | None = None
    """None: another clusterer, or too many tracks."""
    scene: IntArray | None = None
    """(S,) the scene of each shot; None: not known."""
    heard: Heard | None = None
    """None: the film has no sound, or was not listened to."""
    cast: CastNames | None = None
    """None: nobody is known."""
    shown: FloatArray | None = None
    """(T,) how well the best crop of each track shows who it is (`equations/face_quality.py`), -inf
    without one; None: not known."""
    figures: Figures | None = None
    """None: nobody looked for people without a face."""

    def __post_init__(self) -> None:
        n = len(self.tracks)
        check_shots(self.shots, len(self.timeline))
        if [track.id for track in self.tracks] != list(range(n)):
            raise DataError("the id of each track must be its position")
        for name, size in (
            ("clustering", len(self.clustering.labels)),
            ("quality", len(self.quality.reason)),
            ("thumbnails", len(self.thumbnails)),
        ):
            if size != n:
                raise DataError(f"{name} must have one row for each of {n} tracks, got {size}")
        for track in self.tracks:
            shot = self.shots[track.shot]
            if track.frame[0] < shot.start or track.frame[-1] >= shot.stop:
                raise DataError(f"track {track.id} leaves its shot {shot.index}")
        set_fields(
            self, thumbnail_frame=frozen(self.thumbnail_frame, "thumbnail_frame", (n,), np.int64)
        )

    @property
    def portrait_rank(self) -> FloatArray:
        """(T,) the larger, the better a track shows who it is."""
        return self.quality.track_score if self.shown is None else self.shown

    def name_of(self, person: int) -> str | None:
        """The name that a person was given in a correction, else the one of the cast."""
        said = None if self.corrections is None else self.corrections.names.get(person)
        likely = None if self.cast is None else self.cast.people.get(person)
        return said if said or likely is None or not likely.sure else likely.name
