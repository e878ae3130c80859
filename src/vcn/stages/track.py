"""Link faces to tracks with BoT-SORT (paper 3.2), one tracker for each shot.

The only file that imports boxmot. Its ids never leave this file: a track is keyed by
a number that counts within the shot.
"""

from __future__ import annotations

import logging
from array import array
from typing import Any

import cv2
import numpy as np

from vcn.config import DetectConfig, TrackConfig
from vcn.detectors import Detections
from vcn.types import Float64Array, FloatArray, ImageArray, IntArray, Track

_POINTS = 250
"""Of boxmot's 1,000 points by which it follows the camera. Measured: with 250 the tracks of
cyclists.mp4 and stage.mp4 are the very same, and those of office.mp4 hold as many labelled
faces (153); with 120 one less, for 1 ms a search."""


class ShotTracker:
    """BoT-SORT over the frames of one shot that were searched for faces.

    Args:
        config: How to associate.
        detect: Its thresholds say which detections start and which continue a track.
        rate: Searched frames a second; the tracker's memory is counted in them.
    """

    def __init__(self, config: TrackConfig, detect: DetectConfig, rate: float) -> None:
        from boxmot.trackers.box.botsort.tracker import BotSort

        # After the import, which sets its own level: it announces each tracker made.
        logging.getLogger("boxmot").setLevel(logging.WARNING)

        self._tracker = BotSort(
            track_high_thresh=detect.threshold,
            track_low_thresh=detect.low_threshold,
            new_track_thresh=max(config.new_track_threshold, detect.threshold),
            match_thresh=config.match_threshold,
            # BoT-SORT keeps a lost track for frame_rate / 30 * track_buffer updates.
            frame_rate=30,
            track_buffer=max(1, round(config.max_gap_seconds * rate)),
            use_cmc=config.camera_motion,
            cmc_method="sof",
            use_embeddings=False,
            fuse_first_associate=False,
        )
        self._tracker._apply_aabb_camera_motion_compensation = self._follow_camera
        if self._tracker.cmc is not None:
            self._tracker.cmc.feature_params["maxCorners"] = _POINTS
        self._confirmed: set[int] = set()

    def _follow_camera(self, found: FloatArray, image: ImageArray, *tracks: list[Any]) -> None:
        """In place of BoT-SORT's own, which differentiates each track numerically."""
        matrix = self._tracker.cmc.apply(image, self._tracker.cmc_detection_boxes(found))
        if not np.array_equal(matrix, np.eye(2, 3)):
            for track in (track for group in tracks for track in group):
                if track.mean is not None:
                    track.mean, track.covariance = moved(track.mean, track.covariance, matrix)

    def update(self, image: ImageArray, found: Detections) -> IntArray:
        """Link the faces of the next searched frame.

        Args:
            image: (H, W, 3) RGB, for camera-motion compensation.
            found: The faces in it.

        Returns:
            (n,) the key of the track of each face, -1 for faces without one. A key
            counts only once it is in `confirmed`.
        """
        n = len(found.score)
        rows = np.concatenate(
            [found.xyxy, found.score[:, None], np.zeros((n, 1), np.float32)], axis=1
        )
        # As boxmot's own copy of image[..., ::-1], in 0.07 ms for 3.9 (1280x720).
        self._tracker.update(rows, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        keys = np.full(n, -1, dtype=np.int64)
        for track in self._tracker.active_tracks:
            # Tracks that await their second detection are not in boxmot's output, but
            # their first one belongs to them.
            if track.frame_id == self._tracker.frame_count:
                keys[int(track.det_ind)] = track.id
                if track.is_activated:
                    self._confirmed.add(track.id)
        return keys

    @property
    def confirmed(self) -> frozenset[int]:
        """Keys of the tracks that were seen twice (or on the first frame of the shot)."""
        return frozenset(self._confirmed)


def moved(
    mean: Float64Array, covariance: Float64Array, matrix: FloatArray
) -> tuple[Float64Array, Float64Array]:
    """Take the state of a track along when the camera moves.

    The upright box around a box that an affine map moved has a centre and sides that
    are linear in those before; the sides, in their absolute values.

    Args:
        mean: (8,) centre, width and height, then how fast they change.
        covariance: (8, 8).
        matrix: (2, 3) from the pixels of the last frame to those of this one.

    Returns:
        Mean and covariance in the pixels of this frame.
    """
    linear: Float64Array = np.asarray(matrix[:, :2], dtype=np.float64)
    full = np.kron(np.eye(4), linear).astype(np.float64)
    full[2:4, 2:4] = full[6:8, 6:8] = np.abs(linear)
    out: Float64Array = full @ mean
    out[:2] += matrix[:, 2]
    spread: Float64Array = full @ covariance @ full.T
    return out, (spread + spread.T) / 2


class TrackBuilder:
    """Collects the detections of one track and fills the frames between them.

    A long film has a million of them, so they are kept as 40 bytes each.
    """

    def __init__(self, shot: int, given: str | None = None) -> None:
        self.shot = shot
        self._given = given
        self._frames = array("q")
        self._since = array("q")
        self._rows = array("f")  # x1, y1, x2, y2, score, change of each

    def add(
        self, frame: int, xyxy: FloatArray, score: float, change: float = 0.0, since: int = -1
    ) -> None:
        """Append a detection; frames must increase.

        Args:
            frame: Index of the frame.
            xyxy: (4,) box.
            score: Confidence of the detector.
            change: How unlike the detection before it looks.
            since: The first frame that shows it rather than the one before; -1: its own.
        """
        self._frames.append(frame)
        self._since.append(frame if since < 0 else since)
        self._rows.extend((*xyxy.tolist(), score, change))

    @property
    def first_frame(self) -> int:
        """Frame of the first detection."""
        return self._frames[0]

    @property
    def first_left(self) -> float:
        """Left edge of the first box."""
        return self._rows[0]

    @property
    def last_frame(self) -> int:
        """Frame of the latest detection."""
        return self._frames[-1]

    def build(self, track_id: int) -> Track:
        """The track; boxes between two detections are interpolated linearly."""
        seen = np.array(self._frames, dtype=np.int64)
        rows = np.array(self._rows, dtype=np.float32).reshape(-1, 6)
        frame = np.arange(seen[0], seen[-1] + 1)
        # (n, 4)
        xyxy = np.stack([np.interp(frame, seen, rows[:, k]) for k in range(4)], axis=1)
        score = np.zeros(len(frame), dtype=np.float32)
        score[seen - seen[0]] = rows[:, 4]
        observed = np.zeros(len(frame), dtype=np.bool_)
        observed[seen - seen[0]] = True
        boxes = xyxy.astype(np.float32)
        return Track(track_id, self.shot, frame, boxes, score, observed, self._given)

    def joints(self) -> tuple[FloatArray, IntArray]:
        """(n,) change and (n,) since of every frame of `build`; what is not seen changes not."""
        seen = np.array(self._frames, dtype=np.int64)
        frame = np.arange(seen[0], seen[-1] + 1)
        change = np.zeros(len(frame), dtype=np.float32)
        change[seen - seen[0]] = np.array(self._rows, dtype=np.float32).reshape(-1, 6)[:, 5]
        frame[seen - seen[0]] = self._since
        return change, frame
