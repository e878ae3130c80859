"""WebVTT metadata: a cue an appearance with a JSON object, for scripts of a web page.

Own code, for a cue is three lines; times count from the film's first frame, as players do.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.spans import Span


def render(excerpt: Excerpt) -> Rendered:
    """The cues by time. `<`, `>` and `&` are written as JSON escapes: no name ends a cue."""
    return cues(excerpt, _payload)


def cues(excerpt: Excerpt, payload: Callable[[Excerpt, Span], str]) -> Rendered:
    """A WebVTT file of the appearances."""
    first = excerpt.film.video.start_seconds
    blocks = ["WEBVTT"]
    for number, span in enumerate(excerpt.spans, start=1):
        start = round((span.start_seconds - first) * 1000)
        end = max(round((span.end_seconds - first) * 1000), start + 1)
        blocks.append(f"{number}\n{_clock(start)} --> {_clock(end)}\n{payload(excerpt, span)}")
    return Rendered(("\n\n".join(blocks) + "\n").encode("utf-8", "replace"))


def _payload(excerpt: Excerpt, span: Span) -> str:
    subject = excerpt.subjects[span.subject]
    text = json.dumps({"person": subject.key, "name": subject.name}, ensure_ascii=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
