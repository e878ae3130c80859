"""Markers for Avid Media Composer: the tab-separated list of its Markers window.

Own code: the AAF adapter of OpenTimelineIO reads markers but does not write them.
Columns: user, timecode, track, colour, comment, length in frames; the last is read by
Media Composer 2020 and later, which shows a marker with a length as a span.
"""

from __future__ import annotations

from vcn.export.colours import colour_of
from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, one_line
from vcn.export.timecode import frame_count


def render(excerpt: Excerpt) -> Rendered:
    """One line an appearance."""
    count, notes = frame_count(excerpt.film.video, excerpt.style.start_timecode, excerpt.style.rate)
    lines = []
    for span in excerpt.spans:
        start, stop = count.range(excerpt.film.video, span)
        colour = colour_of(excerpt.subjects[span.subject].people[0]).avid
        name = one_line(excerpt.name(span))
        lines.append(f"vcn\t{count.text(start)}\tV1\t{colour}\t{name}\t{stop - start}\r\n")
    notes += changed((s.name for s in excerpt.subjects), one_line)
    return Rendered("".join(lines).encode("utf-8", "replace"), notes)
