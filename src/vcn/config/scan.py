"""The pass over the film: shots, faces, tracks, crops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ShotMethod = Literal["auto", "adaptive", "content", "hash", "histogram", "threshold", "none"]
"""How shots are found: PySceneDetect's detectors by its names for them, or none."""


@dataclass(frozen=True, slots=True)
class ShotConfig:
    """Shot boundaries (VCN 3.2: PySceneDetect).

    Measured (benchmarks/shots.md; missed of the true cuts + false ones): PySceneDetect's
    AdaptiveDetector, alone: office.mp4 0 of 36 + 1, signers.mp4 1 of 25 + 0, cyclists.mp4 0 + 0;
    `auto` the same with 0 false in office.mp4. In two films of 200 transitions of every kind
    the one misses 160 of 330 and has 93 false cuts, `auto` 23 and 12.
    """

    method: ShotMethod = "auto"
    """`auto`: its detectors together, with what they lack (`vcn.cuts`); the others: that
    detector as it is."""
    threshold: float | None = None
    """Of the method, in its own units; None: PySceneDetect's default. `auto` has none."""
    cuts: str | None = None
    """A file with the cuts, in place of a method."""
    min_seconds: float = 0.25
    """Shortest shot of the single detectors. Our choice: flashes and strobes are no cuts."""
    delay_seconds: float = 1.2
    """How long frames may be held back until it is known where a shot ends: half of a
    dissolve of two seconds, and a little. A fade that lasts longer is cut later."""
    width: int = 128
    """Width to which frames are reduced. Our choice: the cuts on all seven clips are
    those at PySceneDetect's 256, for a quarter of the work."""
    held_bytes: int = 64 << 20
    """Most memory for the frames that are held back: 46 of 1280 x 720, 5 of 3840 x 2160."""


@dataclass(frozen=True, slots=True)
class DetectConfig:
    """Face detection."""

    threshold: float = 0.5
    """Confidence under which a detection is dropped."""
    low_threshold: float = 0.3
    """Detections from here up may continue a track but not start one (BoT-SORT)."""
    max_side: int = 640
    """Longest side of the picture given to the detector."""
    rate: float | None = None
    """Searches a second of film; None: every frame on a GPU, `cpu_rate` on a CPU."""
    cpu_rate: float = 10.0
    """Our choice: at 5 a second 4 to 10 of the 27 labelled faces of cyclists.mp4 come to
    lie in a track of somebody else, at 10 none; more finds nothing more."""
    batch: int = 8
    """Frames a batch on a GPU; a CPU takes them one by one."""
    small_faces: bool = True
    """Search pictures larger than `max_side` in tiles at their own size too."""
    small_side: float = 32.0
    """Pixels in the working picture under which a face is looked for in tiles. Measured:
    of faces above 33 pixels there 135 of 136 are found, of 20 to 33 some 9 of 10 (and in tiles
    most of the others), of 13 to 20 62 of 94, of those under 13 3 of 34."""
    least_side: float = 14.0
    """Pixels in the film under which a face is not looked for. Our choice: too few for any
    face model."""
    small_seconds: float = 3.0
    """Time between searches in all tiles within a shot, on a CPU. Our choice, like the next
    two, for what it costs (benchmarks/tracks.md)."""
    small_gap_seconds: float = 1.0
    """The least time between two such searches, however many shots begin; and how long a
    small face is looked for after it was last seen."""
    small_share: float = 0.5
    """Pixels around small faces in each search, as a share of those of the working picture."""


@dataclass(frozen=True, slots=True)
class TrackConfig:
    """BoT-SORT (VCN 3.2), one tracker for each shot."""

    max_gap_seconds: float = 1.0
    """How long a face may be unseen and still continue its track."""
    match_threshold: float = 0.8
    """BoT-SORT's own default, first association."""
    new_track_threshold: float = 0.5
    """Confidence that starts a track. Our choice: with BoT-SORT's 0.6, and its cost
    multiplied by the confidence, 3 of 129 labelled faces of signers.mp4 are lost; with
    0.5 and the plain overlap none, and as many on the other clips."""
    camera_motion: bool = True
    """Camera-motion compensation by sparse optical flow."""


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """Where a track goes from one person to another (stages/split.py).

    Priors of what the film itself says (equations/changes.py). Measured on tracks of
    cases/ and of soap.mp4 and chemist.mp4: benchmarks/tracks.md.
    """

    enabled: bool = True
    odds: float = 1.0
    """Of a change, from which a track is cut."""
    min_visible: float = 0.9
    """Share of a crop inside the picture, below which it bears no witness: what is left of a
    face at the edge is like nobody. Our choice."""
    lone_odds: float = 4.0
    """The same where one half has a single crop. Our choice: there is little to be gained,
    and it may be a flash."""
    prior_neighbours: float = 50.0
    """Neighbours of which one is a change, before any is seen; and pairs of strangers as
    which the pack's word counts."""
    prior_weight: float = 10.0
    """Neighbours as which the following four count."""
    same_distance: float = 0.35
    """Of neighbouring crops of one face, in distances of strangers."""
    same_unlike: float = 0.05
    same_deviation: tuple[float, float] = (0.15, 0.16)
    """Of the roots of the two."""
    change_unlike: float = 0.6
    """Of neighbouring crops of two faces. Measured: .3 to .93."""
    change_deviation: tuple[float, float] = (0.08, 0.17)
    """Of the roots of distance and unlikeness of two faces. Measured: photographs of
    two people have cosines of .78 to .89 in the pack `open`."""


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Crops of a track."""

    interval_seconds: float = 0.5
    """VCN 3.2: every 12th frame at 24 fps."""
    min_crops: int = 4
    """Short tracks are sampled more densely up to this. Our choice (DESIGN 3)."""
    max_crops: int = 64
    """A longer track is sampled more sparsely: memory stays bounded. Our choice."""
    sudden_change: float = 0.25
    """Detections next to each other whose looks differ so much are both kept, for the face
    model to compare (1 - correlation of aligned crops). Our choice: of faces that follow
    one another in one track none is below .29, of one face 7 % are above in a film full of
    flashes and whip pans, under 1 % in calm ones; it decides nothing but what is looked at."""
