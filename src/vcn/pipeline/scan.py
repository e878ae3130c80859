"""The one pass over the film: shots, faces, tracks and crops, as its frames go by.

The film is decoded once, so these four stages are interleaved here, frame by frame; only the
search of single pictures runs ahead of the rest (`ahead.py`). What is kept in memory is bounded
by the faces on screen, not by the film's length: the crops of a track go to disk as soon as the
track ends.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from vcn.config import RunConfig
from vcn.cuts.base import with_cuts
from vcn.detectors import Detections, Detector
from vcn.errors import DataError
from vcn.given import GivenTracks
from vcn.pipeline.ahead import Ahead, Later, pictures_ahead
from vcn.pipeline.runs import RunOfShots
from vcn.pipeline.scanned import ClosedTrack, Found, RawImages, write
from vcn.runtime.devices import available_cores
from vcn.runtime.store import Draft
from vcn.stages.crops import Crop, CropSampler, similarity, warp
from vcn.stages.detect import Schedule
from vcn.stages.landmarks import in_boxes
from vcn.stages.mouths import FACE_SIDE, FACE_TEMPLATE, MouthMotion, MouthWatch
from vcn.stages.setups import SetUpWriter
from vcn.stages.shots import cut_detector
from vcn.stages.small_faces import Finder
from vcn.stages.track import ShotTracker, TrackBuilder
from vcn.types import FloatArray, IntArray
from vcn.video import Frame, Video
from vcn.video.surround import HEIGHT, WIDTH


@dataclass(slots=True)
class _OpenTrack:
    builder: TrackBuilder
    sampler: CropSampler
    last_seconds: float = 0.0
    mouth: MouthWatch = field(default_factory=MouthWatch)


@dataclass(slots=True)
class _Pass:
    """The state of the pass; one object for each film."""

    config: RunConfig
    finder: Finder
    template: FloatArray
    crop_size: int
    rate: float | None
    frame_rate: float
    raw_crops: RawImages
    raw_thumbnails: RawImages
    raw_around: RawImages
    raw_bodies: RawImages | None
    """None: nobody wants them."""
    setups: SetUpWriter
    batch: int
    ahead: Ahead
    later: Later
    closed: list[ClosedTrack] = field(default_factory=list)
    open: dict[int, _OpenTrack] = field(default_factory=dict)
    pending: list[Frame] = field(default_factory=list)
    between: list[Frame] = field(default_factory=list)
    """Frames since the last search, the latest of them: where a face becomes another one in
    an unsearched frame, it is looked up there."""
    given: GivenTracks | None = None
    """Tracks of the user, in place of our own."""
    tracker: ShotTracker | None = None
    shot: int = -1
    ours: bool = True
    """Whether the shot that is planned is one of the run that is searched here."""
    n_searched: int = 0
    mouth_frames: array[int] = field(default_factory=lambda: array("q"))
    mouth_rows: array[float] = field(default_factory=lambda: array("f"))
    """Box and motion of each, 6 numbers."""

    def plan_start(self) -> None:
        """A new shot begins with the frame that comes next."""
        self.later.plan(self.end_shot)
        self.later.plan(self.start_shot)

    def plan_search(self, frame: Frame) -> None:
        """A frame that is searched."""
        if not self.ours:
            self.later.plan(lambda: self.finder.pass_over(frame.time.seconds))
            return
        self.ahead.begin(frame.image)
        self.later.plan(lambda: self.queue(frame), search=True)

    def plan_skip(self, frame: Frame) -> None:
        """A frame that is not searched."""
        if self.ours:
            self.later.plan(lambda: self.skip(frame))

    def start_shot(self) -> None:
        self.shot += 1
        self.tracker = None
        self.finder.restart()

    def skip(self, frame: Frame) -> None:
        self.between = [*self.between, frame][-_BETWEEN:]

    def queue(self, frame: Frame) -> None:
        self.pending.append(frame)
        if len(self.pending) >= self.batch:
            self.run_pending()

    def run_pending(self) -> None:
        frames, self.pending = self.pending, []
        self.n_searched += len(frames)
        every = self.finder.find(
            [frame.image for frame in frames], [frame.time.seconds for frame in frames]
        )
        for frame, found in zip(frames, every, strict=True):
            faces, keys = self.follow(frame, found)
            if keys is None:
                continue
            seconds = frame.time.seconds
            # BoT-SORT counts searches; where pictures are missing they last longer.
            self.close_tracks(before=seconds - self.config.track.max_gap_seconds - _SLACK)
            for row, key in enumerate(keys.tolist()):
                if key < 0:
                    continue
                track = self.open.get(key)
                if track is None:
                    sampler = self.sampler()
                    track = self.open[key] = _OpenTrack(self.builder(key), sampler)
                xyxy, score = faces.xyxy[row], float(faces.score[row])
                track.last_seconds = seconds
                joint = track.sampler.add(
                    frame.time.index,
                    seconds,
                    frame.image,
                    xyxy,
                    faces.landmarks[row],
                    score,
                    self.between,
                )
                if self.given is None:
                    track.builder.add(frame.time.index, xyxy, score, *joint)
                to_face = similarity(faces.landmarks[row], FACE_TEMPLATE)
                motion = track.mouth.look(warp(frame.image, to_face, FACE_SIDE))
                self.mouth_frames.append(frame.time.index)
                self.mouth_rows.extend((*xyxy.tolist(), *motion))
        self.between = []

    def follow(self, frame: Frame, found: Detections) -> tuple[Detections, IntArray | None]:
        """The faces of a frame and the track of each, by our tracker or as they were given.

        None where a shot has no face yet: its tracker begins with the first.
        """
        if self.given is not None:
            runs = list(self.given.on(frame.time.index))
            boxes = [self.given.runs[run].at(frame.time.index) for run in runs]
            xyxy = np.array(boxes, np.float32).reshape(-1, 4)
            return in_boxes(xyxy, found), np.array(runs, np.int64)
        if self.tracker is None:
            if len(found.score) == 0:
                return found, None
            self.tracker = ShotTracker(
                self.config.track, self.config.detect, self.rate or self.frame_rate
            )
        return found, self.tracker.update(frame.image, found)

    def sampler(self) -> CropSampler:
        """The crops of a new track."""
        body_size = None
        if self.raw_bodies is not None:
            height, width, _ = self.raw_bodies.shape
            body_size = (width, height)
        return CropSampler(self.config.crops, self.template, self.crop_size, body_size)

    def builder(self, key: int) -> TrackBuilder:
        """A new track: empty, or with the boxes that were given for it."""
        if self.given is None:
            return TrackBuilder(self.shot)
        run = self.given.runs[key]
        builder = TrackBuilder(self.shot, run.id)
        for frame, xyxy in zip(run.frame.tolist(), run.xyxy, strict=True):
            builder.add(frame, xyxy, 1.0)
        return builder

    def close_tracks(self, before: float = np.inf) -> None:
        """Write the tracks that ended: whoever comes back later is another track."""
        for key in [k for k, track in self.open.items() if track.last_seconds < before]:
            track = self.open.pop(key)
            ours = self.given is None
            if ours and (self.tracker is None or key not in self.tracker.confirmed):
                continue
            rows = []
            for crop in track.sampler.crops():
                row = self.raw_crops.append(crop.image)
                self.raw_around.append(crop.around)
                if self.raw_bodies is not None:
                    self.raw_bodies.append(crop.body)
                rows.append((row, _without_image(crop)))
            self.closed.append(
                ClosedTrack(
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
_BETWEEN = 8
"""Frames that are kept for that: all of them up to 90 frames a second."""
_NO_IMAGE = np.empty((0, 0, 3), np.uint8)


def _without_image(crop: Crop) -> Crop:
    return replace(crop, image=_NO_IMAGE, around=_NO_IMAGE, body=_NO_IMAGE)


def scan(
    video: Video,
    detector: Detector,
    template: FloatArray,
    crop_size: int,
    config: RunConfig,
    rate: float | None,
    draft: Draft,
    on_frames: Callable[[int], None],
    given: GivenTracks | None = None,
    in_full: bool = False,
    body_size: tuple[int, int] | None = None,
    only: RunOfShots | None = None,
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
        given: Tracks of the user: none is added or left out, and a cut inside one is none.
            The detector is then asked for eyes, nose and mouth only.
        in_full: Look for small faces in every frame that is searched.
        body_size: Width and height of the picture of the person below each face; None: none.
        only: The shots in which faces are searched for; None: all. What is written is then
            for `put_together`.

    Raises:
        DataError: A given track goes on after the end of the film.
    """
    frame_rate = float(video.info.frame_rate)
    batch = config.detect.batch if detector.batched and rate is None else 1
    size = (video.info.width, video.info.height)
    threads = available_cores() if batch == 1 and not in_full else 1
    ahead = Ahead(detector, threads)
    state = _Pass(
        config,
        Finder(ahead, config.detect, *size, in_full),
        template,
        crop_size,
        rate,
        frame_rate,
        RawImages(draft.path / "crops.raw", (crop_size, crop_size, 3)),
        RawImages(draft.path / "thumbnails.raw", (112, 112, 3)),
        RawImages(draft.path / "around.raw", (HEIGHT, WIDTH, 3)),
        body_size and RawImages(draft.path / "bodies.raw", (body_size[1], body_size[0], 3)),
        SetUpWriter(draft.path, config.threads),
        batch,
        ahead,
        Later(pictures_ahead(threads, *size, config.shots.held_bytes)),
        given=given,
    )
    cuts = cut_detector(config.shots, video.info)
    schedule = Schedule(rate)
    starts: list[int] = []
    whole = only is None or only.last
    skipped: Frame | None = None  # the latest frame, where it was not searched
    before: Frame | None = None

    with ahead:
        for frame, is_start in with_cuts(video.frames(), cuts, config.track.max_gap_seconds):
            if is_start and not (given is not None and given.goes_over(frame.time.index)):
                if skipped is not None:
                    state.plan_search(skipped)  # so that tracks reach the end of their shot
                state.plan_start()
                if only is not None:
                    if only.is_over(frame.time.seconds):
                        skipped = None
                        break
                    state.ours = only.has(frame.time.seconds)
                if whole and before is not None:
                    state.setups.add(before)
                if whole:
                    state.setups.add(frame)
                schedule.restart()
                starts.append(frame.time.index)
            due = schedule.due(frame.time.seconds)
            if due or (given is not None and given.wants(frame.time.index)):
                state.plan_search(frame)
                skipped = None
            else:
                skipped = frame
                state.plan_skip(frame)
            before = frame
            on_frames(1)
        if skipped is not None:
            state.plan_search(skipped)
        state.later.finish()
        state.end_shot()
    if given is not None and given.n_frames > len(video.timeline):
        raise DataError(
            f"{given.path} has tracks up to frame {given.n_frames - 1}, and the film has "
            f"{len(video.timeline)} frames",
            "Give the tracks of this film.",
        )
    if whole and before is not None:
        state.setups.add(before)
    write(
        Found(
            state.closed,
            state.raw_crops,
            state.raw_thumbnails,
            state.raw_around,
            state.raw_bodies,
            starts,
            state.n_searched,
            config.track.max_gap_seconds,
            MouthMotion(
                np.array(state.mouth_frames, np.int64),
                *np.hsplit(np.array(state.mouth_rows, np.float32).reshape(-1, 6), [4]),
            ),
            state.setups,
        ),
        video if whole else None,
        draft,
    )
