"""Reading tracks: MOTChallenge text, CVAT for video 1.1, COCO with tracks, or BBT/Buffy."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from vcn.errors import DataError
from vcn.given import cvhci
from vcn.given.model import Box, GivenTracks, Run

_MAX_BYTES = 1 << 29
_MAX_BOXES = 20_000_000
_MAX_FRAME = 1 << 40
_NO_GAP = 1 << 62
"""However long an id was away, it is one track."""
_FORMATS = (
    "vcn reads MOT text, CVAT for video 1.1 (XML), COCO with track_id (JSON), "
    "and the tracks of BBT and Buffy (.tracks, facetracks.mat)."
)


def read_given(path: Path, max_gap: int) -> GivenTracks:
    """Read a file of tracks; its beginning tells the format.

    Args:
        path: The file.
        max_gap: Frames without a box after which an id that comes back is another track;
            CVAT says itself where a track is away, and in BBT and Buffy an id is one track.

    Raises:
        DataError: It cannot be read, is of another format, or holds what cannot be.
    """
    if _head(path).startswith(cvhci.MATLAB):
        return _ordered(path, _split(path, cvhci.read_matlab(path), _NO_GAP))
    text = _text(path)
    start = text.lstrip("\ufeff \t\r\n")[:200]
    if start.startswith("<"):
        runs = _cvat(path, text)
    elif start.startswith("{"):
        runs = _split(path, _coco(path, text), max_gap)
    elif start.startswith(cvhci.TEXT):
        runs = _split(path, cvhci.read_text(path, text), _NO_GAP)
    else:
        runs = _split(path, _mot(path, text), max_gap)
    return _ordered(path, runs)


def _ordered(path: Path, runs: list[Run]) -> GivenTracks:
    if not runs:
        raise DataError(f"{path} holds no track", _FORMATS)
    return GivenTracks(path, tuple(sorted(runs, key=lambda run: (run.frame[0], run.xyxy[0, 0]))))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", "Check it.") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path} is larger than {_MAX_BYTES >> 20} MB", _FORMATS)
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text", _FORMATS) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", "Check it.") from error


def _mot(path: Path, text: str) -> Iterator[Box]:
    """frame,id,left,top,width,height,...: frames, and pixels of left and top, count from 1."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = re.split(r"[,;\s]+", line.strip())
        try:
            frame, who = int(float(cells[0])), cells[1]
            left, top, width, height = (float(cell) for cell in cells[2:6])
        except (ValueError, IndexError, OverflowError) as error:
            raise DataError(
                f"{path}, row {number}: no row of MOT (frame,id,left,top,width,height)", _FORMATS
            ) from error
        if frame < 1:
            raise DataError(f"{path}, row {number}: frames of MOT count from 1", _FORMATS)
        who = str(int(float(who))) if re.fullmatch(r"-?\d+(\.0*)?", who) else who
        yield who, frame - 1, (left - 1, top - 1, left - 1 + width, top - 1 + height)


def _coco(path: Path, text: str) -> Iterator[Box]:
    """Boxes with a track_id (or instance_id); frame_index of their image, else its place."""
    try:
        document = json.loads(text)
        images = document["images"]
        several = len({image.get("video_id") for image in images}) > 1
        frames = {
            image["id"]: int(image.get("frame_index", image.get("frame_id", place)))
            for place, image in enumerate(images)
        }
        annotations = document["annotations"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is no COCO file: {_short(error)}", _FORMATS) from error
    if several:
        raise DataError(f"{path} holds tracks of several films", "Give a file of one film.")
    for number, one in enumerate(annotations):
        try:
            who = one["track_id"] if "track_id" in one else one["instance_id"]
            x, y, w, h = (float(value) for value in one["bbox"])
            yield str(who), frames[one["image_id"]], (x, y, x + w, y + h)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{path}, annotation {number}: no track_id, image_id or bbox ({_short(error)})",
                _FORMATS,
            ) from error


def _cvat(path: Path, text: str) -> list[Run]:
    """Each track; a box that is `outside` ends a run, and the next begins another."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise DataError(f"{path} is not XML: {error}", _FORMATS) from error
    if root.tag != "annotations" or root.find("track") is None:
        raise DataError(f"{path} is no export of CVAT for video", _FORMATS)
    runs: list[Run] = []
    for number, track in enumerate(root.iter("track")):
        who = track.get("id", str(number))
        boxes: list[tuple[int, Any]] = []
        for box in sorted(track.iter("box"), key=lambda one: _whole(path, one, "frame")):
            if box.get("outside") == "1":
                runs += _runs(path, who, boxes)
                boxes = []
                continue
            corners = tuple(_real(path, box, name) for name in ("xtl", "ytl", "xbr", "ybr"))
            boxes.append((_whole(path, box, "frame"), corners))
        runs += _runs(path, who, boxes)
    return runs


def _whole(path: Path, box: ET.Element, name: str) -> int:
    return int(_real(path, box, name))


def _real(path: Path, box: ET.Element, name: str) -> float:
    try:
        return float(box.get(name, ""))
    except ValueError as error:
        raise DataError(f"{path}: a box has no {name}", _FORMATS) from error


def _split(path: Path, boxes: Iterable[Box], max_gap: int) -> list[Run]:
    """The boxes of each id, cut where it was away for more than `max_gap` frames."""
    by_id: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for count, (who, frame, xyxy) in enumerate(boxes):
        if count >= _MAX_BOXES:
            raise DataError(f"{path} holds more than {_MAX_BOXES} boxes", "Give a part of it.")
        by_id[who].append((frame, xyxy))
    runs: list[Run] = []
    for who, rows in by_id.items():
        rows.sort(key=lambda row: row[0])
        first = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or rows[i][0] - rows[i - 1][0] > max_gap:
                runs += _runs(path, who, rows[first:i])
                first = i
    return runs


def _runs(path: Path, who: str, rows: list[tuple[int, Any]]) -> list[Run]:
    """One run, checked; none where there are no rows."""
    if not rows:
        return []
    far = max(row[0] for row in rows)
    if far > _MAX_FRAME:
        raise DataError(f"{path}: id {who[:40]} is on frame {far:.3g}", "No film has so many.")
    frame = np.array([row[0] for row in rows], np.int64)
    xyxy = np.array([row[1] for row in rows], np.float64)
    if frame[0] < 0 or (np.diff(frame) <= 0).any():
        twice = int(frame[1:][np.diff(frame) <= 0][0]) if len(frame) > 1 else int(frame[0])
        raise DataError(f"{path}: id {who[:40]} is on frame {twice} twice", "An id is one face.")
    size = xyxy[:, 2:] - xyxy[:, :2]
    if not np.isfinite(xyxy).all() or (size <= 0).any() or np.abs(xyxy).max() > 1e6:
        at = int(frame[~(np.isfinite(xyxy).all(axis=1) & (size > 0).all(axis=1))][:1].sum())
        raise DataError(f"{path}: id {who[:40]} has no possible box on frame {at}", _FORMATS)
    return [Run(who, frame, xyxy.astype(np.float32))]


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:80]
