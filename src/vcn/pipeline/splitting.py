"""Take tracks apart where the face becomes another one, and all that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from vcn.equations.face_quality import face_quality
from vcn.pipeline.scanned import Scan, write_pictures
from vcn.runtime.store import Artefact, Draft
from vcn.types import Crops, Embeddings, Float64Array, FloatArray, ImageArray, IntArray, Track


@dataclass(frozen=True, slots=True)
class _Piece:
    """A track after it was cut, or a whole one."""

    parent: int
    """Track of the scan."""
    boxes: slice
    """Of the parent's."""
    crops: IntArray
    """Rows of the scan's crops."""
    xyxy: FloatArray
    """(n, 4)."""


def save(scan: Scan, changes: IntArray, min_crops: int, draft: Draft) -> None:
    """Write what `load` needs: the changes, and the pictures in their new order.

    Args:
        scan: What the pass found.
        changes: (K,) crops that show another person than the one before.
        min_crops: Crops of a piece for which those beside sudden changes are kept too.
        draft: Where to write.
    """
    draft.put_array("changes", changes)
    pieces = _pieces(scan, changes, min_crops)
    if not scan.regular.all():
        rows = np.concatenate([np.empty(0, np.int64), *(piece.crops for piece in pieces)])
        for name, pictures in _pictures(scan.crops).items():
            shape = pictures.shape[1:]
            _write(draft.path / f"{name}.npy", (pictures[row] for row in rows), shape, len(rows))
    if len(changes):
        shown = _thumbnails(scan, pieces)
        shape = scan.thumbnails.shape[1:]
        _write(draft.path / "thumbnails.npy", (image for image, _ in shown), shape, len(pieces))


def load(
    found: Artefact, scan: Scan, embeddings: Embeddings, min_crops: int
) -> tuple[Scan, Embeddings]:
    """The tracks after the cuts, with crops and embeddings of the regular sample.

    Raises:
        DataError: The artefact is damaged.
    """
    changes = found.array("changes")
    pieces = _pieces(scan, changes, min_crops)
    if not len(changes) and scan.regular.all():
        return scan, embeddings
    rows = np.concatenate([np.empty(0, np.int64), *(piece.crops for piece in pieces)])
    index = np.repeat(np.arange(len(pieces)), [len(piece.crops) for piece in pieces])
    crops, pictures = scan.crops, _pictures(scan.crops)
    if not scan.regular.all():
        pictures = {name: found.array(name, mapped=True) for name in pictures}
    kept = Crops(
        pictures["crops"],
        index,
        crops.frame[rows],
        crops.size[rows],
        crops.sharpness[rows],
        crops.score[rows],
        None if crops.landmarks is None else crops.landmarks[rows],
        pictures.get("around"),
        None if crops.inside is None else crops.inside[rows],
        pictures.get("bodies"),
    )
    parts = replace(embeddings, values=embeddings.values[rows], track_index=index)
    thumbnails, frames = scan.thumbnails, scan.thumbnail_frame
    if len(changes):
        thumbnails = found.array("thumbnails", mapped=True)
        frames = np.array([frame for _, frame in _thumbnails(scan, pieces)], np.int64)
    offsets = _offsets(scan)
    boxes = [np.arange(p.boxes.start, p.boxes.stop) + offsets[p.parent] for p in pieces]
    order = np.concatenate([np.empty(0, np.int64), *boxes])
    after = replace(
        scan,
        tracks=tuple(_track(scan, number, piece) for number, piece in enumerate(pieces)),
        crops=kept,
        thumbnails=thumbnails,
        thumbnail_frame=frames,
        regular=np.ones(len(rows), np.bool_),
        change=scan.change[order],
        since=scan.since[order],
    )
    return after, parts


def _pictures(crops: Crops) -> dict[str, ImageArray]:
    """What was cut out of the film for each crop."""
    cut = {"crops": crops.images, "around": crops.around, "bodies": crops.bodies}
    return {name: pictures for name, pictures in cut.items() if pictures is not None}


def _track(scan: Scan, number: int, piece: _Piece) -> Track:
    whole, part = scan.tracks[piece.parent], piece.boxes
    seen = whole.observed[part]
    return Track(
        number, whole.shot, whole.frame[part], piece.xyxy, whole.score[part], seen, whole.given
    )


def _offsets(scan: Scan) -> IntArray:
    """(T,) where the boxes of each track begin in `Scan.change`."""
    lengths = np.array([len(track) for track in scan.tracks], np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])[:-1]


def _pieces(scan: Scan, changes: IntArray, min_crops: int) -> list[_Piece]:
    """All tracks, cut; in the order of the scan's: by first frame, then from the left."""
    crops, offsets = scan.crops, _offsets(scan)
    edges = np.searchsorted(crops.track_index, np.arange(len(scan.tracks) + 1))
    pieces = []
    for parent, track in enumerate(scan.tracks):
        first, last = edges[parent : parent + 2].tolist()
        cuts = changes[(changes > first) & (changes < last)].tolist()
        frames = [_cut_frame(scan, track, int(offsets[parent]), row) for row in cuts]
        starts = [0, *(frame - int(track.frame[0]) for frame in frames), len(track)]
        rows = [first, *cuts, last]
        for n in range(len(rows) - 1):
            boxes = slice(starts[n], starts[n + 1])
            kept = _sampled(scan, np.arange(rows[n], rows[n + 1]), min_crops if cuts else 0)
            pieces.append(_Piece(parent, boxes, kept, _boxes(track, boxes)))
    return sorted(
        pieces,
        key=lambda p: (
            scan.tracks[p.parent].frame[p.boxes.start],
            p.xyxy[0, 0],
            scan.tracks[p.parent].frame[p.boxes.stop - 1],
        ),
    )


def _cut_frame(scan: Scan, track: Track, offset: int, row: int) -> int:
    """First frame of the face of crop `row`: where looks change most since the crop before."""
    begin = int(scan.crops.frame[row - 1] - track.frame[0]) + 1
    end = int(scan.crops.frame[row] - track.frame[0]) + 1
    return int(
        scan.since[offset + begin + int(scan.change[offset + begin : offset + end].argmax())]
    )


def _sampled(scan: Scan, rows: IntArray, min_crops: int) -> IntArray:
    """The regular crops of a piece; with too few, some of the others as well."""
    regular, other = rows[scan.regular[rows]], rows[~scan.regular[rows]]
    wanted = min(max(min_crops - len(regular), 0), len(other))
    places = np.linspace(0, max(len(other) - 1, 0), wanted).round().astype(np.int64)
    return np.sort(np.concatenate([regular, other[places]]))


def _boxes(track: Track, part: slice) -> FloatArray:
    """Boxes of a piece; next to a cut the nearest one of the same face, none between two."""
    seen = np.flatnonzero(track.observed[part])
    xyxy = np.array(track.xyxy[part])
    xyxy[: seen[0]], xyxy[seen[-1] + 1 :] = xyxy[seen[0]], xyxy[seen[-1]]
    return xyxy


def _thumbnails(scan: Scan, pieces: list[_Piece]) -> Iterator[tuple[ImageArray, int]]:
    """Picture and frame of each piece: the track's own, where it shows this piece."""
    crops, side = scan.crops, scan.thumbnails.shape[1]
    for piece in pieces:
        frames, own = (
            scan.tracks[piece.parent].frame[piece.boxes],
            scan.thumbnail_frame[piece.parent],
        )
        if frames[0] <= own <= frames[-1]:
            yield scan.thumbnails[piece.parent], int(own)
            continue
        best = piece.crops[int(_quality(scan, piece.crops).argmax())]
        image = cv2.resize(np.array(crops.images[best]), (side, side), interpolation=cv2.INTER_AREA)
        yield np.asarray(image, np.uint8), int(crops.frame[best])


def _quality(scan: Scan, rows: IntArray) -> Float64Array:
    """(n,) how well some crops show who it is; what is cut off by the picture's edge is black."""
    crops = scan.crops
    visible = np.array([crops.images[row].any(axis=2).mean() for row in rows], np.float32)
    return face_quality(crops.score[rows], crops.sharpness[rows], scan.landmarks[rows], visible)


def _write(path: Path, images: Iterator[ImageArray], shape: tuple[int, ...], n: int) -> None:
    write_pictures(path, (image.tobytes() for image in images), (n, *shape))
