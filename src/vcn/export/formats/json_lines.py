"""One JSON object a line: the film, then each appearance by time."""

from __future__ import annotations

import json

from vcn.config import SCHEMA_VERSION
from vcn.export.excerpt import Excerpt, Rendered


def render(excerpt: Excerpt) -> Rendered:
    """The lines; the first says of which film and result the others are."""
    video = excerpt.film.video
    lines: list[dict[str, object]] = [
        {
            "schema_version": SCHEMA_VERSION,
            "film": video.path,
            "content_hash": video.content_hash,
            "frame_rate": f"{video.frame_rate.numerator}/{video.frame_rate.denominator}",
            "n_frames": video.n_frames,
        }
    ]
    lines += [
        {
            "people": [person for person in excerpt.subjects[span.subject].people if person >= 0],
            "name": excerpt.name(span),
            "start_frame": span.start_frame,
            "stop_frame": span.stop_frame,
            "start_seconds": span.start_seconds,
            "end_seconds": span.end_seconds,
        }
        for span in excerpt.spans
    ]
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    return Rendered(text.encode("utf-8", "replace"))
