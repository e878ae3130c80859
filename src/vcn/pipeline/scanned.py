"""What the pass over a film found, as an artefact and in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vcn.runtime.store import Artefact, Draft
from vcn.stages.crops import Crop
from vcn.stages.mouths import MouthMotion
from vcn.stages.setups import SetUpWriter, load_setups
from vcn.stages.track import TrackBuilder
from vcn.types import (
    BoolArray,
    Crops,
    FloatArray,
    ImageArray,
    IntArray,
    SetUps,
    Shot,
    Timeline,
    Track,
)
from vcn.video import Video


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a film found."""

    timeline: Timeline
    corrupt: int
    """Packets or frames that could not be decoded."""
    repaired: int
    """Frames whose time stamp had to be made up."""
    repairs: int
    """Runs of such frames."""
    n_searched: int
    """Frames that were searched for faces."""
    shots: tuple[Shot, ...]
    tracks: tuple[Track, ...]
    crops: Crops
    thumbnails: ImageArray
    """(T, S, S, 3) RGB."""
    thumbnail_frame: IntArray
    """(T,)."""
    mouths: MouthMotion
    regular: BoolArray
    """(N,) crops of the regular sample; the others lie beside sudden changes of a face."""
    change: FloatArray
    """(B,) for each box of all tracks, one track after the other: how unlike the detection
    before it looks (`equations.looks.unlike`); 0 where the box was interpolated."""
    since: IntArray
    """(B,) the first frame that shows this detection rather than the one before."""
    setups: SetUps
    """Of the shots."""

    @property
    def landmarks(self) -> FloatArray:
        """(N, 5, 2) of the crops: a pass knows them all."""
        assert self.crops.landmarks is not None
        return self.crops.landmarks


@dataclass(frozen=True, slots=True)
class ClosedTrack:
    """A track that ended, and where its pictures are."""

    builder: TrackBuilder
    crops: tuple[tuple[int, Crop], ...]
    """Row in the raw file and the crop without its picture."""
    thumbnail_row: int
    thumbnail_frame: int
    left: float


@dataclass(slots=True)
class RawImages:
    """Pictures of one size appended to a file, read back in any order."""

    path: Path
    shape: tuple[int, ...]
    """(H, W, 3) of each."""
    count: int = 0

    def append(self, image: ImageArray) -> int:
        """Add a picture; its row."""
        with self.path.open("ab") as handle:
            handle.write(image.tobytes())
        self.count += 1
        return self.count - 1

    def write_ordered(self, rows: list[int], target: Path) -> None:
        """Move the pictures of `rows` to an array file."""
        n_bytes = math.prod(self.shape)
        with self.path.open("ab+") as raw:

            def pictures() -> Iterator[bytes]:
                for row in rows:
                    raw.seek(row * n_bytes)
                    yield raw.read(n_bytes)

            write_pictures(target, pictures(), (len(rows), *self.shape))
        self.path.unlink()


def write_pictures(target: Path, pictures: Iterable[bytes], shape: tuple[int, ...]) -> None:
    """Write pictures of one size as an array file, one by one.

    By plain reads and writes: to write to a memory map where the disk is full kills
    the process, and what was read through one counts as its memory.
    """
    with target.open("wb") as out:
        np.lib.format.write_array_header_1_0(
            out, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        for picture in pictures:
            out.write(picture)


class Found(NamedTuple):
    """What a pass found, before it is put in order."""

    tracks: list[ClosedTrack]
    crops: RawImages
    thumbnails: RawImages
    around: RawImages
    bodies: RawImages | None
    starts: list[int]
    """First frame of each shot."""
    n_searched: int
    """Frames that were searched for faces."""
    max_gap_seconds: float
    """Pause in the time stamps beyond which nothing was on screen."""
    mouths: MouthMotion
    setups: SetUpWriter


def write(found: Found, video: Video | None, draft: Draft) -> None:
    """Write what a pass found as an artefact; `load` reads it back.

    Args:
        found: All of it.
        video: After its pass; None: it was not read to its end.
        draft: Where to write.
    """
    closed = sorted(
        found.tracks, key=lambda t: (t.builder.first_frame, t.left, t.builder.last_frame)
    )
    tracks = [entry.builder.build(index) for index, entry in enumerate(closed)]
    crops = [(index, row, crop) for index, entry in enumerate(closed) for row, crop in entry.crops]
    found.crops.write_ordered([row for _, row, _ in crops], draft.path / "crops.npy")
    found.around.write_ordered([row for _, row, _ in crops], draft.path / "crop_around.npy")
    if found.bodies is not None:
        found.bodies.write_ordered([row for _, row, _ in crops], draft.path / "crop_bodies.npy")
    draft.put_array(
        "crop_inside", np.array([c.inside for *_, c in crops], np.float32).reshape(-1, 4)
    )
    found.setups.finish(draft)
    found.thumbnails.write_ordered(
        [entry.thumbnail_row for entry in closed], draft.path / "thumbnails.npy"
    )
    draft.put_array("crop_track", np.array([i for i, _, _ in crops], np.int64))
    draft.put_array("crop_frame", np.array([c.frame for *_, c in crops], np.int64))
    draft.put_array(
        "crop_measures",
        np.array([(c.size, c.sharpness, c.score) for *_, c in crops], np.float32).reshape(-1, 3),
    )
    draft.put_array(
        "crop_landmarks",
        np.array([c.landmarks for *_, c in crops], np.float32).reshape(-1, 5, 2),
    )
    draft.put_array("crop_regular", np.array([c.regular for *_, c in crops], np.bool_))
    joints = [entry.builder.joints() for entry in closed]
    draft.put_array(
        "box_change", np.concatenate([np.empty(0, np.float32), *(j[0] for j in joints)])
    )
    draft.put_array("box_since", np.concatenate([np.empty(0, np.int64), *(j[1] for j in joints)]))
    draft.put_array("thumbnail_frame", np.array([e.thumbnail_frame for e in closed], np.int64))
    draft.put_array("track_shot", np.array([t.shot for t in tracks], np.int64))
    draft.put_array("track_length", np.array([len(t) for t in tracks], np.int64))
    for name, dtype, width in (
        ("frame", np.int64, ()),
        ("xyxy", np.float32, (4,)),
        ("score", np.float32, ()),
        ("observed", np.bool_, ()),
    ):
        parts = [np.empty((0, *width), dtype), *(getattr(track, name) for track in tracks)]
        draft.put_array(f"box_{name}", np.concatenate(parts))
    draft.put_record("given", [track.given for track in tracks])
    mouths = found.mouths
    draft.put_array("mouth_frame", mouths.frame)
    draft.put_array("mouth_motion", np.hstack([mouths.xyxy, mouths.moved]))
    draft.put_array("shot_start", np.array(found.starts, np.int64))
    of_film: dict[str, object] = {}
    if video is not None:
        timeline = video.timeline
        draft.put_array("pts", timeline.pts)
        of_film = {
            "time_base": str(timeline.time_base),
            "end_pts": timeline.end_pts,
            "corrupt": video.corrupt,
            "repaired": video.repaired,
            "repairs": video.repairs,
        }
    draft.put_record(
        "scan",
        {
            **of_film,
            "max_gap_seconds": found.max_gap_seconds,
            "n_searched": found.n_searched,
            "bodies": found.bodies is not None,
        },
    )


def load(artefact: Artefact) -> Scan:
    """Read a finished pass back; the crops stay on disk as a memory map.

    Raises:
        DataError: The artefact is damaged.
    """
    record = artefact.record("scan")
    timeline = Timeline(
        artefact.array("pts"),
        Fraction(record["time_base"]),
        int(record["end_pts"]),
        record["max_gap_seconds"],
    )
    starts = artefact.array("shot_start").tolist()
    stops = [*starts[1:], len(timeline)]
    edges = np.cumsum(artefact.array("track_length"))[:-1]
    n_tracks = len(artefact.array("track_length"))
    columns = [
        np.split(artefact.array(f"box_{name}"), edges)[:n_tracks]  # nothing in one part if 0
        for name in ("frame", "xyxy", "score", "observed")
    ]
    given = artefact.record("given")
    shot_of = artefact.array("track_shot").tolist()
    size, sharpness, score = artefact.array("crop_measures").T
    motion = artefact.array("mouth_motion")
    return Scan(
        timeline=timeline,
        corrupt=int(record["corrupt"]),
        repaired=int(record["repaired"]),
        repairs=int(record["repairs"]),
        n_searched=int(record["n_searched"]),
        shots=tuple(
            Shot(index, start, stop)
            for index, (start, stop) in enumerate(zip(starts, stops, strict=True))
        ),
        tracks=tuple(  # without a track, a column is still one (empty) part: not strict
            Track(index, shot, *row)
            for index, (shot, *row) in enumerate(zip(shot_of, *columns, given, strict=False))
        ),
        crops=Crops(
            artefact.array("crops", mapped=True),
            artefact.array("crop_track"),
            artefact.array("crop_frame"),
            size,
            sharpness,
            score,
            artefact.array("crop_landmarks"),
            artefact.array("crop_around", mapped=True),
            artefact.array("crop_inside"),
            artefact.array("crop_bodies", mapped=True) if record["bodies"] else None,
        ),
        thumbnails=artefact.array("thumbnails", mapped=True),
        thumbnail_frame=artefact.array("thumbnail_frame"),
        mouths=MouthMotion(artefact.array("mouth_frame"), *np.hsplit(motion, [4])),
        regular=artefact.array("crop_regular"),
        change=artefact.array("box_change"),
        since=artefact.array("box_since"),
        setups=load_setups(artefact),
    )
