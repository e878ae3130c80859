"""COCO for video: images, boxes, and the tracks and people that they belong to.

Beyond COCO's images, annotations and categories: `videos`, `tracks` and an annotation's
`track_id` as in TAO, `people` and `person_id` (null: unknown).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from vcn.export.excerpt import Excerpt, Rendered
from vcn.types import UNKNOWN

_FACE, _VIDEO = 1, 1


def render(excerpt: Excerpt) -> Rendered:
    """One JSON object; ids of images are frames counted from 0, other ids those of vcn."""
    video, boxes = excerpt.film.video, excerpt.boxes()
    stem = Path(video.path).stem
    people = np.unique(boxes.person)
    annotations = [
        {
            "id": number,
            "image_id": int(boxes.frame[i]),
            "video_id": _VIDEO,
            "category_id": _FACE,
            "track_id": int(boxes.track[i]),
            "person_id": None if boxes.person[i] == UNKNOWN else int(boxes.person[i]),
            "bbox": [round(v, 2) for v in (x1, y1, x2 - x1, y2 - y1)],
            "area": round((x2 - x1) * (y2 - y1), 2),
            "iscrowd": 0,
            "score": round(float(boxes.score[i]), 4),
        }
        for number, i in enumerate(np.lexsort((boxes.track, boxes.frame)).tolist(), start=1)
        for x1, y1, x2, y2 in [boxes.xyxy[i].astype(float).tolist()]
    ]
    document = {
        "info": {"description": f"Faces of {Path(video.path).name}", "version": "1.0"},
        "videos": [
            {"id": _VIDEO, "name": stem, "width": video.width, "height": video.height,
             "n_frames": video.n_frames}
        ],
        "images": [
            {"id": frame, "video_id": _VIDEO, "frame_index": frame,
             "file_name": f"{stem}/{frame:06d}.jpg", "width": video.width, "height": video.height}
            for frame in np.unique(boxes.frame).tolist()
        ],
        "categories": [{"id": _FACE, "name": "face", "supercategory": "person"}],
        "tracks": [
            {"id": track, "video_id": _VIDEO, "category_id": _FACE}
            for track in np.unique(boxes.track).tolist()
        ],
        "people": [{"id": p, "name": excerpt.names[p]} for p in people.tolist() if p != UNKNOWN],
        "annotations": annotations,
    }  # fmt: skip
    return Rendered(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
