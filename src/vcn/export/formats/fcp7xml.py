"""Final Cut Pro 7 XML, which Premiere Pro and DaVinci Resolve read: markers or clips."""

from __future__ import annotations

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, xml_text
from vcn.export.timecode import frame_count
from vcn.export.timeline import otio_timeline


def render(excerpt: Excerpt) -> Rendered:
    """The timeline by OpenTimelineIO's adapter for this format."""
    from opentimelineio import adapters

    count, notes = frame_count(excerpt.film.video, excerpt.style.start_timecode, excerpt.style.rate)
    timeline = otio_timeline(excerpt, count)
    # How the adapter is told of drop-frame timecode; it takes the timebase from the rate.
    timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF" if count.drop else "NDF"}}
    timeline.tracks.name = timeline.name
    text = adapters.write_to_string(timeline, "fcp_xml")
    notes += changed((s.name for s in excerpt.subjects), xml_text)
    return Rendered(text.encode(), notes)
