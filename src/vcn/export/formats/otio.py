"""OpenTimelineIO: markers on a timeline of the film, or a track of clips for each person."""

from __future__ import annotations

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, xml_text
from vcn.export.timecode import frame_count
from vcn.export.timeline import otio_timeline


def render(excerpt: Excerpt) -> Rendered:
    """The timeline as OpenTimelineIO's own JSON."""
    count, notes = frame_count(excerpt.film.video, excerpt.style.start_timecode, excerpt.style.rate)
    notes += changed((s.name for s in excerpt.subjects), xml_text)
    return Rendered(otio_timeline(excerpt, count).to_json_string().encode(), notes)
