"""WebVTT metadata: a cue an appearance with a JSON object, for scripts of a web page.

Times count from the film's first frame, as players count.
"""

from __future__ import annotations

import json

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.spans import Span


def render(excerpt: Excerpt) -> Rendered:
    """The cues by time; `<` and `>` are escaped, so that no name ends a cue."""
    return vtt(excerpt, _payload)


def vtt(excerpt: Excerpt, payload: object) -> Rendered:
    raise NotImplementedError


def _payload(excerpt: Excerpt, span: Span) -> str:
    subject = excerpt.subjects[span.subject]
    return json.dumps({"person": subject.key, "name": subject.name}, ensure_ascii=False)
