"""Avid Log Exchange: a bin with one subclip an appearance.

Own code: the ALE adapter of OpenTimelineIO writes 29.97 and 59.94 as drop-frame
timecode always, and lets a tab in a name shift the columns.
"""

from __future__ import annotations

from pathlib import Path

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, one_line
from vcn.export.timecode import frame_count

_COLUMNS = ("Name", "Tracks", "Start", "End", "Duration", "Source File", "Comments")
_FORMATS = ((1080, "1080"), (720, "720"), (576, "PAL"), (0, "NTSC"))


def render(excerpt: Excerpt) -> Rendered:
    """The heading, the columns and a line for each appearance."""
    video = excerpt.film.video
    count, notes = frame_count(video, excerpt.style.start_timecode, excerpt.style.rate)
    heading = {
        "FIELD_DELIM": "TABS",
        "VIDEO_FORMAT": next(name for lines, name in _FORMATS if video.height >= lines),
        "FPS": f"{float(count.rate):.5g}",
    }
    file = one_line(Path(video.path).name)
    lines = ["Heading", *(f"{key}\t{value}" for key, value in heading.items()), ""]
    lines += ["Column", "\t".join(_COLUMNS), "", "Data"]
    for span in excerpt.spans:
        start, stop = count.range(video, span)
        subject = excerpt.subjects[span.subject]
        times = (count.text(start), count.text(stop), count.length(stop - start))
        comment = f"person {subject.key}" if subject.key else "nobody known"
        lines.append("\t".join((one_line(subject.name), "V", *times, file, comment)))
    notes += changed((s.name for s in excerpt.subjects), one_line)
    return Rendered("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"), notes)
