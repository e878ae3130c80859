"""The one pass over the film: shots, faces, tracks and crops, as its frames go by.

The film is decoded once, so these four stages are interleaved here, frame by frame.
What is kept in memory is bounded by the faces on screen, not by the film's length:
the crops of a track go to disk as soon as the track ends.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vcn.config import RunConfig
from vcn.cuts.base import with_cuts
from vcn.detectors import Detector
from vcn.runtime.store import Artefact, Draft
from vcn.stages.crops import Crop, CropSampler, similarity, warp
from vcn.stages.detect import Schedule, search
from vcn.stages.mouths import FACE_SIDE, FACE_TEMPLATE, MouthMotion, MouthWatch
from vcn.stages.shots import cut_detector
from vcn.stages.track import ShotTracker, TrackBuilder
from vcn.types import Crops, FloatArray, ImageArray, IntArray, Shot, Timeline, Track
from vcn.video import Frame, Video


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


@dataclass(slots=True)
class _OpenTrack:
    builder: TrackBuilder
    sampler: CropSampler
    last_seconds: float = 0.0
    mouth: MouthWatch = field(default_factory=MouthWatch)


@dataclass(frozen=True, slots=True)
class _ClosedTrack:
    builder: TrackBuilder
    crops: tuple[tuple[int, Crop], ...]
    """Row in the raw file and the crop without its picture."""
    thumbnail_row: int
    thumbnail_frame: int
    left: float


@dataclass(slots=True)
class _RawImages:
    """Pictures of one size appended to a file, read back in any order."""

    path: Path
    side: int
    count: int = 0

    def append(self, image: ImageArray) -> int:
        with self.path.open("ab") as handle:
            handle.write(image.tobytes())
        self.count += 1
        return self.count - 1

    def write_ordered(self, rows: list[int], target: Path) -> None:
        """Move the pictures of `rows` to an array file.

        By plain reads and writes: to write to a memory map where the disk is full kills
        the process, and what was read through one counts as its memory.
        """
        shape = (len(rows), self.side, self.side, 3)
        n_bytes = self.side * self.side * 3
        with self.path.open("ab+") as raw, target.open("wb") as out:
            np.lib.format.write_array_header_1_0(
                out, {"descr": "|u1", "fortran_order": False, "shape": shape}
            )
            for row in rows:
                raw.seek(row * n_bytes)
                out.write(raw.read(n_bytes))
        self.path.unlink()


@dataclass(slots=True)
class _Pass:
    """The state of the pass; one object for each film."""

    config: RunConfig
    detector: Detector
    template: FloatArray
    crop_size: int
    rate: float | None
    frame_rate: float
    raw_crops: _RawImages
    raw_thumbnails: _RawImages
    batch: int
    closed: list[_ClosedTrack] = field(default_factory=list)
    open: dict[int, _OpenTrack] = field(default_factory=dict)
    pending: list[Frame] = field(default_factory=list)
    tracker: ShotTracker | None = None
    shot: int = -1
    n_searched: int = 0
    mouth_frames: array[int] = field(default_factory=lambda: array("q"))
    mouth_rows: array[float] = field(default_factory=lambda: array("f"))
    """Box and motion of each, 6 numbers."""

    def start_shot(self) -> None:
        self.shot += 1
        self.tracker = None

    def queue(self, frame: Frame) -> None:
        self.pending.append(frame)
        if len(self.pending) >= self.batch:
            self.run_pending()

    def run_pending(self) -> None:
        frames, self.pending = self.pending, []
        self.n_searched += len(frames)
        for frame, found in zip(frames, search(self.detector, frames), strict=True):
            if self.tracker is None:
                if len(found.score) == 0:
                    continue  # the tracker of a shot begins with its first face
                self.tracker = ShotTracker(
                    self.config.track, self.config.detect, self.rate or self.frame_rate
                )
            keys = self.tracker.update(frame.image, found)
            seconds = frame.time.seconds
            # BoT-SORT counts searches; where pictures are missing they last longer.
            self.close_tracks(before=seconds - self.config.track.max_gap_seconds - _SLACK)
            for row, key in enumerate(keys.tolist()):
                if key < 0:
                    continue
                track = self.open.get(key)
                if track is None:
                    sampler = CropSampler(self.config.crops, self.template, self.crop_size)
                    track = self.open[key] = _OpenTrack(TrackBuilder(self.shot), sampler)
                xyxy, score = found.xyxy[row], float(found.score[row])
                track.last_seconds = seconds
                track.builder.add(frame.time.index, xyxy, score)
                track.sampler.add(
                    frame.time.index, seconds, frame.image, xyxy, found.landmarks[row], score
                )
                to_face = similarity(found.landmarks[row], FACE_TEMPLATE)
                motion = track.mouth.look(warp(frame.image, to_face, FACE_SIDE))
                self.mouth_frames.append(frame.time.index)
                self.mouth_rows.extend((*xyxy.tolist(), *motion))

    def close_tracks(self, before: float = np.inf) -> None:
        """Write the tracks that ended: whoever comes back later is another track."""
        for key in [k for k, track in self.open.items() if track.last_seconds < before]:
            track = self.open.pop(key)
            if self.tracker is None or key not in self.tracker.confirmed:
                continue
            rows = []
            for crop in track.sampler.crops():
                row = self.raw_crops.append(crop.image)
                rows.append((row, _without_image(crop)))
            self.closed.append(
                _ClosedTrack(
                    track.builder,
                    tuple(rows),
                    self.raw_thumbnails.append(track.sampler.thumbnail),
                    track.sampler.thumbnail_frame,
                    float(track.builder.first_left),
                )
            )

    def end_shot(self) -> None:
        self.run_pending()
        self.close_tracks()
        self.open.clear()


_SLACK = 1e-3
"""Seconds by which times may differ that are rounded to a time base."""
_NO_IMAGE = np.empty((0, 0, 3), np.uint8)


def _without_image(crop: Crop) -> Crop:
    return replace(crop, image=_NO_IMAGE)


def scan(
    video: Video,
    detector: Detector,
    template: FloatArray,
    crop_size: int,
    config: RunConfig,
    rate: float | None,
    draft: Draft,
    on_frames: Callable[[int], None],
) -> None:
    """Go through the film once and write what was found as an artefact.

    Args:
        video: The open film.
        detector: Finds faces.
        template: (5, 2) to which crops are aligned.
        crop_size: Side of the crops.
        config: The whole configuration.
        rate: Searches a second of film, None = every frame.
        draft: Where to write; `load` reads it back.
        on_frames: Called with the number of frames read since the last call.
    """
    frame_rate = float(video.info.frame_rate)
    state = _Pass(
        config,
        detector,
        template,
        crop_size,
        rate,
        frame_rate,
        _RawImages(draft.path / "crops.raw", crop_size),
        _RawImages(draft.path / "thumbnails.raw", 112),
        config.detect.batch if detector.batched and rate is None else 1,
    )
    cuts = cut_detector(config.shots, video.info)
    schedule = Schedule(rate)
    starts: list[int] = []
    skipped: Frame | None = None  # the latest frame, where it was not searched

    for frame, is_start in with_cuts(video.frames(), cuts, config.track.max_gap_seconds):
        if is_start:
            if skipped is not None:
                state.queue(skipped)  # so that tracks reach the end of their shot
            state.end_shot()
            state.start_shot()
            schedule.restart()
            starts.append(frame.time.index)
        if schedule.due(frame.time.seconds):
            state.queue(frame)
            skipped = None
        else:
            skipped = frame
        on_frames(1)
    if skipped is not None:
        state.queue(skipped)
    state.end_shot()
    _write(state, video, starts, draft)


def _write(state: _Pass, video: Video, starts: list[int], draft: Draft) -> None:
    closed = sorted(
        state.closed, key=lambda t: (t.builder.first_frame, t.left, t.builder.last_frame)
    )
    tracks = [entry.builder.build(index) for index, entry in enumerate(closed)]
    crops = [(index, row, crop) for index, entry in enumerate(closed) for row, crop in entry.crops]
    state.raw_crops.write_ordered([row for _, row, _ in crops], draft.path / "crops.npy")
    state.raw_thumbnails.write_ordered(
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
    draft.put_array("mouth_frame", np.array(state.mouth_frames, np.int64))
    draft.put_array("mouth_motion", np.array(state.mouth_rows, np.float32).reshape(-1, 6))
    timeline = video.timeline
    draft.put_array("pts", timeline.pts)
    draft.put_array("shot_start", np.array(starts, np.int64))
    draft.put_record(
        "scan",
        {
            "time_base": str(timeline.time_base),
            "end_pts": timeline.end_pts,
            "max_gap_seconds": state.config.track.max_gap_seconds,
            "corrupt": video.corrupt,
            "repaired": video.repaired,
            "repairs": video.repairs,
            "n_searched": state.n_searched,
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
    columns = [
        np.split(artefact.array(f"box_{name}"), edges)
        for name in ("frame", "xyxy", "score", "observed")
    ]
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
        tracks=tuple(
            Track(index, shot, *(column[index] for column in columns))
            for index, shot in enumerate(shot_of)
        ),
        crops=Crops(
            artefact.array("crops", mapped=True),
            artefact.array("crop_track"),
            artefact.array("crop_frame"),
            size,
            sharpness,
            score,
            artefact.array("crop_landmarks"),
        ),
        thumbnails=artefact.array("thumbnails", mapped=True),
        thumbnail_frame=artefact.array("thumbnail_frame"),
        mouths=MouthMotion(artefact.array("mouth_frame"), *np.hsplit(motion, [4])),
    )
